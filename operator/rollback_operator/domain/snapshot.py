"""Snapshots of successful rollouts, and the history that they form."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from rollback_operator.domain.deployment import ReplicaSet
from rollback_operator.domain.step import Step
from rollback_operator.domain.template import Template, describe_images, digest


class Origin(StrEnum):
    """How a rollout came about."""

    ROLLOUT = "Rollout"
    ROLLBACK = "Rollback"
    ADOPTED = "Adopted"


@dataclass(frozen=True)
class Snapshot:
    """The record of one successful rollout.

    `below` is the id of the snapshot beneath it on the line, and `returned_to` that of the
    snapshot which a return brought back; both may be the id of one that was since truncated.
    """

    id: str
    revision: int
    completed: datetime
    template: Template
    replica_set: str = ""
    origin: Origin = Origin.ROLLOUT
    verified: bool = True
    gap: bool = False
    cause: str | None = None
    manager: str | None = None
    started: datetime | None = None
    below: str | None = None
    returned_to: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    @property
    def images(self) -> Mapping[str, str]:
        """Image by container."""
        return self.template.images

    @property
    def is_return(self) -> bool:
        """Whether this rollout went back to an earlier one."""
        return self.returned_to is not None

    def __str__(self) -> str:
        """Name it as a person would look for it."""
        return f"revision {self.revision} ({describe_images(self.images)})"


def rollout_id(deployment_uid: str, replica_set_uid: str, revision: int) -> str:
    """Return the id of a rollout: the same for every replica that looks, never used again.

    The revision counts because a return brings the old ReplicaSet back (trap 18), the
    ReplicaSet's UID because anyone may edit the revision annotation.
    """
    text = digest([deployment_uid, replica_set_uid, revision])
    # A letter comes first, or YAML would read some ids as numbers.
    return "abcdef"[int(text[0], 16) % 6] + text[1:10]


LEDGER_LIMIT = 20
"""Ledger lines that a history keeps."""


@dataclass(frozen=True)
class Executed:
    """A ledger line: the request, by a hash of its name and spec, that left a rollout."""

    rollout: str
    request: str
    hash: str


@dataclass(frozen=True)
class History:
    """The bounded list of snapshots of one Deployment, oldest first, with the ledger.

    `revision` is the live one when it was written: where the Deployment shows another, the
    history may have been rewound. `signed` says whether a known key vouches for it.
    """

    uid: str
    sequence: int = 0
    revision: int = 0
    snapshots: tuple[Snapshot, ...] = ()
    executed: tuple[Executed, ...] = ()
    truncated: bool = False
    signed: bool = False

    @property
    def newest(self) -> Snapshot | None:
        """The snapshot of the last rollout that succeeded."""
        return self.snapshots[-1] if self.snapshots else None

    @property
    def is_whole(self) -> bool:
        """Whether it knows every success since the Deployment was made."""
        return not self.truncated and not any(
            s.gap or s.origin is Origin.ADOPTED for s in self.snapshots
        )

    def find(self, snapshot_id: str | None) -> Snapshot | None:
        """Return the snapshot with that id."""
        return next((s for s in self.snapshots if s.id == snapshot_id), None)

    def at_revision(self, revision: int) -> Snapshot | None:
        """Return the newest snapshot that was recorded with that revision number."""
        return next((s for s in reversed(self.snapshots) if s.revision == revision), None)

    def running(self, images: Mapping[str, str]) -> Snapshot | None:
        """Return the newest snapshot whose named containers have those images."""
        return next((s for s in reversed(self.snapshots) if s.template.runs(images)), None)

    def below(self, snapshot: Snapshot | None) -> Iterator[Snapshot]:
        """Yield the line beneath a snapshot, nearest first.

        Of a forged history it might lead round in a circle: nothing is yielded twice.
        """
        passed = set[str | None]()
        while snapshot is not None and snapshot.below not in passed:
            passed.add(snapshot.below)
            snapshot = self.find(snapshot.below)
            if snapshot is not None:
                yield snapshot

    def before(self, revision: int) -> Snapshot | None:
        """Return the newest snapshot with a lower revision number."""
        return next((s for s in reversed(self.snapshots) if s.revision < revision), None)

    def of_template(self, template: Template) -> Snapshot | None:
        """Return the newest snapshot with that template, restarts aside."""
        return next((s for s in reversed(self.snapshots) if s.template.same_as(template)), None)

    def has_executed(self, request_hash: str) -> bool:
        """Whether a request of that name and spec has rolled something back already."""
        return any(line.hash == request_hash for line in self.executed)

    def has_left(self, rollout: str, request_hash: str) -> bool:
        """Whether the ledger has this very claim."""
        return any((e.rollout, e.hash) == (rollout, request_hash) for e in self.executed)

    def was_blind_to(self, revision: int) -> bool:
        """Whether nobody watched that revision, so that it may have succeeded unrecorded."""
        earlier = 0
        for snapshot in self.snapshots:
            unseen = snapshot.gap or snapshot.origin is Origin.ADOPTED
            if unseen and earlier < revision < snapshot.revision:
                return True
            earlier = snapshot.revision
        return False

    def with_snapshot(self, snapshot: Snapshot) -> "History":
        """Return the history with one more snapshot."""
        return replace(self, snapshots=(*self.snapshots, snapshot))

    def with_newest(self, snapshot: Snapshot) -> "History":
        """Return the history with another newest snapshot in place of its own."""
        return replace(self, snapshots=(*self.snapshots[:-1], snapshot))

    def with_executed(self, lines: Collection[Executed]) -> "History":
        """Return the history with more ledger lines; known ones are not repeated."""
        return replace(self, executed=tuple(dict.fromkeys((*self.executed, *lines))))

    def with_verified_newest(self, digests: Mapping[str, str]) -> "History":
        """Return the history with its newest snapshot verified, by pods of those digests."""
        *older, newest = self.snapshots
        seen = replace(newest, verified=True, digests=digests or newest.digests)
        return replace(self, snapshots=(*older, seen))

    def with_gap(self) -> "History":
        """Return the history as one of which the end is lost: what was live last is not known."""
        if not self.snapshots:
            return self
        *older, newest = self.snapshots
        return replace(self, snapshots=(*older, replace(newest, gap=True)))

    def corroborated_by(self, replica_sets: Collection[ReplicaSet]) -> "History":
        """Return what owned ReplicaSets bear out: all that may be used of an unsigned history."""
        known = {replica_set.template.digest for replica_set in replica_sets}
        kept = tuple(s for s in self.snapshots if s.template.digest in known)
        shortened = len(kept) < len(self.snapshots)
        return replace(self, snapshots=kept, truncated=self.truncated or shortened)

    def truncated_to(self, limit: int) -> "History":
        """Return the history without its oldest snapshots, at most `limit` of them left.

        The ledger is bounded too, and keeps its newest lines.
        """
        kept, ledger = self.snapshots[-limit:], self.executed[-LEDGER_LIMIT:]
        cut = len(kept) < len(self.snapshots)
        return replace(self, snapshots=kept, executed=ledger, truncated=self.truncated or cut)
