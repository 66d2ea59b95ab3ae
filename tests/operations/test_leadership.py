"""Two replicas and one Lease, on a clock of their own."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from builders import NOON
from rollback_operator.domain.lease import Lease, LeaseName, Terms
from rollback_operator.errors import KubeError, Missing, Stale, Unreachable
from rollback_operator.operations.leadership import Leadership

TERMS = Terms(duration=15, renew_deadline=10, retry_period=0)
NAME = LeaseName("ops", "rollback-operator")


@dataclass
class FakeLeases:
    """An API server with one Lease; `faults` come first, and `gates` hold up what is written."""

    lease: Lease | None = None
    version: int = 0
    faults: list[KubeError] = field(default_factory=list)
    hangs: bool = False
    watchers: list[asyncio.Queue[Lease]] = field(default_factory=list)

    async def read(self) -> Lease | None:
        await self._meet_a_fault()
        return self.lease

    async def create(self, lease: Lease) -> Lease:
        await self._meet_a_fault()
        if self.lease is not None:
            raise Stale
        return self.store(lease)

    async def update(self, lease: Lease) -> Lease:
        await self._meet_a_fault()
        if self.lease is None:
            raise Missing
        if self.lease.version != lease.version:
            raise Stale
        return self.store(lease)

    async def changes(self, since: Lease) -> AsyncGenerator[Lease, None]:
        queue: asyncio.Queue[Lease] = asyncio.Queue()
        self.watchers.append(queue)
        if self.lease is not None and self.lease.version != since.version:
            queue.put_nowait(self.lease)
        while True:
            yield await queue.get()

    def store(self, lease: Lease) -> Lease:
        """Store a version, and show it to who watches."""
        self.version += 1
        metadata: dict[str, Any] = {**lease.obj["metadata"], "resourceVersion": str(self.version)}
        self.lease = Lease.from_object({**lease.obj, "metadata": metadata})
        for watcher in self.watchers:
            watcher.put_nowait(self.lease)
        return self.lease

    @property
    def holder(self) -> str | None:
        return self.lease.holder if self.lease else None

    async def _meet_a_fault(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0)


class Time:
    """A clock that stands still unless it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def replica(leases: FakeLeases, time: Time) -> Callable[..., Leadership]:
    def make(me: str, terms: Terms = TERMS) -> Leadership:
        return Leadership(leases, NAME, me, terms, lambda: NOON, time)

    return make


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    message = "it never came to hold"
    raise AssertionError(message)


async def test_the_first_one_leads(leases: FakeLeases, replica: Callable[..., Leadership]) -> None:
    a = replica("a")
    assert not a.may_write

    await a.acquire()

    assert (a.may_write, a.holder, leases.holder) == (True, "a", "a")


async def test_the_second_one_waits_and_takes_over_when_the_first_lets_go(
    leases: FakeLeases, replica: Callable[..., Leadership]
) -> None:
    a, b = replica("a"), replica("b")
    await a.acquire()
    turn = asyncio.create_task(b.acquire())
    await until(lambda: bool(leases.watchers))
    assert not b.may_write

    await a.release()
    await turn

    assert (a.may_write, b.may_write) == (False, True)
    assert (leases.holder, b.transitions) == ("b", 1)


async def test_a_lease_that_is_renewed_is_not_taken(
    leases: FakeLeases, replica: Callable[..., Leadership], time: Time
) -> None:
    a, b = replica("a"), replica("b")
    await a.acquire()
    turn = asyncio.create_task(b.acquire())
    await until(lambda: bool(leases.watchers))

    for _ in range(5):
        time.now += 9
        assert leases.lease is not None
        leases.store(leases.lease.with_holder("a", TERMS, NOON))
        await until(lambda: all(w.empty() for w in leases.watchers))

    assert (leases.holder, turn.done()) == ("a", False)
    turn.cancel()


