"""The targets of one request taken together: who is refused, who is next, what the rest becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.decisions import End, Follow, Restore, Verdict, Wait
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.spec import OnFailure, Order, Target
from rollback_operator.domain.status import ComponentState, TargetStatus
from rollback_operator.domain.template import describe_images
from rollback_operator.domain.times import format_time
from rollback_operator.domain.world import World

SUSPENDED = "`suspend: true` holds the request; set `spec.suspend: false` to go on"


@dataclass(frozen=True)
class Judged:
    """A target with what was gathered and decided about it."""

    target: Target
    world: World | None
    verdict: Verdict

    @property
    def completed(self) -> datetime | None:
        """When the live rollout had completed, as far as it is on record."""
        live = self.world.live if self.world else None
        return live.completed if live else None

    @property
    def is_failure(self) -> bool:
        """Whether it was refused for a reason that makes the request an Exception."""
        return isinstance(self.verdict, End) and _is_failure(self.verdict.reason)


def is_under_way(request: RollbackRequest, judged: Sequence[Judged]) -> bool:
    """Whether a target has the request's claim: its status may lack it, if that write was lost."""
    claims = [one.verdict.claim for one in judged if isinstance(one.verdict, Follow)]
    return any(claim.request_uid == request.uid for claim in claims)


def expire(judged: Judged, deadline: datetime, now: datetime) -> Judged:
    """Return the target as it is if it may still begin; what needs no beginning never expires."""
    if now < deadline or isinstance(judged.verdict, End | Follow):
        return judged
    waited = f": {judged.verdict.message}" if isinstance(judged.verdict, Wait) else ""
    text = f"{judged.target.name} could not begin by {format_time(deadline)}{waited}"
    return replace(judged, verdict=End(Reason.EXPIRED, text))


def hold(request: RollbackRequest, judged: Sequence[Judged], deadline: datetime) -> Wait | None:
    """Return what the whole request waits for before its next target, if anything.

    What was begun already is not held back.
    """
    if request.spec.dry_run or any(isinstance(one.verdict, Follow) for one in judged):
        return None
    ready = [one for one in judged if not isinstance(one.verdict, End)]
    if ready and request.spec.suspend:
        return Wait(Reason.SUSPENDED, SUSPENDED, deadline)
    return next((one.verdict for one in ready if isinstance(one.verdict, Wait)), None)


def hold_on_the_way(
    request: RollbackRequest, targets: Sequence[TargetStatus], until: datetime
) -> Wait | None:
    """Return what a request that has begun waits for: nothing is judged while it is suspended."""
    is_open = any(target.phase is Phase.QUEUED for target in targets)
    if not (request.spec.suspend and is_open and has_begun(targets)):
        return None
    return Wait(Reason.SUSPENDED, SUSPENDED, until)


def is_refused(request: RollbackRequest, judged: Sequence[Judged]) -> bool:
    """Whether one refused target refuses the request: all are judged before the first write."""
    return request.spec.on_failure is OnFailure.STOP and any(one.is_failure for one in judged)


def in_order(request: RollbackRequest, judged: Sequence[Judged]) -> list[Judged]:
    """Return the targets in the order in which they are rolled back (S8).

    What was begun already comes first; then what completed last, unless the request lists the
    order itself.
    """
    ranked = list(judged)
    if request.spec.order is Order.REVERSE:
        ranked.sort(key=_recency, reverse=True)
    ranked.sort(key=lambda one: not isinstance(one.verdict, Follow))
    return ranked


def next_to_begin(judged: Sequence[Judged]) -> Judged | None:
    """Return the first target that can be begun."""
    return next((one for one in judged if isinstance(one.verdict, Restore | Follow)), None)


def _recency(one: Judged) -> float:
    """Rank by completion; what has not completed at all is the most recent."""
    return one.completed.timestamp() if one.completed else float("inf")


