"""A cluster behind an API server: what an operation asks for, as calls of the API."""

import logging
from collections.abc import Mapping

from rollback_operator.domain.deployment import Deployment, ReplicaSet, controller, owned_by
from rollback_operator.domain.flags import marks_of_namespace
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import API_VERSION, FIELD_MANAGER, PLURAL, RECORD_LABEL
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import KubeError, Missing, Stale
from rollback_operator.kube.api import Api
from rollback_operator.kube.selectors import Selector, selector_text

logger = logging.getLogger(__name__)

MANAGED = {"fieldManager": FIELD_MANAGER}


class KubeCluster:
    """The cluster behind an API server."""

    def __init__(self, api: Api, watched: str = "") -> None:
        """`watched` is the label selector of the Deployments that may be selected at all."""
        self._api = api
        self._watched = watched

    async def deployment(self, namespace: str, name: str) -> Deployment | None:
        """Read a Deployment."""
        obj = await self._get_or_none(_deployment_path(namespace, name))
        return Deployment.from_object(obj) if obj else None

    async def replica_sets(self, deployment: Deployment) -> tuple[ReplicaSet, ...]:
        """List the ReplicaSets that a Deployment controls, newest first.

        From the API server itself: a cache could lack the newest one.
        """
        path = f"/apis/apps/v1/namespaces/{deployment.namespace}/replicasets"
        listed = await self._list(path, deployment.selector)
        return owned_by(deployment.uid, listed)

    async def deployment_names(self, namespace: str, selector: Selector) -> list[str]:
        """Name the Deployments of a namespace that a label selector matches.

        Those that are left out of recording are left out here too.
        """
        selectors = [text for text in (selector_text(selector), self._watched) if text]
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        listed = await self._listed(path, ",".join(selectors))
        metadata = [obj["metadata"] for obj in listed]
        return [
            m["name"] for m in metadata if (m.get("labels") or {}).get(RECORD_LABEL) != "disabled"
        ]

    async def terminating_pods(self, deployment: Deployment) -> int:
        """Count the pods of a Deployment that are on their way out."""
        path = f"/api/v1/namespaces/{deployment.namespace}/pods"
        listed = await self._list(path, deployment.selector)
        return sum("deletionTimestamp" in pod["metadata"] for pod in listed)

    async def pods(self, deployment: Deployment, replica_set: ReplicaSet) -> list[JsonObject]:
        """List the pods of one ReplicaSet of a Deployment."""
        listed = await self._list(
            f"/api/v1/namespaces/{deployment.namespace}/pods", deployment.selector
        )
        return [pod for pod in listed if controller(pod) == replica_set.uid]

    async def cron_job(self, namespace: str, name: str) -> JsonObject | None:
        """Read a CronJob."""
        return await self._get_or_none(f"/apis/batch/v1/namespaces/{namespace}/cronjobs/{name}")

    async def jobs(self, namespace: str, labels: Mapping[str, str]) -> list[JsonObject]:
        """List the Jobs with these labels."""
        return await self._list(
            f"/apis/batch/v1/namespaces/{namespace}/jobs", {"matchLabels": labels}
        )

    async def create_job(self, job: JsonObject) -> JsonObject:
        """Create a Job; if one of that name is there, return that."""
        path = f"/apis/batch/v1/namespaces/{job['metadata']['namespace']}/jobs"
        try:
            return await self._call("POST", path, query=MANAGED, body=job)
        except Stale:
            return await self._call("GET", f"{path}/{job['metadata']['name']}")

    async def pods_of_job(self, namespace: str, name: str) -> list[JsonObject]:
        """List the pods of a Job."""
        labels = {"batch.kubernetes.io/job-name": name}
        return await self._list(f"/api/v1/namespaces/{namespace}/pods", {"matchLabels": labels})

    async def request(self, namespace: str, name: str) -> RollbackRequest | None:
        """Read a request."""
        obj = await self._get_or_none(_request_path(namespace, name))
        return RollbackRequest.from_object(obj) if obj else None

    async def namespace_marks(self, name: str) -> Mapping[str, str]:
        """Read the labels of a namespace, with the flag; none if it is gone."""
        obj = await self._get_or_none(f"/api/v1/namespaces/{name}")
        return marks_of_namespace(obj["metadata"]) if obj else {}

    async def patch(self, deployment: Deployment, patch: Operations) -> Deployment:
        """Patch a Deployment; return it as it was stored."""
        path = _deployment_path(deployment.namespace, deployment.name)
        return Deployment.from_object(await self._patch(path, patch))

    async def patch_status(self, deployment: Deployment, patch: Operations) -> None:
        """Patch a Deployment by its status subresource, which bumps no generation (trap 1)."""
        path = _deployment_path(deployment.namespace, deployment.name)
        await self._patch(f"{path}/status", patch)

    async def patch_request(self, request: RollbackRequest, patch: Operations) -> RollbackRequest:
        """Patch the status of a request; return it as it was stored."""
        path = _request_path(request.namespace, request.name)
        return RollbackRequest.from_object(await self._patch(f"{path}/status", patch))

    async def delete_request(self, request: RollbackRequest) -> None:
        """Delete this very request, unless it is gone or another one has its name."""
        body = {"preconditions": {"uid": request.uid}}
        try:
            await self._call("DELETE", _request_path(request.namespace, request.name), body=body)
        except (Missing, Stale):
            return

    async def create_event(self, namespace: str, event: JsonObject) -> None:
        """Write an Event, unless one of that name is there, or it cannot be: nothing needs it."""
        try:
            await self._call("POST", f"/api/v1/namespaces/{namespace}/events", body=event)
        except Stale:
            return
        except KubeError as error:
            logger.warning("an Event could not be written: %s", error)

    async def _list(self, path: str, selector: Selector) -> list[JsonObject]:
        return await self._listed(path, selector_text(selector))

    async def _listed(self, path: str, selector: str) -> list[JsonObject]:
        query = {"labelSelector": selector}
        items: list[JsonObject] = (await self._call("GET", path, query=query))["items"]
        return items

    async def _get_or_none(self, path: str) -> JsonObject | None:
        try:
            return await self._call("GET", path)
        except Missing:
            return None

    async def _patch(self, path: str, patch: Operations) -> JsonObject:
        return await self._call("PATCH", path, query=MANAGED, body=patch)

    async def _call(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> JsonObject:
        return (await self._api.call(verb, path, query=query, body=body)).body


def _deployment_path(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def _request_path(namespace: str, name: str) -> str:
    return f"/apis/{API_VERSION}/namespaces/{namespace}/{PLURAL}/{name}"
