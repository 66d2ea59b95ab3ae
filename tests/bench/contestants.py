"""Those who put the good image back, each with a fleet in a namespace of its own."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.api import DEPLOYMENTS, REQUESTS, Api, Object
from bench.fleet import GOOD, Fleet, runs
from bench.watcher import Watcher
from harness.cluster import Cluster
from harness.objects import is_over

OURS, BARE, UNDO = "operator", "bare loop", "kubectl rollout undo"
NAMESPACES = {OURS: "bench-operator", BARE: "bench-bare", UNDO: "bench-undo"}


class Contestant(Protocol):
    """One way to roll back."""

    @property
    def name(self) -> str:
        """What it is called in the tables."""

    @property
    def fleet(self) -> Fleet:
        """The Deployments that it rolls back."""

    async def begin(self, deployment: str) -> None:
        """Ask for the rollback of a Deployment; return once that was accepted."""

    async def settle(self, deployment: str) -> None:
        """Wait until all that the rollback causes is over."""


@dataclass(frozen=True)
class ByRequest:
    """Creates a RollbackRequest, for the operator or for the bare loop."""

    name: str
    fleet: Fleet
    requests: Watcher | None
    """None where nobody writes the status of requests."""

    async def begin(self, deployment: str) -> None:
        """Create the request."""
        await self.fleet.api.create(REQUESTS.format(self.fleet.namespace), a_request(deployment))

    async def settle(self, deployment: str) -> None:
        """Wait for the Deployment, and for the end of the request."""
        await self.fleet.until_back(deployment)
        if self.requests is not None:
            await self.requests.until(deployment, is_over)


@dataclass(frozen=True)
class ByKubectl:
    """Runs `kubectl rollout undo` as a person would."""

    name: str
    fleet: Fleet
    cluster: Cluster
    home: Path
    """Where kubectl keeps what it discovers, so that a run is as fast as the second one."""

    async def begin(self, deployment: str) -> None:
        """Run kubectl to its end."""
        arguments = ["-n", self.fleet.namespace, "rollout", "undo", f"deployment/{deployment}"]
        kubectl = await asyncio.create_subprocess_exec(
            self.cluster.bin / "kubectl",
            *arguments,
            env=os.environ | {"KUBECONFIG": str(self.cluster.kubeconfig), "HOME": str(self.home)},
            stdout=asyncio.subprocess.DEVNULL,
        )
        if code := await kubectl.wait():
            message = f"kubectl {' '.join(arguments)} ended with {code}"
            raise RuntimeError(message)

    async def settle(self, deployment: str) -> None:
        """Wait for the Deployment."""
        await self.fleet.until_back(deployment)


def a_request(deployment: str) -> Object:
    """Return the smallest request there is, named like its Deployment."""
    return {
        "apiVersion": "rollback-operator.dev/v1alpha1",
        "kind": "RollbackRequest",
        "metadata": {"name": deployment},
        "spec": {"targets": [{"name": deployment}]},
    }


async def milliseconds(contestant: Contestant, deployment: str) -> float:
    """Return the time from just before the asking to the changed Deployment on our watch."""
    async with asyncio.TaskGroup() as tasks:
        seen = tasks.create_task(contestant.fleet.watcher.until(deployment, runs(GOOD)))
        await asyncio.sleep(0)  # so that it is waiting when the time begins
        started = time.perf_counter()
        tasks.create_task(contestant.begin(deployment))
    return (seen.result().at - started) * 1000


async def enter_all(stack: AsyncExitStack, cluster: Cluster, api: Api) -> list[Contestant]:
    """Return all contestants, with their namespaces and watches, in no particular order."""
    fleets = {name: await _fleet(stack, api, name) for name in NAMESPACES}
    requests = Watcher(api, REQUESTS.format(NAMESPACES[OURS]))
    return [
        ByRequest(OURS, fleets[OURS], await stack.enter_async_context(requests)),
        ByRequest(BARE, fleets[BARE], None),
        ByKubectl(UNDO, fleets[UNDO], cluster, cluster.directory / "configuration"),
    ]


async def _fleet(stack: AsyncExitStack, api: Api, name: str) -> Fleet:
    namespace = NAMESPACES[name]
    await api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    watcher = await stack.enter_async_context(Watcher(api, DEPLOYMENTS.format(namespace)))
    return Fleet(api, namespace, watcher, recorded=name == OURS)
