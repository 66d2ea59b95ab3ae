"""Events: what `kubectl describe` shows. Each has a name made of what it says, so one is enough."""

from datetime import datetime

from rollback_operator.domain.names import API_VERSION, FIELD_MANAGER, KIND
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject, digest
from rollback_operator.domain.times import format_time

MESSAGE_LIMIT = 1024
"""Characters that the API accepts in an Event's message."""


def deployment_event(  # noqa: PLR0913 - an Event is that many things
    namespace: str,
    name: str,
    uid: str,
    reason: str,
    text: str,
    at: datetime,
    *,
    warning: bool = False,
) -> JsonObject:
    """Return an Event on a Deployment."""
    about = {"apiVersion": "apps/v1", "kind": "Deployment", "uid": uid}
    where = {"namespace": namespace, "name": name}
    return _event(about | where, reason, text, at, warning=warning)


def request_event(
    request: RollbackRequest, reason: str, text: str, at: datetime, *, warning: bool = False
) -> JsonObject:
    """Return an Event on a request."""
    about = {"apiVersion": API_VERSION, "kind": KIND, "uid": request.uid}
    where = {"namespace": request.namespace, "name": request.name}
    return _event(about | where, reason, text, at, warning=warning)


def _event(
    about: dict[str, str], reason: str, text: str, at: datetime, *, warning: bool
) -> JsonObject:
    name = f"{about['name'][:200]}.{digest([about, reason, text])}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": about["namespace"], "name": name},
        "involvedObject": about,
        "reason": reason,
        "message": text[:MESSAGE_LIMIT],
        "type": "Warning" if warning else "Normal",
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "firstTimestamp": format_time(at),
        "lastTimestamp": format_time(at),
        "count": 1,
    }
