"""Requests as the API server shows them."""

import copy
from dataclasses import dataclass, field
from typing import Any, Self

from builders.deployments import NAME, NAMESPACE
from rollback_operator.domain.names import API_VERSION, KIND
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import Status
from rollback_operator.domain.template import JsonObject


def a_request_object(name: str = "back") -> JsonObject:
    """Return a request for the Deployment `web`, created at noon."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "namespace": NAMESPACE,
            "name": name,
            "uid": f"{name}-uid",
            "resourceVersion": "1",
            "generation": 1,
            "creationTimestamp": "2030-01-01T12:00:00Z",
        },
        "spec": {"targets": [{"name": NAME}]},
    }


@dataclass(frozen=True)
class RequestBuilder:
    """Builds a request for one Deployment."""

    obj: JsonObject = field(default_factory=a_request_object)

    def build(self) -> RollbackRequest:
        return RollbackRequest.from_object(copy.deepcopy(self.obj))

    def named(self, name: str, uid: str | None = None) -> Self:
        return self._with("metadata", name=name, uid=uid or f"{name}-uid")

    def of_targets(self, *names: str) -> Self:
        return self._with("spec", targets=[{"name": name} for name in names])

    def selecting_as_of(self, time: str, **labels: str) -> Self:
        spec = {"selector": {"matchLabels": labels}, "asOf": time}
        return type(self)({**self.obj, "spec": spec})

    def to(self, **version: Any) -> Self:
        return self._with_target(to=version)

    def from_(self, **version: Any) -> Self:
        return self._with_target(**{"from": version})

    def artifacts(self) -> Self:
        return self._with_target(components={"mode": "Artifacts"})

    def selecting(self, *names: str) -> Self:
        return self._with_target(components={"mode": "Selected", "names": list(names)})

    def pinned(self) -> Self:
        return self._with_target(pin=True)

    def abandoning(self) -> Self:
        return self.saying(unfinishedRollout="Abandon")

    def waiting(self) -> Self:
        return self.saying(unfinishedRollout="Wait")

    def saying(self, **spec: Any) -> Self:
        return self._with("spec", **spec)

    def at_generation(self, generation: int) -> Self:
        return self._with("metadata", generation=generation)

    def annotated(self, **annotations: str) -> Self:
        return self._with("metadata", annotations=annotations)

    def answered(self, status: Status) -> Self:
        dumped = status.model_dump(mode="json", by_alias=True, exclude_none=True)
        return type(self)({**self.obj, "status": dumped})

    def _with_target(self, **values: Any) -> Self:
        first, *rest = self.obj["spec"]["targets"]
        return self._with("spec", targets=[{**first, **values}, *rest])

    def _with(self, part: str, **values: Any) -> Self:
        return type(self)({**self.obj, part: {**self.obj[part], **values}})


def a_request(name: str = "back") -> RequestBuilder:
    """Begin with a default request for the Deployment `web`."""
    return RequestBuilder(a_request_object(name))
