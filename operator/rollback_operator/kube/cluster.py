"""What the operations need of a cluster."""

from collections.abc import Mapping
from typing import Protocol

from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject
from rollback_operator.kube.selectors import Selector


class Cluster(Protocol):
    """A cluster, as the operations see it."""

    async def deployment(self, namespace: str, name: str) -> Deployment | None:
        """Read a Deployment."""

    async def replica_sets(self, deployment: Deployment) -> tuple[ReplicaSet, ...]:
        """List the ReplicaSets that a Deployment controls, newest first."""

    async def deployment_names(self, namespace: str, selector: Selector) -> list[str]:
        """Name the Deployments of a namespace that a label selector matches."""

    async def terminating_pods(self, deployment: Deployment) -> int:
        """Count the pods of a Deployment that are on their way out."""

    async def pods(self, deployment: Deployment, replica_set: ReplicaSet) -> list[JsonObject]:
        """List the pods of one ReplicaSet of a Deployment."""

    async def cron_job(self, namespace: str, name: str) -> JsonObject | None:
        """Read a CronJob."""

    async def jobs(self, namespace: str, labels: Mapping[str, str]) -> list[JsonObject]:
        """List the Jobs with these labels."""

    async def create_job(self, job: JsonObject) -> JsonObject:
        """Create a Job; if one of that name is there, return that."""

    async def pods_of_job(self, namespace: str, name: str) -> list[JsonObject]:
        """List the pods of a Job."""

    async def request(self, namespace: str, name: str) -> RollbackRequest | None:
        """Read a request."""

    async def namespace_marks(self, name: str) -> Mapping[str, str]:
        """Read the labels of a namespace, with the flag also where an annotation has it."""

    async def patch(self, deployment: Deployment, patch: Operations) -> Deployment:
        """Patch a Deployment; return it as it was stored."""

    async def patch_status(self, deployment: Deployment, patch: Operations) -> None:
        """Patch a Deployment by its status subresource, which bumps no generation."""

    async def patch_request(self, request: RollbackRequest, patch: Operations) -> RollbackRequest:
        """Patch the status of a request; return it as it was stored."""

    async def delete_request(self, request: RollbackRequest) -> None:
        """Delete this very request, unless it is gone."""

    async def create_event(self, namespace: str, event: JsonObject) -> None:
        """Write an Event, unless one of that name is there, or it cannot be: nothing needs it."""
