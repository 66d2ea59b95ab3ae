"""What the status of a request says, as its targets make it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import ValidationError

from rollback_operator.domain.admission import UNCHECKED, Admission
from rollback_operator.domain.conditions import summarize
from rollback_operator.domain.decisions import End
from rollback_operator.domain.legible import legible_object
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.retention import ignored_ttl
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import LogEntry, Status, TargetStatus
from rollback_operator.domain.template import describe_images
from rollback_operator.domain.times import format_seconds

LOG_LIMIT = 200
"""Log lines that a status keeps: without a bound, status writes fail one day (trap 35)."""


def compose(
    request: RollbackRequest,
    targets: Sequence[TargetStatus],
    now: datetime,
    admission: Admission = UNCHECKED,
) -> Status:
    """Return the status of the request as its targets make it."""
    over = all(target.phase.is_final for target in targets)
    leading = _leading(targets if over else [t for t in targets if not t.phase.is_final])
    before, whole = request.status, now.replace(microsecond=0)
    phase = leading.phase
    if not over and any(t.phase is not Phase.QUEUED for t in targets):
        phase = Phase.IN_PROGRESS
    message = leading.message
    return Status(
        observed_generation=request.generation,
        phase=phase,
        reason=leading.reason,
        message=message,
        requester=admission.requester_of(request),
        admission_missing=list(admission.missing) or None,
        target_names=", ".join(target.name for target in targets),
        change=_change(targets),
        duration=format_seconds((now - request.created).total_seconds()) if over else None,
        started_at=min((t.started_at for t in targets if t.started_at), default=None),
        finished_at=whole if over else None,
        targets=list(targets),
        log=_log(request, targets, now),
        conditions=summarize(before.conditions, leading.reason, message, request.generation, whole),
    )


def invalid(error: ValidationError) -> End:
    """Return the end of a request that cannot be read, naming the fields but not their values."""
    wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return End(Reason.INVALID_REQUEST, f"the request cannot be read: {'; '.join(wrong)}")


def refused(
    request: RollbackRequest, end: End, now: datetime, admission: Admission = UNCHECKED
) -> Status:
    """Return the status of a request that names no targets to judge."""
    whole = now.replace(microsecond=0)
    return Status(
        observed_generation=request.generation,
        phase=OUTCOMES[end.reason].phase,
        reason=end.reason,
        message=end.message,
        requester=admission.requester_of(request),
        admission_missing=list(admission.missing) or None,
        duration=format_seconds((now - request.created).total_seconds()),
        finished_at=whole,
        log=[LogEntry(at=now, text=f"{end.reason}: {end.message}")],
        conditions=summarize(
            request.status.conditions, end.reason, end.message, request.generation, whole
        ),
    )


def fit_to_show(status: Status) -> Status:
    """Return the status with texts of others legible and bounded, as it is to be stored."""
    body = status.model_dump()
    shown = legible_object(body)
    return status if shown == body else Status.model_validate(shown)


def says_the_same(old: Status, new: Status) -> bool:
    """Whether writing `new` over `old` would tell nothing but the time, or the counters again."""
    return _essence(old) == _essence(new)


def _essence(status: Status) -> dict[str, object]:
    essence = status.model_dump(exclude={"log", "conditions", "duration", "finished_at"})
    if not status.phase.is_final:
        for part in (essence, *essence["targets"]):
            del part["message"]
    return essence


def _leading(targets: Sequence[TargetStatus]) -> TargetStatus:
    """Return the target that speaks for all: one that failed, else one at work, else the last."""
    for phase in (Phase.EXCEPTION, Phase.IN_PROGRESS, Phase.QUEUED):
        of_phase = [t for t in targets if t.phase is phase]
        others = {Reason.OTHER_TARGET_REFUSED, Reason.OTHER_TARGET_FAILED}
        telling = [t for t in of_phase if t.reason not in others]
        if of_phase:
            return next(iter(telling or of_phase))
    rolled_back = [t for t in targets if t.reason is Reason.ROLLED_BACK]
    return (rolled_back or list(targets))[-1]


def _change(targets: Iterable[TargetStatus]) -> str | None:
    changes = [
        f"{describe_images(t.from_.images)} → {describe_images(t.to.images)}"
        for t in targets
        if t.from_ and t.to
    ]
    return "; ".join(changes)[:1024] or None


def _log(
    request: RollbackRequest, targets: Sequence[TargetStatus], now: datetime
) -> list[LogEntry]:
    """Add a line for each target that turned."""
    known = {target.name: target for target in request.status.targets}
    lines = [
        LogEntry(at=now, text=f"{t.name}: {t.reason}: {t.message}"[:1024])
        for t in targets
        if known.get(t.name) is None
        or (known[t.name].reason, known[t.name].message) != (t.reason, t.message)
    ]
    if all(t.phase.is_final for t in targets) and (ignored := ignored_ttl(request)):
        lines.append(LogEntry(at=now, text=ignored))
    return [*request.status.log, *lines][-LOG_LIMIT:]
