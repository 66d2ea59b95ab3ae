"""How far the request has come whose rollback another one follows."""

from rollback_operator.domain.decisions import End
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import TargetStatus


def is_at_work(request: RollbackRequest, deployment: str) -> bool:
    """Whether a request has not ended with that Deployment; with others it may be at work still."""
    if request.status.phase.is_final:
        return False
    target = _target_of(request, deployment)
    return target is None or not target.phase.is_final


def failure(leader: RollbackRequest, follower: TargetStatus, *, serves: bool) -> End | None:
    """Return how the leader has failed, for its follower to end with it.

    Once the old version `serves` nothing but a failed `after` step counts.
    """
    target = _target_of(leader, follower.name)
    if target is None or target.uid != follower.uid or target.phase is not Phase.EXCEPTION:
        return None
    if serves and target.reason is not Reason.AFTER_FAILED:
        return None
    return End(target.reason, f"request {leader.name}: {target.message}")


def _target_of(request: RollbackRequest, deployment: str) -> TargetStatus | None:
    return next((t for t in request.status.targets if t.name == deployment), None)
