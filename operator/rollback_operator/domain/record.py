"""What the recorder writes, and when: the rules of snapshots, line and repair."""

from dataclasses import replace

from rollback_operator.domain.annotations import is_crowded
from rollback_operator.domain.claim import Claim, unrecorded
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.gaps import has_gap
from rollback_operator.domain.legible import legible
from rollback_operator.domain.names import CHANGE_CAUSE, FIELD_MANAGER
from rollback_operator.domain.sight import Missed, Seen, Sight
from rollback_operator.domain.snapshot import Executed, History, Origin, Snapshot, rollout_id

CAUSE_LIMIT = 200
"""Characters of a change cause that a snapshot keeps: anyone may make it long."""


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
    is_written = sight.own >= sight.history.sequence and not (sight.crowded or sight.rewound)
    if new == sight.history and is_written:
        return None
    written = new.with_executed(_void_lines(sight))
    return replace(written, sequence=new.sequence + 1, revision=sight.deployment.revision)


def _void_lines(sight: Sight) -> tuple[Executed, ...]:
    """Return the ledger lines of claims that are over; of the live one those that it overwrote."""
    made = sight.claim_that_made_it
    others = (claim for claim in sight.claims if claim != made)
    return (*unrecorded(others, sight.history), *(made.earlier if made else ()))


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
    made, newest, new = sight.claim_that_made_it, sight.history.newest, _snapshot(sight)
    if newest is not None and newest.id == new.id:
        history = sight.history.with_newest(_still_live(newest, new))
    else:
        history = sight.history.with_snapshot(new)
    return history.with_executed(made.ledger) if made else history


def _still_live(newest: Snapshot, seen: Snapshot) -> Snapshot:
    """Return the newest snapshot as it is seen now: no rollout came after it.

    An earlier copy of the history was put back, or the API server has a new way to show the same.
    """
    return replace(
        newest,
        template=seen.template,
        verified=newest.verified or seen.verified,
        digests=seen.digests or newest.digests,
    )


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
        gap=has_gap(sight),
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
