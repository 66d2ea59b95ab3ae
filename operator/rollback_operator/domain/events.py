"""Events: what `kubectl describe` shows. Each has a name made of what it says, so one is enough."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from rollback_operator.domain.legible import legible
from rollback_operator.domain.names import API_VERSION, FIELD_MANAGER, KIND
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject, digest
from rollback_operator.domain.times import format_time

MESSAGE_LIMIT = 1024
"""Characters that the API accepts in an Event's message."""


@dataclass(frozen=True)
class About:
    """The object that an Event is about."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str

    @classmethod
    def deployment(cls, namespace: str, name: str, uid: str) -> Self:
        """Return a reference to a Deployment."""
        return cls("apps/v1", "Deployment", namespace, name, uid)

    @classmethod
    def request(cls, request: RollbackRequest) -> Self:
        """Return a reference to a request."""
        return cls(API_VERSION, KIND, request.namespace, request.name, request.uid)


def event(
    about: About, reason: str, text: str, at: datetime, *, warning: bool = False
) -> JsonObject:
    """Return an Event as the API takes it."""
    name = f"{about.name[:200]}.{digest([about.uid, reason, text])}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": about.namespace, "name": name},
        "involvedObject": {
            "apiVersion": about.api_version,
            "kind": about.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
        },
        "reason": reason,
        "message": legible(text, MESSAGE_LIMIT),
        "type": "Warning" if warning else "Normal",
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "firstTimestamp": format_time(at),
        "lastTimestamp": format_time(at),
        "count": 1,
    }
