"""The Lease by which one replica leads: read, written and followed."""

from collections.abc import AsyncGenerator
from typing import Protocol

from rollback_operator.domain.lease import Lease, LeaseName
from rollback_operator.errors import Missing
from rollback_operator.kube.api import Api


class Leases(Protocol):
    """What the election needs of a cluster: one Lease."""

    async def read(self) -> Lease | None:
        """Read the Lease."""

    async def create(self, lease: Lease) -> Lease:
        """Create it; Stale if it is there."""

    async def update(self, lease: Lease) -> Lease:
        """Replace the version that was read; Stale if it has changed since."""

    def changes(self, since: Lease) -> AsyncGenerator[Lease, None]:
        """Yield the versions after that one, until the watch ends."""


class KubeLeases:
    """The Lease of that name behind an API server."""

    def __init__(self, api: Api, name: LeaseName) -> None:
        self._api = api
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{name.namespace}/leases"
        self._path = f"{self._collection}/{name.name}"
        self._name = name.name

    async def read(self) -> Lease | None:
        """Read the Lease."""
        try:
            return Lease.from_object((await self._api.call("GET", self._path)).body)
        except Missing:
            return None

    async def create(self, lease: Lease) -> Lease:
        """Create it; Stale if it is there."""
        answer = await self._api.call("POST", self._collection, body=lease.obj)
        return Lease.from_object(answer.body)

    async def update(self, lease: Lease) -> Lease:
        """Replace the version that was read; Stale if it has changed since."""
        return Lease.from_object((await self._api.call("PUT", self._path, body=lease.obj)).body)

    async def changes(self, since: Lease) -> AsyncGenerator[Lease, None]:
        """Yield the versions after that one, until the watch ends."""
        query = {
            "watch": "true",
            "fieldSelector": f"metadata.name={self._name}",
            "resourceVersion": since.version,
        }
        async for event in self._api.watch(self._collection, query):
            if event["type"] not in {"ADDED", "MODIFIED"}:
                return
            yield Lease.from_object(event["object"])
