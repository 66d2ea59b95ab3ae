"""Which version a request means: an explicit `to`, or the default."""

from collections.abc import Mapping
from datetime import datetime

from rollback_operator.domain.decisions import End, Goal
from rollback_operator.domain.deployment import ReplicaSet
from rollback_operator.domain.pin import pinned
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.rollbackable import default_target
from rollback_operator.domain.snapshot import History, Snapshot, rollout_id
from rollback_operator.domain.spec import To
from rollback_operator.domain.template import describe_images, name_images
from rollback_operator.domain.times import format_time
from rollback_operator.domain.world import World


def resolve(world: World) -> Goal | End:
    """Return the version that the request means, or why there is none."""
    goal = _version(world)
    if isinstance(goal, End) or not world.target.pin:
        return goal
    return pinned(goal, world.history.find(goal.snapshot))


def _version(world: World) -> Goal | End:
    if world.target.to is not None:
        return explicit_goal(world, world.target.to)
    if world.request.spec.as_of is not None:
        return goal_as_of(world, world.request.spec.as_of)
    return default_goal(world)


def explicit_goal(world: World, to: To) -> Goal | End:
    """Return what `to` names, or why it names nothing that may be used."""
    if to.snapshot is not None:
        found: Snapshot | ReplicaSet | None = world.history.find(to.snapshot)
        wanted = f"snapshot {to.snapshot}"
    elif to.revision is not None:
        found = _at_revision(world, to.revision)
        wanted = f"revision {to.revision}"
    else:
        images = to.images or {}
        found = world.history.running(images) or _unwatched_running(world, images)
        wanted = f"a rollout with {name_images(images)}"
    match found:
        case Snapshot():
            return Goal.of(found)
        case ReplicaSet():
            return _unwatched_goal(world, found, to.revision or found.revision)
        case None:
            text = _unknown(world, wanted) + unknown_containers(world, to.images or {})
            return End(Reason.UNKNOWN_TARGET, text)


def goal_as_of(world: World, as_of: datetime) -> Goal | End:
    """Return what had completed by then; an adopted version counts from when it was adopted."""
    snapshots = world.history.snapshots
    earlier = [snapshot for snapshot in snapshots if snapshot.completed <= as_of]
    later = snapshots[len(earlier) :]
    when = f"{world.deployment} at {format_time(as_of)}"
    if not earlier:
        begins = f"begins at {format_time(later[0].completed)}" if later else "is empty"
        return End(Reason.BEFORE_HISTORY, f"what was live in {when} is not known: history {begins}")
    if later and later[0].gap:
        known = f"between {earlier[-1]} and {later[0]} nobody watched"
        return End(Reason.HISTORY_GAP, f"what was live in {when} is not known: {known}")
    if earlier[-1] == world.live:
        return End(Reason.UNCHANGED, f"{world.deployment} has not changed since {earlier[-1]}")
    return Goal.of(earlier[-1])


def default_goal(world: World) -> Goal | End:
    """Return where a request without `to` goes.

    From a completed rollout to the one below it; from an unfinished one, which it abandons, to
    the newest that succeeded.
    """
    newest = world.history.newest
    if newest is None or world.live is not None or _claim_left_newest(world):
        found = default_target(world.history)
        return found if isinstance(found, End) else Goal.of(found)
    return Goal.of(newest)


def _claim_left_newest(world: World) -> bool:
    """Whether a rollback of the newest snapshot is on its way: a second request means the same."""
    claim, newest = world.running_claim, world.history.newest
    return claim is not None and newest is not None and claim.rollout == newest.id


def _at_revision(world: World, revision: int) -> Snapshot | ReplicaSet | None:
    recorded = world.history.at_revision(revision)
    if recorded is not None:
        return recorded
    carrier = next((r for r in world.replica_sets if r.carried(revision)), None)
    if carrier is None:
        return None
    return _restarted(world.history, carrier, revision) or _if_unwatched(world, carrier, revision)


def _restarted(history: History, carrier: ReplicaSet, revision: int) -> Snapshot | None:
    """Return the snapshot that the revision was a restart of."""
    before = history.before(revision)
    is_restart = before is not None and before.template.same_as(carrier.template)
    return before if is_restart else None


def _if_unwatched(world: World, carrier: ReplicaSet, revision: int) -> ReplicaSet | None:
    """A failed rollout has a ReplicaSet too: only what nobody watched may have succeeded."""
    return carrier if world.history.was_blind_to(revision) else None


def _unwatched_running(world: World, images: dict[str, str]) -> ReplicaSet | None:
    return next(
        (
            replica_set
            for replica_set in world.replica_sets
            if replica_set.template.runs(images)
            and world.history.was_blind_to(replica_set.revision)
        ),
        None,
    )


def _unwatched_goal(world: World, found: ReplicaSet, revision: int) -> Goal:
    """Return what that revision was, also where its ReplicaSet came again under a later number.

    Beneath it on the line is what came before the revision that was named.
    """
    snapshot_id = rollout_id(world.deployment.uid, found.uid, revision)
    return Goal(snapshot_id, revision, found.template.without_hash())


def candidates(world: World, *, with_live: bool = False) -> str:
    """Return what an explicit `to` may name, newest first, unverified ones last.

    A `from` may name the live version too, and only that.
    """
    snapshots = reversed(world.history.snapshots)
    recorded = [str(s) for s in snapshots if with_live or s != world.live]
    unwatched = [
        f"revision {r.revision} ({describe_images(r.template.images)}, unverified)"
        for r in world.replica_sets
        if world.history.was_blind_to(r.revision)
    ]
    return ", ".join([*recorded, *unwatched]) or "nothing is on record"


def unknown_containers(world: World, images: Mapping[str, str]) -> str:
    """Say which of the named containers no version on record ever had, if so."""
    known = {name for s in world.history.snapshots for name in s.images}
    known |= world.deployment.template.images.keys()
    strangers = ", ".join(name for name in images if name not in known)
    return f"; no version has a container {strangers}" if strangers else ""


def _unknown(world: World, wanted: str) -> str:
    return f"`to` of {world.deployment} names {wanted}, which is not on record; {candidates(world)}"
