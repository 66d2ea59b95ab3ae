"""What the status says of one target: each step returns a new status, none is changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.components import CHANGED, Component, altered, fingerprint
from rollback_operator.domain.decisions import End, Follow, Goal, Restore, Wait
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.group import Judged
from rollback_operator.domain.names import FIELD_MANAGER
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.owner import Owner, find_owner
from rollback_operator.domain.pin import moved
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.resolve import resolve
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.spec import Target
from rollback_operator.domain.status import (
    ComponentState,
    ComponentStatus,
    RolloutStatus,
    StepStatus,
    TargetStatus,
    Version,
)
from rollback_operator.domain.template import Template, describe_images
from rollback_operator.domain.world import World

MESSAGE_LIMIT = 4096


class HasTemplate(Protocol):
    """A version of a Deployment, from wherever it is known."""

    @property
    def template(self) -> Template:
        """Its pod template."""
        ...


def queued(target: Target) -> TargetStatus:
    """Return the status of a target that was not looked at yet."""
    return TargetStatus(
        name=target.name,
        phase=Phase.QUEUED,
        reason=Reason.WAITING_FOR_TURN,
        message="not begun",
    )


def found(world: World, goal: Goal | None, differing: Sequence[Component] = ()) -> TargetStatus:
    """Return what is known of a target before anything is written: from, to and components."""
    live = world.deployment
    owner = find_owner(live)
    return TargetStatus(
        name=live.name,
        uid=live.uid,
        owner=str(owner) if owner else None,
        warning=_foretold(owner, live, goal),
        phase=Phase.QUEUED,
        reason=Reason.WAITING_FOR_TURN,
        message="not begun",
        from_=version_of(world),
        to=Version(snapshot=goal.snapshot, revision=goal.revision, images=dict(goal.images))
        if goal
        else None,
        components=[_component(c, ComponentState.ALTERED) for c in differing],
        moved_tags=moved(world.live, world.history.find(goal.snapshot) if goal else None),
    )


def judged(one: Judged, now: datetime, *, dry_run: bool) -> TargetStatus:
    """Return the status of a target that was judged: over, to be begun, or previewed."""
    status = _found(one)
    match one.verdict:
        case End() as end:
            return ended(status, end, None, now)
        case Restore(goal) if dry_run:
            version = f"revision {goal.revision} ({describe_images(goal.images)})"
            text = f"deployment {one.target.name} would be rolled back to {version}"
            return ended(status, End(Reason.PREVIEWED, text), None, now)
        case Follow(claim) if dry_run:
            text = f"deployment {one.target.name} is being rolled back by request {claim.request}"
            return ended(status, End(Reason.PREVIEWED, text), None, now)
        case Wait() as wait if dry_run:
            return ended(status, End(Reason.PREVIEWED, f"it would wait: {wait.message}"), None, now)
        case _:
            return status


def _found(one: Judged) -> TargetStatus:
    """Return from, to and components, as far as they are known."""
    if one.world is None:
        return queued(one.target)
    if isinstance(one.verdict, Restore):
        known = found(one.world, one.verdict.goal)
        chosen = _planned(one.verdict)
        return known.model_copy(update={"components": chosen})
    goal = resolve(one.world)
    if not isinstance(goal, Goal):
        return found(one.world, None)
    return found(one.world, goal, altered(one.world.deployment.template, goal.template))


def begun(world: World, plan: Restore, patched: Deployment, claim: Claim) -> TargetStatus:
    """Return the status of a target whose Deployment was patched and came back as `patched`."""
    return found(world, plan.goal).model_copy(
        update={
            "phase": Phase.IN_PROGRESS,
            "reason": Reason.ROLLING_BACK,
            "message": f"{world.deployment} was patched to {describe_images(plan.goal.images)}",
            "components": _planned(plan),
            "fingerprint": fingerprint(patched.template, plan.reverted),
            "started_at": claim.at,
        }
    )


def with_fields_kept(target: TargetStatus, problem: str | None) -> TargetStatus:
    """Return the status with a word for the owner whose fields could not be handed back."""
    if problem is None:
        return target
    kept = (
        f"what the rollback changed in {target.name} belongs to {FIELD_MANAGER} now, since it could"
        f" not be handed back ({problem}): the next server-side apply or `helm upgrade` reports a"
        " conflict, and takes it over with `--force-conflicts`"
    )
    warning = f"{target.warning}. {kept}" if target.warning else kept
    return target.model_copy(update={"warning": warning[:MESSAGE_LIMIT]})


def running_steps(
    world: World, plan: Restore, known: TargetStatus | None, steps: Sequence[StepStatus]
) -> TargetStatus:
    """Return the status of a target whose `before` steps run; its Deployment is untouched."""
    started = known.started_at if known else None
    return found(world, plan.goal).model_copy(
        update={
            "phase": Phase.IN_PROGRESS,
            "reason": Reason.RUNNING_BEFORE,
            "message": f"running the `before` steps of {world.deployment}",
            "components": _planned(plan),
            "steps": list(steps),
            "started_at": started or world.now.replace(microsecond=0),
        }
    )


def joined(world: World, claim: Claim) -> TargetStatus:
    """Return the status of a target whose rollback goes on already, begun by that claim.

    Either this request began it and was interrupted, or another one did and this one follows: its
    own time counts from when it was made, as it was not there before.
    """
    live, ours = world.deployment, claim.request_uid == world.request.uid
    goal = world.history.find(claim.target)
    left = _left(world, claim)
    is_live, owner = claim.is_live_on(live), find_owner(live)
    return TargetStatus(
        name=live.name,
        uid=live.uid,
        phase=Phase.IN_PROGRESS,
        reason=Reason.ROLLING_BACK if ours else Reason.FOLLOWING,
        message=f"{live} was patched by request {claim.request}",
        from_=_version_left(claim, left),
        to=_version(goal)
        if goal
        else Version(snapshot=claim.target, revision=claim.target_revision),
        components=_chosen(_altered_then(world, claim), claim.components),
        fingerprint=fingerprint(live.template, claim.components) if is_live else "",
        following=None if ours else claim.request,
        owner=str(owner) if owner else None,
        warning=_foretold(owner, left, goal),
        started_at=claim.at if ours else max(claim.at, world.request.created),
    )


def ended(target: TargetStatus, end: End, live: Deployment | None, now: datetime) -> TargetStatus:
    """Return the status of a target that is over."""
    phase, changes = OUTCOMES[end.reason].phase, dict[str, object]()
    if end.reason is Reason.ROLLED_BACK:
        changes["components"] = [_reverted(component) for component in target.components]
    if live is not None and target.started_at is not None:
        changes["rollout"] = RolloutStatus(
            desired=live.replicas,
            updated=live.counters.updated,
            available=live.counters.available,
        )
    return target.model_copy(
        update={
            "phase": phase,
            "reason": end.reason,
            "message": end.message[:MESSAGE_LIMIT],
            "finished_at": now.replace(microsecond=0),
            **changes,
        }
    )


def waiting(target: TargetStatus, wait: Wait) -> TargetStatus:
    """Return the status of a target that cannot begin yet."""
    return target.model_copy(update={"reason": wait.reason, "message": wait.message})


def version_of(world: World) -> Version:
    """Return the live version, recorded or not."""
    if world.live is not None:
        return _version(world.live)
    images = world.deployment.template.images
    return Version(revision=world.known_revision, images=dict(images))


def _version(snapshot: Snapshot) -> Version:
    return Version(snapshot=snapshot.id, revision=snapshot.revision, images=dict(snapshot.images))


def _foretold(
    owner: Owner | None, left: HasTemplate | None, goal: HasTemplate | None
) -> str | None:
    """Say what the owner will do; in general, where it is not known what is left and put back."""
    if owner is None or left is None or goal is None:
        return owner.warning if owner else None
    return owner.foretell(left.template.without_hash(), goal.template)


def _left(world: World, claim: Claim) -> Snapshot | ReplicaSet | None:
    """Return what the claim left: on record, or only in its ReplicaSet if it was unfinished."""
    recorded = world.history.find(claim.rollout)
    of_claim = (r for r in world.replica_sets if r.uid == claim.replica_set)
    return recorded or next(of_claim, None)


def _version_left(claim: Claim, left: Snapshot | ReplicaSet | None) -> Version:
    if isinstance(left, Snapshot):
        return _version(left)
    images = dict(left.template.images) if left else {}
    return Version(revision=claim.revision or None, images=images)


def _altered_then(world: World, claim: Claim) -> Sequence[Component]:
    """Return what the rollout that the claim left had altered; only names where it is unknown."""
    goal, left = world.history.find(claim.target), _left(world, claim)
    if goal is None or left is None:
        return [Component(name, CHANGED, CHANGED) for name in claim.components]
    return altered(left.template.without_hash(), goal.template)


def _planned(plan: Restore) -> list[ComponentStatus]:
    unaltered = [
        ComponentStatus(
            name=name, from_="(unchanged)", to="(unchanged)", state=ComponentState.ALREADY_THERE
        )
        for name in plan.unaltered
    ]
    return [*_chosen(plan.altered, plan.reverted), *unaltered]


def _chosen(differing: Iterable[Component], names: Iterable[str]) -> list[ComponentStatus]:
    chosen = set(names)
    states = {True: ComponentState.ALTERED, False: ComponentState.NOT_SELECTED}
    return [_component(c, states[c.name in chosen]) for c in differing]


def _component(component: Component, state: ComponentState) -> ComponentStatus:
    return ComponentStatus(
        name=component.name, from_=component.live, to=component.wanted, state=state
    )


def _reverted(component: ComponentStatus) -> ComponentStatus:
    if component.state is not ComponentState.ALTERED:
        return component
    return component.model_copy(update={"state": ComponentState.REVERTED})
