"""The pulse of the process."""

import asyncio
from collections.abc import Callable

import pytest

from rollback_operator.domain.health import Signs, Watched
from rollback_operator.operations import heartbeat
from rollback_operator.operations.heartbeat import Heartbeat
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.vitals import Vitals


class Notes(Observer):
    def __init__(self) -> None:
        self.lags: list[float] = []

    def turned(self, lag: float, signs: Signs) -> None:
        assert signs.watch_limit == 180
        self.lags.append(lag)


class Stream:
    total_bytes = 0


class World:
    """A clock that is a second later at every look, so that beats need no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pings = 0
        self.answers = asyncio.Event()
        self.vitals = Vitals(self.clock, 180, lambda: True)
        self.notes = Notes()
        self.heartbeat = Heartbeat(self.vitals, self.ping, self.notes, self.clock)

    def clock(self) -> float:
        return self.now

    async def ping(self) -> None:
        self.pings += 1
        await self.answers.wait()
        self.vitals.heard(200)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(heartbeat, "INTERVAL", 0)
    return World()


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    message = "it never came to hold"
    raise AssertionError(message)


async def beats(world: World, number: int = 3) -> None:
    seen = len(world.notes.lags)
    await until(lambda: len(world.notes.lags) >= seen + number)


async def test_it_measures_how_late_the_loop_is(world: World) -> None:
    beating = asyncio.create_task(world.heartbeat.until_hopeless())
    await asyncio.sleep(0)
    world.now += 2.5

    await beats(world)

    assert 2.5 in world.notes.lags
    beating.cancel()


async def test_a_quiet_api_server_is_asked_once_at_a_time(world: World) -> None:
    beating = asyncio.create_task(world.heartbeat.until_hopeless())
    await beats(world)
    assert world.pings == 0

    world.now += 11
    await beats(world)
    assert world.pings == 1

    world.answers.set()
    await beats(world)
    assert (world.pings, world.vitals.signs().heard_at) == (1, 11)
    beating.cancel()


async def test_it_ends_when_a_watch_is_dead(world: World) -> None:
    world.vitals.opened(Watched("deployments"), Stream())
    world.answers.set()
    beating = asyncio.create_task(world.heartbeat.until_hopeless())
    await beats(world)

    world.now += 181

    assert await beating == "nothing is heard of the watch on deployments"


async def test_it_does_not_end_while_bookmarks_arrive(world: World) -> None:
    stream = Stream()
    world.vitals.opened(Watched("deployments"), stream)
    beating = asyncio.create_task(world.heartbeat.until_hopeless())

    for _ in range(10):
        world.now += 100
        stream.total_bytes += 100
        await beats(world)

    assert not beating.done()
    beating.cancel()


async def test_it_ends_when_the_credentials_stay_rejected(world: World) -> None:
    world.vitals.heard(401)
    beating = asyncio.create_task(world.heartbeat.until_hopeless())
    await beats(world)
    assert world.pings == 1

    world.now += 61

    assert "rejected the operator's credentials (401) for 61 s" in await beating
