"""Stories: what befalls one Deployment, seen by the recorder or not, and what it makes of it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from builders.deployments import UID, a_deployment, a_replica_set, uid_of
from builders.histories import NOON, a_claim
from builders.templates import Version, a_template, letter_of
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.gaps import may_have_succeeded
from rollback_operator.domain.record import next_history
from rollback_operator.domain.sight import Sight
from rollback_operator.domain.snapshot import Executed, History, Snapshot
from rollback_operator.domain.template import Template


@dataclass
class Carried:
    """What one ReplicaSet rolled out, by revision number, the last one newest."""

    template: Template
    revisions: list[int] = field(default_factory=list)


@dataclass
class Story:
    """Plays the deployment controller and hands what is there to the recorder's rules."""

    history: History = field(default_factory=lambda: History(UID, signed=True))
    claim: Claim | None = None
    writes: int = 0
    revision: int = 0
    minute: int = 0
    replicas: int = 2
    is_done: bool = True
    available: int = 2
    manager: str = "ci"
    carried: dict[str, Carried] = field(default_factory=dict)
    template: Template = field(default_factory=a_template)
    done_last: Template = field(default_factory=a_template)
    unwatched: frozenset[int] = frozenset()

    # What happens

    def rolls_out(self, *versions: Version) -> "Story":
        """Roll versions out, each seen to succeed and recorded."""
        for version in versions:
            self.changes_to(version).is_seen()
        return self

    def rolls_out_unseen(self, *versions: Version) -> "Story":
        """Roll versions out while nobody watches."""
        for version in versions:
            self.changes_to(version)
        return self

    def fails_with(self, version: Version) -> "Story":
        """Roll a version out that never becomes available, while somebody watches."""
        self.changes_to(version, is_done=False)
        return self.is_seen()

    def restarts(self) -> "Story":
        """Run `kubectl rollout restart`."""
        stamped = a_template(letter_of(self.template), restarted=f"{self.revision}")
        return self.changes_to(stamped)

    def undoes_to(self, version: Version) -> "Story":
        """Run `kubectl rollout undo`, seen to succeed."""
        return self.rolls_out(version)

    def claims(self, version: Version, result: Template | None = None) -> "Story":
        """Roll back with a claim to the newest snapshot of a version; it is not done yet."""
        target, left = self.history.of_template(a_template(version)), self.history.newest
        assert target is not None
        assert left is not None
        made = result or target.template
        earlier: tuple[Executed, ...] = ()
        if self.claim is not None and not self.claim.is_spent(self.history):
            earlier = self.claim.ledger
        self.claim = a_claim(
            left,
            target,
            result=made.digest,
            request_hash=f"hash-{self.minute}",
            at=NOON + timedelta(minutes=self.minute),
            earlier=earlier,
        )
        return self.changes_to(made, is_done=False)

    def rolls_back_to(self, version: Version, result: Template | None = None) -> "Story":
        """Roll back with a claim, to the end."""
        return self.claims(version, result).succeeds()

    def succeeds(self) -> "Story":
        """Let the rollout under way end well, and be seen."""
        self.is_done, self.available, self.done_last = True, self.replicas, self.template
        return self.is_seen()

    def scales_to(self, replicas: int) -> "Story":
        """Scale, and be seen."""
        self.replicas = self.available = replicas
        return self.is_seen()

    def changes_to(self, version: Version, *, is_done: bool = True) -> "Story":
        """Let the controller carry a template out under the next revision number."""
        self.template = a_template(version)
        self.revision, self.minute = self.revision + 1, self.minute + 1
        self.is_done, self.available = is_done, self.replicas if is_done else 0
        self.done_last = self.template if is_done else self.done_last
        place = self.carried.setdefault(uid_of(self.template), Carried(self.template))
        place.revisions.append(self.revision)
        return self

    # What is seen

    def is_seen(self, *, first: bool = False, own: int | None = None) -> "Story":
        """Let the recorder look, and keep what it would write."""
        sight = self.sight(first=first, own=own)
        self.unwatched |= may_have_succeeded(sight)
        new = next_history(sight)
        if new is not None:
            self.history, self.writes = new, self.writes + 1
        return self

    def is_found_at_the_start(self) -> "Story":
        """Let a recorder look that has just been started."""
        return self.is_seen(first=True)

    def sight(self, *, first: bool = False, own: int | None = None) -> Sight:
        """Return what the recorder sees."""
        return Sight(
            deployment=self.deployment,
            history=self.history,
            own=self.history.sequence if own is None else own,
            claim=self.claim,
            replica_sets=self.replica_sets,
            first=first,
            rewound=False,
            now=NOON + timedelta(minutes=self.minute),
            unwatched=self.unwatched,
        )

    @property
    def deployment(self) -> Deployment:
        builder = replace(a_deployment(self.template), obj=a_deployment(self.template).obj)
        builder = builder.at_revision(self.revision).scaled_to(self.replicas)
        if not self.is_done:
            builder = builder.counting(1, self.replicas + 1, self.available)
        return builder.build()

    @property
    def replica_sets(self) -> tuple[ReplicaSet, ...]:
        found = [
            a_replica_set(
                one.template,
                one.revisions[-1],
                earlier=tuple(one.revisions[:-1]),
                available=self.available if one.template.body == self.template.body else 0,
                replicas=self.replicas if one.template.body == self.done_last.body else 0,
            )
            for one in self.carried.values()
        ]
        return tuple(sorted(found, key=lambda one: -one.revision))

    # What is on record

    @property
    def newest(self) -> Snapshot:
        assert self.history.newest is not None
        return self.history.newest

    @property
    def recorded(self) -> str:
        """The versions of the snapshots, oldest first."""
        return "".join(letter_of(s.template) for s in self.history.snapshots)

    @property
    def line(self) -> str:
        """The versions on the line, the live one first."""
        return "".join(
            letter_of(s.template) for s in [self.newest, *self.history.below(self.newest)]
        )


def a_story() -> Story:
    """Begin with a Deployment that was never rolled out."""
    return Story()
