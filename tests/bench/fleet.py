"""Many Deployments at once, each with a good release followed by a bad one."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.api import DEPLOYMENTS, Api, Object
from bench.bare_loop import CONTAINER_IMAGE
from bench.watcher import Watcher
from harness.objects import a_deployment, condition, history, is_done

GOOD = "nginx:stable-perl"
BAD = "nginx:stable-bullseye-perl"
AT_ONCE = 16
"""Rollouts under way together: enough to keep the control plane busy, not more."""


@dataclass(frozen=True)
class Fleet:
    """The Deployments of one namespace; `recorded` says whether the operator looks after it."""

    api: Api
    namespace: str
    watcher: Watcher
    recorded: bool

    async def release(self, names: Iterable[str]) -> None:
        """Roll the good image out and then the bad one, each until it is done and recorded."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def release_one(name: str) -> None:
            async with gate:
                await self._release_one(name)

        async with asyncio.TaskGroup() as tasks:
            for name in names:
                tasks.create_task(release_one(name))

    async def _release_one(self, name: str) -> None:
        await self.api.create(self._path, a_deployment(name, GOOD, replicas=1))
        await self.watcher.until(name, self._settled(GOOD, 1))
        change = {"op": "replace", "path": CONTAINER_IMAGE, "value": BAD}
        await self.api.patch(f"{self._path}/{name}", [change])
        await self.watcher.until(name, self._settled(BAD, 2))

    async def until_back(self, name: str) -> None:
        """Wait until a rollback is done, and recorded as a return where it is."""

        def is_back(deployment: Object) -> bool:
            shown = condition(deployment, "Rollbackable").get("reason")
            is_recorded = not self.recorded or shown == "AlreadyRolledBack"
            return runs(GOOD)(deployment) and is_done(deployment) and is_recorded

        await self.watcher.until(name, is_back)

    @property
    def _path(self) -> str:
        return DEPLOYMENTS.format(self.namespace)

    def _settled(self, image: str, snapshots: int) -> Callable[[Object], bool]:
        def is_settled(deployment: Object) -> bool:
            if not runs(image)(deployment) or not is_done(deployment):
                return False
            return not self.recorded or len(_snapshots(deployment)) == snapshots

        return is_settled


def runs(image: str) -> Callable[[Object], bool]:
    """Return a condition: the Deployment asks for that image."""

    def does(deployment: Object) -> bool:
        containers = deployment["spec"]["template"]["spec"]["containers"]
        return bool(containers[0]["image"] == image)

    return does


def names(count: int) -> list[str]:
    """Return names for that many Deployments."""
    return [f"web-{number}" for number in range(1, count + 1)]


def _snapshots(deployment: Object) -> Sequence[Object]:
    found: Sequence[Object] = (history(deployment) or {}).get("snapshots", [])
    return found
