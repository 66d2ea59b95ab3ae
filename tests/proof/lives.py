"""Deployments that are released and rolled back, again and again, until a time."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.api import DEPLOYMENTS, REQUESTS, Api, Object
from bench.bare_loop import CONTAINER_IMAGE
from bench.contestants import a_request
from bench.fleet import names, runs
from bench.watcher import Watcher
from harness.objects import a_deployment, history, is_done, is_over

EACH = 60
"""Deployments of a namespace."""
AT_ONCE = 6
"""How many of them are released or rolled back at the same time."""


@dataclass
class Counted:
    """What happened, and what should not have."""

    times: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


async def live_in(api: Api, namespace: str, until: float, counted: Counted) -> None:
    """Let the Deployments of a namespace live until then."""
    await api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    gate = asyncio.Semaphore(AT_ONCE)
    async with _watching(api, namespace) as (deployments, requests):
        lives = [
            _Life(api, namespace, name, deployments, requests, counted).live(gate, until)
            for name in names(EACH)
        ]
        await asyncio.gather(*lives)


@asynccontextmanager
async def _watching(api: Api, namespace: str) -> AsyncIterator[tuple[Watcher, Watcher]]:
    async with (
        Watcher(api, DEPLOYMENTS.format(namespace)) as deployments,
        Watcher(api, REQUESTS.format(namespace)) as requests,
    ):
        yield deployments, requests


@dataclass
class _Life:
    """One Deployment: released, maybe rolled back, and so on."""

    api: Api
    namespace: str
    name: str
    deployments: Watcher
    requests: Watcher
    counted: Counted
    releases: int = 0
    image: str = "nginx:0"

    async def live(self, gate: asyncio.Semaphore, until: float) -> None:
        """Take turns with the others until the end."""
        draw = random.Random(f"{self.namespace}/{self.name}")  # noqa: S311 - no secret
        while time.monotonic() < until:
            async with gate:
                try:
                    await self._turn(roll_back=draw.random() < 1 / 2)
                except TimeoutError:
                    self._is_wrong("nothing came of it in two minutes")
                    return

    async def _turn(self, *, roll_back: bool) -> None:
        before, self.releases = self.image, self.releases + 1
        self.image = f"nginx:{self.releases}"
        if self.releases == 1:
            body = a_deployment(self.name, self.image, replicas=1)
            await self.api.create(DEPLOYMENTS.format(self.namespace), body)
        else:
            change = {"op": "replace", "path": CONTAINER_IMAGE, "value": self.image}
            await self.api.patch(f"{DEPLOYMENTS.format(self.namespace)}/{self.name}", [change])
        await self.deployments.until(self.name, self._is_recorded)
        self.counted.times["rollouts"] += 1
        if roll_back and self.releases > 1:
            await self._roll_back(before)

    async def _roll_back(self, before: str) -> None:
        request = a_request(self.name)
        request["metadata"]["name"] = name = f"{self.name}-{self.releases}"
        request["spec"]["ttlSecondsAfterFinished"] = 60
        await self.api.create(REQUESTS.format(self.namespace), request)
        ended = (await self.requests.until(name, is_over)).object["status"]
        self.image = before
        if ended["reason"] != "RolledBack":
            self._is_wrong(f"{name} ended as {ended['reason']}: {ended.get('message')}")
        await self.deployments.until(self.name, self._is_recorded)
        self.counted.times["rollbacks"] += 1

    def _is_recorded(self, deployment: Object) -> bool:
        """Whether the image serves, and is the newest on record."""
        snapshots = (history(deployment) or {}).get("snapshots", [])
        return (
            runs(self.image)(deployment)
            and is_done(deployment)
            and bool(snapshots)
            and self.image in snapshots[-1]["images"].values()
        )

    def _is_wrong(self, what: str) -> None:
        place = f"{self.namespace}/{self.name}, release {self.releases}, {self.image}"
        self.counted.wrong.append(f"{place}: {what}")
