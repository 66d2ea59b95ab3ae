"""The targets of one request taken together: who is refused, who is next, what the rest becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rollback_operator.domain.decisions import End, Follow, Restore, Verdict, Wait
from rollback_operator.domain.outcomes import OUTCOMES, Phase, Reason
from rollback_operator.domain.rollback_request import (
    OnFailure,
    Order,
    RollbackRequest,
    Target,
    TargetStatus,
)
from rollback_operator.domain.times import format_time
from rollback_operator.domain.world import World


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
    if any(isinstance(one.verdict, Follow) for one in judged):
        return None
    ready = [one for one in judged if not isinstance(one.verdict, End)]
    if ready and request.spec.suspend:
        text = "`suspend: true` holds the request; set `spec.suspend: false` to go on"
        return Wait(Reason.SUSPENDED, text, deadline)
    return next((one.verdict for one in ready if isinstance(one.verdict, Wait)), None)


def is_refused(request: RollbackRequest, judged: Sequence[Judged]) -> bool:
    """Whether one refused target refuses the request: all are judged before the first write."""
    return request.spec.on_failure is OnFailure.STOP and any(one.is_failure for one in judged)


def next_in_order(request: RollbackRequest, judged: Sequence[Judged]) -> Judged | None:
    """Return the target to go on with: one that was begun, else the first in order (S8)."""
    startable = [one for one in judged if isinstance(one.verdict, Restore | Follow)]
    begun = [one for one in startable if isinstance(one.verdict, Follow)]
    if begun or not startable or request.spec.order is Order.LISTED:
        return next(iter([*begun, *startable]), None)
    return max(startable, key=_recency)


def _recency(one: Judged) -> float:
    """Rank by completion; what has not completed at all is the most recent."""
    return one.completed.timestamp() if one.completed else float("inf")


def merge(targets: Sequence[TargetStatus], changed: Sequence[TargetStatus]) -> list[TargetStatus]:
    """Return the targets with the changed ones in their places."""
    by_name = {target.name: target for target in changed}
    return [by_name.get(target.name, target) for target in targets]


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
