"""The kstatus conditions of a request, which `kubectl wait`, Flux and Argo CD understand."""

from collections.abc import Iterable
from datetime import datetime

from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.status import ConditionStatus


def summarize(
    previous: Iterable[ConditionStatus],
    reason: Reason,
    message: str,
    generation: int,
    now: datetime,
) -> list[ConditionStatus]:
    """Return `Ready`, `Reconciling` and `Stalled`; the time of one that did not turn is kept."""
    known = {condition.type: condition for condition in previous}
    outcome = OUTCOMES[reason]
    states = {
        "Ready": outcome.ready,
        "Reconciling": outcome.reconciling,
        "Stalled": outcome.stalled,
    }
    return [
        ConditionStatus(
            type=kind,
            status=str(state),
            reason=reason,
            message=message,
            observed_generation=generation,
            last_transition_time=_since(known.get(kind), str(state), now),
        )
        for kind, state in states.items()
    ]


def _since(known: ConditionStatus | None, status: str, now: datetime) -> datetime:
    if known is not None and known.status == status:
        return known.last_transition_time
    return now
