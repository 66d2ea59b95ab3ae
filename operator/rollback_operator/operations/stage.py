"""Where a target stands between two looks at it, and by when it must be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import TargetStatus

LOOK_AGAIN = timedelta(seconds=1)
"""How soon to look again for what no watch tells: uncounted old pods, the request followed."""


@dataclass(frozen=True)
class Stage:
    """Where a target stands now, and until when nothing is to be done unless something changes."""

    target: TargetStatus
    until: datetime


def deadline(request: RollbackRequest, target: TargetStatus, now: datetime) -> datetime:
    """Return our own deadline for a target (trap 9)."""
    started = target.started_at or now
    return started + timedelta(seconds=request.spec.timeout_seconds)
