"""The independent watcher: says when a change of an object arrived."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

from bench.api import Api, Object

PATIENCE = 120
"""Seconds to wait for anything: a bound for what hangs."""

Condition = Callable[[Object], bool]


class Sight(NamedTuple):
    """An object, and when it arrived on the watch by `time.perf_counter`."""

    at: float
    object: Object


@dataclass
class Watcher:
    """Watches one collection."""

    api: Api
    path: str
    _latest: dict[str, Sight] = field(default_factory=dict)
    _waiting: list[tuple[str, Condition, asyncio.Future[Sight]]] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """List what is there, and watch from then on."""
        self._task = asyncio.create_task(self._watch(await self._list()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()

    async def until(self, name: str, holds: Condition) -> Sight:
        """Return the first sight of an object, from the present one on, of which that holds."""
        seen = self._latest.get(name)
        if seen is not None and holds(seen.object):
            return seen
        future: asyncio.Future[Sight] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, holds, future))
        async with asyncio.timeout(PATIENCE):
            return await future

    async def _list(self) -> str:
        """See all that is there; return the version to watch from."""
        listed = await self.api.get(self.path)
        for item in listed["items"]:
            self._see(Sight(time.perf_counter(), item))
        return str(listed["metadata"]["resourceVersion"])

    async def _watch(self, version: str) -> None:
        """Watch for ever: the API server ends each watch after half an hour to an hour."""
        try:
            while True:
                async for line in self.api.watch(self.path, version):
                    self._hear(json.loads(line))
                version = await self._list()
        finally:
            for _, _, future in self._waiting:
                future.cancel(f"the watch of {self.path} ended")

    def _hear(self, event: Object) -> None:
        if event["type"] == "ERROR":
            return
        self._see(Sight(time.perf_counter(), event["object"]))
        if event["type"] == "DELETED":
            del self._latest[event["object"]["metadata"]["name"]]

    def _see(self, sight: Sight) -> None:
        name = sight.object["metadata"]["name"]
        self._latest[name] = sight
        for entry in [e for e in self._waiting if e[0] == name and e[1](sight.object)]:
            self._waiting.remove(entry)
            if not entry[2].done():
                entry[2].set_result(sight)
