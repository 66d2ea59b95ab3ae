"""What the recorder sees of a Deployment, and what it remembers of earlier sights."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment, ReplicaSet, live_replica_set
from rollback_operator.domain.snapshot import History
from rollback_operator.domain.step import Step


@dataclass(frozen=True)
class Sight:
    """What the recorder sees of one Deployment.

    `history` is the copy to believe among those of the Deployment and its ReplicaSets, `own`
    the sequence of the Deployment's own copy. `first` is true at the first sight after a start
    or a break of the watch; `rewound` if a higher sequence was seen than any copy has now;
    `crowded` if the history has to become shorter for others' annotations. `other_claims` are
    copies on ReplicaSets, which outlive an undo. `missed` are revisions that were seen to be done
    and yet could not be recorded, `unwatched` those that may have been done before the first sight.
    """

    deployment: Deployment
    history: History
    own: int
    claim: Claim | None
    replica_sets: tuple[ReplicaSet, ...]
    first: bool
    rewound: bool
    now: datetime
    crowded: bool = False
    missed: frozenset[int] = frozenset()
    unwatched: frozenset[int] = frozenset()
    other_claims: tuple[Claim, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    @cached_property
    def newest_is_live(self) -> bool:
        """Whether the newest snapshot is of the live template, restarts aside.

        Of a history that was rewound even that is not known: what was lost may lie in between.
        """
        newest = self.history.newest
        same = newest is not None and newest.template.same_as(self.deployment.template)
        return same and not self.rewound

    @cached_property
    def live_replica_set(self) -> ReplicaSet | None:
        """The ReplicaSet that carries the live template out, if there is one already."""
        return live_replica_set(self.deployment, self.replica_sets)

    @property
    def shows_new_pods(self) -> bool:
        """Whether pods of a version are up of which that was not on record."""
        newest = self.history.newest
        unverified = newest is not None and not newest.verified
        return (self.is_completed and not self.newest_is_live) or (unverified and self.is_verified)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims that are left."""
        return (*self.other_claims, self.claim) if self.claim else self.other_claims

    @property
    def claim_that_made_it(self) -> Claim | None:
        """The claim that brought the live template, unless it is on the ledger already."""
        claim = self.claim
        if claim is None or claim.is_spent(self.history) or not claim.is_live_on(self.deployment):
            return None
        return claim

    @property
    def is_completed(self) -> bool:
        """Whether the live rollout was done once.

        Who comes late may not see it done, as its pods may have failed since; then the
        controller's word counts, but not for a ReplicaSet that was returned to (trap 8). Of a
        paused Deployment without replicas the counters say done. That is left so on purpose: the
        controller's `DeploymentComplete` and `kubectl rollout status` look at nothing else.
        """
        newest = self.live_replica_set
        if newest is None:
            return False
        if self.deployment.revision in self.missed:
            return True
        was_available = self.first and self.deployment.was_available_once
        return self.deployment.is_done or (was_available and not newest.earlier_revisions)

    @property
    def is_verified(self) -> bool:
        """Whether a pod of the live template is available."""
        if self.deployment.is_done:
            return self.deployment.counters.available > 0
        return self.live_replica_set is not None and self.live_replica_set.available > 0


@dataclass(frozen=True)
class Seen:
    """What was recorded or read last: a shortcut, and what tells that a history was rewound."""

    sequence: int = 0
    revision: int = 0
    signed: bool = False


@dataclass(frozen=True)
class Missed:
    """What may be still to be recorded, also because looks at a Deployment came to nothing.

    `first` until the first sight after a start has come to an end; `revisions` were seen done,
    `unwatched` may have been done before that sight.
    """

    first: bool = False
    revisions: frozenset[int] = frozenset()
    unwatched: frozenset[int] = frozenset()

    def then(self, deployment: Deployment) -> "Missed":
        """Return what is to be recorded if a look at this Deployment comes to nothing, too."""
        done = {deployment.revision} if deployment.is_done else frozenset()
        return replace(self, revisions=self.revisions | done)