def unless_changed(one: Judged, pinned: TargetStatus) -> Judged:
    """Hold a target to what it was judged to be before the first target was begun.

    What this request itself has begun already is followed whatever came of it, and so is what
    another request has done in the meantime, if it is just this.
    """
    if isinstance(one.verdict, Follow):
        return one
    if one.world is not None and (claim := _claim_of_the_same(one.world, pinned)):
        return replace(one, verdict=Follow(claim))
    problem = _change(one, pinned)
    return one if problem is None else replace(one, verdict=problem)


def _claim_of_the_same(world: World, pinned: TargetStatus) -> Claim | None:
    """Return the claim by which another request has made just the change that was to be made."""
    claim = world.claim
    if claim is None or pinned.from_ is None or pinned.to is None:
        return None
    wanted = {c.name for c in pinned.components if c.state is ComponentState.ALTERED}
    is_same = (claim.rollout, claim.target) == (pinned.from_.snapshot, pinned.to.snapshot)
    is_same = is_same and set(claim.components) == wanted
    return claim if is_same and claim.is_live_on(world.deployment) else None


def _change(one: Judged, pinned: TargetStatus) -> End | None:
    """Say what has become of a target that was judged earlier, if anything."""
    if one.world is None:
        if not isinstance(one.verdict, End) or one.verdict.reason is Reason.FORBIDDEN:
            return None
        text = f"deployment {one.target.name} was deleted after the request was judged"
        return End(Reason.DEPLOYMENT_DELETED, text)
    live = one.world.deployment
    if pinned.uid not in {None, live.uid}:
        text = f"{live} was deleted and created anew after the request was judged"
        return End(Reason.DEPLOYMENT_REPLACED, text)
    another_goal = isinstance(one.verdict, Restore) and (
        pinned.to is None or pinned.to.snapshot != one.verdict.goal.snapshot
    )
    if not another_goal and _is_same_version(one.world, pinned):
        return None
    images = describe_images(live.template.images)
    text = f"{live} was rolled out anew since the request was judged; it now has {images}"
    return End(Reason.TARGET_CHANGED, text)


def _is_same_version(world: World, pinned: TargetStatus) -> bool:
    """Whether what is live is what the target was to leave; restarts do not count."""
    before = pinned.from_
    if before is None:
        return True
    if before.snapshot is not None or world.live is not None:
        return world.live is not None and world.live.id == before.snapshot
    return dict(world.deployment.template.images) == before.images


def merge(targets: Sequence[TargetStatus], changed: Sequence[TargetStatus]) -> list[TargetStatus]:
    """Return the targets with the changed ones in their places."""
    by_name = {target.name: target for target in changed}
    return [by_name.get(target.name, target) for target in targets]


def arrange(targets: Sequence[TargetStatus], found: Sequence[TargetStatus]) -> list[TargetStatus]:
    """Return the targets in order: those that were looked at before, then those found now.

    What is still queued from before, and was not looked at now, comes last.
    """
    names = {target.name for target in found}
    others = [target for target in targets if target.name not in names]
    over = [target for target in others if target.phase is not Phase.QUEUED]
    left = [target for target in others if target.phase is Phase.QUEUED]
    return [*over, *found, *left]


def has_begun(targets: Sequence[TargetStatus]) -> bool:
    """Whether any target was written to, or tried to be, for this request."""
    return any(target.started_at is not None for target in targets)


def leave_others(
    targets: Sequence[TargetStatus], reason: Reason, now: datetime
) -> list[TargetStatus]:
    """Return the targets with those that were not begun ended for that reason."""
    changes = {
        "phase": Phase.EXCEPTION,
        "reason": reason,
        "message": OUTCOMES[reason].meaning,
        "finished_at": now,
    }
    return [t.model_copy(update=changes) if t.phase is Phase.QUEUED else t for t in targets]


def has_failed(targets: Sequence[TargetStatus]) -> bool:
    """Whether a target that was begun, or refused later, has failed."""
    return any(_is_failure(target.reason) for target in targets)


def _is_failure(reason: Reason) -> bool:
    return OUTCOMES[reason].phase is Phase.EXCEPTION
