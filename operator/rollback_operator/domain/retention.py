"""How long requests that have ended are kept, and which of them are never ours to delete."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rollback_operator.domain.gitops import applied_by
from rollback_operator.domain.rollback_request import RollbackRequest


def due(request: RollbackRequest) -> datetime | None:
    """Return when the request is to be deleted, if ever.

    What a GitOps tool applies is not deleted: it would come back as a new request.
    """
    seconds, finished = request.spec.ttl_seconds_after_finished, request.status.finished_at
    if seconds is None or finished is None or applied_by(request) is not None:
        return None
    return finished + timedelta(seconds=seconds)


def ignored_ttl(request: RollbackRequest) -> str | None:
    """Say that the time to live does not count, if so."""
    tool = applied_by(request)
    if tool is None or request.spec.ttl_seconds_after_finished is None:
        return None
    return f"ttlSecondsAfterFinished is ignored: {tool} would make the request again"


def surplus(finished: Iterable[RollbackRequest], limit: int) -> list[RollbackRequest]:
    """Return the oldest requests of one namespace that are more than it keeps."""
    ours = [request for request in finished if applied_by(request) is None]
    ours.sort(key=lambda request: request.status.finished_at or request.created)
    return ours[: max(len(ours) - limit, 0)]