async def test_a_lease_whose_holder_is_silent_falls_to_the_second(
    leases: FakeLeases, replica: Callable[..., Leadership], time: Time
) -> None:
    a, b = replica("a"), replica("b")
    await a.acquire()
    turn = asyncio.create_task(b.acquire())
    await until(lambda: bool(leases.watchers))

    time.now += 15
    # Any event lets it look at the clock: here the same version once more.
    leases.watchers[0].put_nowait(leases.lease)  # type: ignore[arg-type]
    await turn

    assert leases.holder == "b"


async def test_of_two_that_reach_for_it_at_once_one_leads(
    leases: FakeLeases, replica: Callable[..., Leadership]
) -> None:
    replicas = [replica(name) for name in "abc"]
    turns = [asyncio.create_task(each.acquire()) for each in replicas]

    await until(lambda: any(turn.done() for turn in turns))
    await until(lambda: len(leases.watchers) == 2)

    assert [each.may_write for each in replicas].count(True) == 1
    for turn in turns:
        turn.cancel()


async def test_whoever_was_stopped_for_too_long_may_not_write_from_the_first_moment(
    replica: Callable[..., Leadership], time: Time
) -> None:
    """Before any other code of the process has run again."""
    a = replica("a")
    await a.acquire()

    time.now += TERMS.renew_deadline

    assert not a.may_write
    assert "could not be renewed for 10 s: the process did not run" in await a.keep()


async def test_a_fault_is_got_over_until_the_deadline(
    leases: FakeLeases, replica: Callable[..., Leadership], time: Time
) -> None:
    a = replica("a")
    await a.acquire()
    leases.faults = [Unreachable("503"), Unreachable("503")]
    keeping = asyncio.create_task(a.keep())
    await until(lambda: not leases.faults)
    version = leases.version

    await until(lambda: leases.version > version)
    assert not keeping.done()

    leases.faults = [Unreachable("503")] * 100_000
    await until(lambda: len(leases.faults) < 99_990)
    time.now += 10
    assert "503" in await keeping


async def test_a_call_that_hangs_does_not_outlive_the_deadline(
    leases: FakeLeases, replica: Callable[..., Leadership], time: Time
) -> None:
    a = replica("a", Terms(duration=15, renew_deadline=0.02, retry_period=0))
    await a.acquire()
    leases.hangs = True
    keeping = asyncio.create_task(a.keep())
    await until(lambda: not keeping.done())
    await asyncio.wait_for(asyncio.shield(asyncio.sleep(0)), None)
    time.now += 0.02

    assert "no answer in time" in await keeping


async def test_who_finds_another_in_the_lease_has_lost_it(
    leases: FakeLeases, replica: Callable[..., Leadership]
) -> None:
    a = replica("a")
    await a.acquire()
    assert leases.lease is not None
    leases.store(leases.lease.with_holder("b", TERMS, NOON))

    assert await a.keep() == "b has taken the Lease ops/rollback-operator"


async def test_who_has_lost_it_does_not_let_it_go(
    leases: FakeLeases, replica: Callable[..., Leadership]
) -> None:
    a = replica("a")
    await a.acquire()
    assert leases.lease is not None
    leases.store(leases.lease.with_holder("b", TERMS, NOON))
    await a.keep()

    await a.release()

    assert leases.holder == "b"


@pytest.mark.parametrize("how", ["a label", "deleted"])
async def test_what_others_do_to_the_object_does_not_lose_it(
    leases: FakeLeases, replica: Callable[..., Leadership], how: str
) -> None:
    a = replica("a")
    await a.acquire()
    assert leases.lease is not None
    if how == "deleted":
        leases.lease = None
    else:
        leases.store(leases.lease)
    keeping = asyncio.create_task(a.keep())
    version = leases.version

    await until(lambda: leases.version >= version + 2)

    assert (keeping.done(), leases.holder) == (False, "a")
    keeping.cancel()


async def test_a_standby_that_cannot_read_the_lease_tries_again(
    leases: FakeLeases, replica: Callable[..., Leadership]
) -> None:
    leases.faults = [Unreachable("503"), Unreachable("503")]
    a = replica("a")

    await a.acquire()

    assert leases.holder == "a"
