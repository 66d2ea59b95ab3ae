"""The custom resource: what is asked for, and what was answered so far."""

from datetime import datetime
from typing import Any

from pydantic import Field

from rollback_operator.domain.schema import Model
from rollback_operator.domain.spec import Spec
from rollback_operator.domain.status import Status


class RollbackRequest(Model):
    """A request to put the previous artifact of a Deployment back."""

    namespace: str
    """Where the request and its targets live."""
    name: str
    """Name of the request."""
    uid: str
    """UID of the request."""
    resource_version: str
    """Version that was read."""
    generation: int
    """Generation of the spec."""
    created: datetime
    """When it was created."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Its annotations."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Its labels."""
    spec: Spec
    """What is asked for."""
    status: Status
    """What was answered so far."""

    @classmethod
    def from_object(cls, obj: dict[str, Any]) -> "RollbackRequest":
        """Read the API object.

        Raises:
            pydantic.ValidationError: the object is not as the CRD has it.
        """
        spec, status = Spec.model_validate(obj["spec"]), obj.get("status") or {}
        return cls._of(obj, spec, Status.model_validate(status))

    @classmethod
    def unreadable(cls, obj: dict[str, Any]) -> "RollbackRequest":
        """Read of an object that is not as the CRD has it what is needed to answer it."""
        return cls._of(obj, Spec(), Status())

    @classmethod
    def _of(cls, obj: dict[str, Any], spec: Spec, status: Status) -> "RollbackRequest":
        metadata = obj["metadata"]
        return cls(
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
            generation=metadata.get("generation", 1),
            created=metadata["creationTimestamp"],
            annotations=metadata.get("annotations") or {},
            labels=metadata.get("labels") or {},
            spec=spec,
            status=status,
        )
