"""The watcher of benchmarks and soak sees what changes, also when its watch is ended."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from bench.api import Api, Object
from bench.watcher import Watcher


def web(version: int) -> Object:
    return {"metadata": {"name": "web", "resourceVersion": str(version)}}


def is_at(version: int, seen: Object) -> bool:
    return bool(seen == web(version))


@dataclass
class Scripted:
    """Answers each list with the next version of `web`, and each watch with the next events."""

    watches: list[Sequence[Object]]
    listed: int = 0
    asked: list[str] = field(default_factory=list)

    async def get(self, _: str) -> Object:
        self.listed += 1
        version = 10 * self.listed
        return {"metadata": {"resourceVersion": str(version)}, "items": [web(version)]}

    async def watch(self, _: str, version: str) -> AsyncIterator[bytes]:
        self.asked.append(version)
        if not self.watches:
            await asyncio.Event().wait()
        for event in self.watches.pop(0):
            yield json.dumps(event).encode()
            # Who waited for it gets on before the next one comes.
            await asyncio.sleep(0)


def changed(version: int, kind: str = "MODIFIED") -> Object:
    return {"type": kind, "object": web(version)}


async def test_a_watch_that_is_ended_is_begun_again_from_what_is_there_then() -> None:
    api = Scripted([[changed(11)], [changed(21)]])

    async with Watcher(cast(Api, api), "webs") as watcher:
        for version in (20, 21):
            await watcher.until("web", partial(is_at, version))

    assert api.asked[:2] == ["10", "20"]


async def test_an_expired_watch_is_begun_again() -> None:
    api = Scripted([[{"type": "ERROR", "object": {"code": 410}}], [changed(21)]])

    async with Watcher(cast(Api, api), "webs") as watcher:
        await watcher.until("web", partial(is_at, 21))


async def test_what_was_deleted_is_there_no_more() -> None:
    api = Scripted([[changed(11, "DELETED"), changed(12, "ADDED")]])

    async with Watcher(cast(Api, api), "webs") as watcher:
        await watcher.until("web", partial(is_at, 11))
        next_one = await watcher.until("web", lambda _: True)

    assert next_one.object == web(12)
