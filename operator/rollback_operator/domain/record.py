"""What the recorder writes, and when: the rules of snapshots, line, gap and repair."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from rollback_operator.domain.annotations import is_crowded
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.legible import legible
from rollback_operator.domain.names import CHANGE_CAUSE, FIELD_MANAGER
from rollback_operator.domain.snapshot import Executed, History, Origin, Snapshot, rollout_id
from rollback_operator.domain.step import Step

CAUSE_LIMIT = 200
"""Characters of a change cause that a snapshot keeps: anyone may make it long."""


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
        """The ReplicaSet that carries the live template out, if there is one already.

        While a Deployment is paused its template may change without any being made.
        """
        live = self.deployment
        return next(
            (
                replica_set
                for replica_set in self.replica_sets
                if replica_set.revision == live.revision
                and replica_set.template.same_as(live.template)
            ),
            None,
        )

    @property
    def shows_new_pods(self) -> bool:
        """Whether pods of a version are up of which that was not on record."""
        newest = self.history.newest
        unverified = newest is not None and not newest.verified
        return (self.is_completed and not self.newest_is_live) or (unverified and self.is_verified)

    @property
    def claims(self) -> list[Claim]:
        """All claims that are left, the Deployment's own last."""
        return [*self.other_claims, *([self.claim] if self.claim else [])]

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


def needs_a_look(
    deployment: Deployment, own: History | None, claim: Claim | None, seen: Seen, missed: Missed
) -> bool:
    """Whether the Deployment alone leaves open that something is to be written.

    It spares a look at the ReplicaSets on nearly every event. A history that was rewound shows
    another revision than the controller does, or a lower sequence than was seen before.
    """
    if own is None or own.newest is None or not own.newest.template.same_as(deployment.template):
        # At the first sight it may be done once, and what came before it may be unwatched.
        return deployment.is_done or missed.first or deployment.revision in missed.revisions
    if is_crowded(deployment.annotations):
        return True
    became_available = not own.newest.verified and deployment.counters.available > 0
    was_rewound = own.sequence < seen.sequence
    is_new = deployment.revision not in {own.revision, seen.revision}
    left_open = claim is not None and not claim.is_spent(own) and deployment.is_done
    return became_available or was_rewound or is_new or left_open


def next_history(sight: Sight) -> History | None:
    """Return the history to write, or None if there is nothing to write."""
    if sight.deployment.deleted or sight.deployment.revision == 0:
        return None
    new = _of_known_rollout(sight) if sight.newest_is_live else _of_new_rollout(sight)
    if not sight.newest_is_live and not sight.is_completed and not sight.crowded:
        return None
    if new == sight.history and sight.own >= sight.history.sequence and not sight.crowded:
        return None
    written = new.with_executed(_void_lines(sight))
    return replace(written, sequence=new.sequence + 1, revision=sight.deployment.revision)


def _void_lines(sight: Sight) -> list[Executed]:
    """Return the ledger lines of claims that are over: whoever writes anyway takes them along.

    Those on ReplicaSets are looked at no more once the Deployment's own history is the latest.
    """
    made = sight.claim_that_made_it
    return [line for c in sight.claims for line in (c.earlier if c == made else c.ledger)]


def _of_known_rollout(sight: Sight) -> History:
    """A restart, or a way back to what was live: the snapshot stays as it was recorded."""
    history, newest = sight.history, sight.history.newest
    if newest is not None and not newest.verified and sight.is_verified:
        history = history.with_verified_newest(sight.digests)
    claim = sight.claim_that_made_it
    if claim is not None and sight.deployment.is_done:
        history = history.with_executed(claim.ledger)
    return history


def _of_new_rollout(sight: Sight) -> History:
    if not sight.is_completed:
        return sight.history
    lines = [line for claim in sight.claims for line in claim.ledger]
    return sight.history.with_snapshot(_snapshot(sight)).with_executed(lines)


def _snapshot(sight: Sight) -> Snapshot:
    live, replica_set = sight.deployment, sight.live_replica_set
    writer, cause = live.last_writer, live.annotation(CHANGE_CAUSE)
    claim = sight.claim_that_made_it
    below, returned_to = _place_on_line(sight)
    return Snapshot(
        id=rollout_id(live.uid, replica_set.uid if replica_set else "", live.revision),
        revision=live.revision,
        completed=sight.now,
        template=live.template,
        replica_set=replica_set.uid if replica_set else "",
        origin=_origin(sight),
        verified=sight.is_verified,
        gap=_has_gap(sight),
        cause=legible(cause, CAUSE_LIMIT) if cause else None,
        manager=FIELD_MANAGER if claim else writer.manager if writer else None,
        started=claim.at if claim else writer.at if writer else None,
        below=below,
        returned_to=returned_to,
        digests=sight.digests,
        steps=sight.steps,
    )


def _origin(sight: Sight) -> Origin:
    if sight.claim_that_made_it is not None:
        return Origin.ROLLBACK
    begins_late = sight.history.newest is None and (sight.first or sight.deployment.revision > 1)
    return Origin.ADOPTED if begins_late else Origin.ROLLOUT


def _place_on_line(sight: Sight) -> tuple[str | None, str | None]:
    """Return the ids of the snapshot below and of the one that is returned to.

    A return replaces the snapshot it returns to and all above it; anything else goes on top.
    """
    history, claim = sight.history, sight.claim_that_made_it
    if claim is not None:
        target = history.find(claim.target)
        before = history.before(claim.target_revision)
        below = target.below if target else before.id if before else None
        return below, claim.target
    for snapshot in history.below(history.newest):
        if snapshot.template.same_as(sight.deployment.template):
            return snapshot.below, snapshot.id
    return (history.newest.id if history.newest else None), None


def _has_gap(sight: Sight) -> bool:
    """Whether successes may be missing between the newest snapshot and this rollout (trap 17)."""
    newest = sight.history.newest
    if newest is None:
        return False
    if sight.rewound:
        return True
    claim = sight.claim_that_made_it
    # What a claim left was judged, so somebody was watching until then.
    watched = max(newest.revision, claim.live_revision if claim else 0)
    between = range(watched + 1, sight.deployment.revision)
    unknown = between if sight.first else (sight.missed | sight.unwatched).intersection(between)
    return not all(_was_restart(sight, newest, revision) for revision in unknown)


def may_have_succeeded(sight: Sight) -> frozenset[int]:
    """Return the revisions that, at a first sight, may have been done while nobody watched.

    Not what came after the oldest revision that still has pods: were it done, that would have none.
    And where those pods are of what is on record, it is known what was live before.
    """
    newest = sight.history.newest
    if not sight.first or newest is None:
        return frozenset()
    numbered = sight.deployment.revision
    last = numbered - 1 if sight.live_replica_set else numbered
    with_pods = (one for one in sight.replica_sets if one.replicas)
    oldest = min(with_pods, key=lambda one: one.revision, default=None)
    if oldest is not None and oldest.template.same_as(newest.template):
        return frozenset()
    if oldest is not None:
        last = min(last, oldest.revision)
    return frozenset(range(newest.revision + 1, last + 1))


def _was_restart(sight: Sight, newest: Snapshot, revision: int) -> bool:
    """Whether a ReplicaSet shows that the revision carried what was live before or is live now."""
    known = (newest.template, sight.deployment.template)
    return any(
        replica_set.carried(revision) and any(replica_set.template.same_as(t) for t in known)
        for replica_set in sight.replica_sets
    )
