"""The one place that talks to the API server: objects in and out as domain values.

Every write is safe to send twice: patches test what they were decided on, Events have names that
are derived from what they say. So a lost reply is simply tried again.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

import aiohttp
import stamina
from yarl import URL

from rollback_operator.domain.deployment import Deployment, ReplicaSet, controller, owned_by
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import API_VERSION, FIELD_MANAGER, PLURAL, RECORD_LABEL
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Forbidden, Invalid, KubeError, Missing, Stale, Unreachable

Selector: TypeAlias = Mapping[str, Any]
"""A label selector as the API writes it: `matchLabels`, `matchExpressions`."""

JSON_PATCH = "application/json-patch+json"
CALL_TIMEOUT = aiohttp.ClientTimeout(total=30)
ATTEMPTS = 6
MANAGED = {"fieldManager": FIELD_MANAGER}
LONGEST_PAUSE = 10.0
"""Seconds that a server may make one call wait: beyond, the caller's own deadlines count."""


@dataclass(frozen=True)
class Answer:
    """What the API server answered; warnings are those of its `Warning` headers."""

    body: JsonObject
    warnings: tuple[str, ...] = ()


class Cluster(Protocol):
    """What the operations need of a cluster."""

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

    async def namespace_labels(self, name: str) -> Mapping[str, str]:
        """Read the labels of a namespace."""

    async def patch(self, deployment: Deployment, patch: Operations) -> Deployment:
        """Patch a Deployment; return it as it was stored."""

    async def patch_status(self, deployment: Deployment, patch: Operations) -> None:
        """Patch a Deployment by its status subresource, which bumps no generation."""

    async def patch_request(self, request: RollbackRequest, patch: Operations) -> RollbackRequest:
        """Patch the status of a request; return it as it was stored."""

    async def delete_request(self, request: RollbackRequest) -> None:
        """Delete this very request, unless it is gone."""

    async def create_event(self, namespace: str, event: JsonObject) -> None:
        """Write an Event, unless one of that name is there."""


class KubeCluster:
    """The cluster behind an API server. The session authenticates every call."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server.rstrip("/")
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=ATTEMPTS, timeout=60, wait_initial=0.1, wait_jitter=0.1, wait_max=5
        ).on(_backoff)

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
        listed = await self._list(f"/apis/apps/v1/namespaces/{namespace}/deployments", selector)
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

    async def namespace_labels(self, name: str) -> Mapping[str, str]:
        """Read the labels of a namespace; none if it is gone."""
        obj = await self._get_or_none(f"/api/v1/namespaces/{name}")
        labels: Mapping[str, str] = obj["metadata"].get("labels", {}) if obj else {}
        return labels

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
        """Write an Event, unless one of that name is there."""
        try:
            await self._call("POST", f"/api/v1/namespaces/{namespace}/events", body=event)
        except Stale:
            return

    async def _list(self, path: str, selector: Selector) -> list[JsonObject]:
        query = {"labelSelector": _selector_text(selector)}
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
        return (await self.call(verb, path, query=query, body=body)).body

    async def call(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        accept: str = "application/json",
    ) -> Answer:
        """Call the API, again while that may help; for other gateways to share.

        Raises:
            KubeError: it did not do what it was for.
        """
        return await self._retrying(self._call_once, verb, path, query, body, accept)

    def _address(self, path: str) -> URL:
        """Return the address, letter by letter: no part of a path may lead to another object."""
        if {"", ".", ".."} & set(path.split("/")[1:]):
            message = f"{path} is no path of the API"
            raise Invalid(message)
        return URL(self._server + quote(path), encoded=True)

    async def _call_once(
        self, verb: str, path: str, query: Mapping[str, str] | None, body: object, accept: str
    ) -> Answer:
        content = JSON_PATCH if verb == "PATCH" else "application/json"
        data = None if body is None else json.dumps(body).encode()
        try:
            async with self._session.request(
                verb,
                self._address(path),
                params=query,
                data=data,
                headers={"Content-Type": content, "Accept": accept},
                timeout=CALL_TIMEOUT,
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{verb} {path}: no answer from the API server ({error!r})"
            raise Unreachable(message) from error
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise _error(verb, path, response, text)
        return Answer(json.loads(text), _warnings(response))


def _warnings(response: aiohttp.ClientResponse) -> tuple[str, ...]:
    """Read the `Warning` headers: a code, an agent, and a quoted text."""
    joined = ", ".join(response.headers.getall("Warning", ()))
    texts = re.findall(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"', joined)
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in texts)


def _backoff(error: Exception) -> bool | float:
    """Tell whether, or after how many seconds, to try again."""
    if not isinstance(error, Unreachable):
        return False
    return True if error.retry_after is None else min(error.retry_after, LONGEST_PAUSE)


DENIED = re.compile("admission webhook .* denied the request")
"""How the API server tells of a webhook's denial, which may have any code."""
ERRORS: dict[int, type[KubeError]] = {
    HTTPStatus.UNAUTHORIZED: Forbidden,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: Missing,
    HTTPStatus.CONFLICT: Stale,
}


def _error(verb: str, path: str, response: aiohttp.ClientResponse, text: str) -> KubeError:
    status, code = _status_object(text), response.status
    message = f"{verb} {path}: {status.get('message') or text[:200] or response.reason}"
    if code == HTTPStatus.TOO_MANY_REQUESTS or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(message, _seconds(response.headers.get("Retry-After")))
    if DENIED.search(message):
        return Forbidden(message)
    if code == HTTPStatus.UNPROCESSABLE_ENTITY and not _causes(status):
        # A failed `test` is 422 without causes; validation names them (trap 28).
        return Stale(message)
    return ERRORS.get(code, Invalid)(message)


def _status_object(text: str) -> JsonObject:
    try:
        status = json.loads(text)
    except ValueError:
        return {}
    return status if isinstance(status, dict) else {}


def _causes(status: JsonObject) -> list[Any]:
    causes: list[Any] = (status.get("details") or {}).get("causes") or []
    return causes


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None


def _deployment_path(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def _request_path(namespace: str, name: str) -> str:
    return f"/apis/{API_VERSION}/namespaces/{namespace}/{PLURAL}/{name}"


def _selector_text(selector: Selector) -> str:
    """Return a label selector as a query understands it."""
    labels = (f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items())
    others = (_requirement(r) for r in selector.get("matchExpressions") or ())
    return ",".join([*labels, *others])


def _requirement(requirement: Mapping[str, Any]) -> str:
    key, values = requirement["key"], ",".join(requirement.get("values") or ())
    match requirement["operator"]:
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
        case operator:
            return f"{key} {operator.lower()} ({values})"
