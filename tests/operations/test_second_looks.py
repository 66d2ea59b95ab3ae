"""What could not be recorded is looked at again, whether or not anything happens to it."""

import asyncio
from collections.abc import Callable

import pytest

from fake_cluster import FakeCluster, Fault
from in_process import InProcess
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import RECORD_LABEL
from rollback_operator.errors import Forbidden, KubeError, Missing, Stale, Unreachable
from rollback_operator.operations import second_looks

RECORD = "deployment/status"
NOT_YET = Forbidden("not yet")


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """An operator that recorded A and saw B succeed, and that makes no pauses."""
    monkeypatch.setattr(second_looks, "FIRST_PAUSE", 0.0)
    return InProcess(FakeCluster())


@pytest.mark.parametrize(
    "error",
    [NOT_YET, Unreachable("no answer"), Missing("gone"), Stale("changed")],
    ids=lambda error: type(error).__name__,
)
async def test_what_came_to_nothing_is_recorded_later(
    operator: InProcess, error: KubeError
) -> None:
    await denies(operator, 10, error)

    await until(lambda: operator.recorded() == "A")

    assert operator.cluster.writes == [RECORD]


async def test_what_may_not_be_read_is_recorded_later(operator: InProcess) -> None:
    operator.cluster.deploy("web", "A")
    operator.cluster.read_faults = [Forbidden("no ReplicaSets"), Forbidden("no Deployments")]

    await operator.second_looks.observe(operator.cluster.deployment_now())

    await until(lambda: operator.recorded() == "A")


async def test_once_all_is_recorded_nothing_is_read_or_written(operator: InProcess) -> None:
    await denies(operator, 3)
    await until(lambda: operator.recorded() == "A")
    before = len(operator.cluster.reads)

    for _ in range(100):
        await asyncio.sleep(0)

    assert (len(operator.cluster.reads), operator.cluster.writes) == (before, [RECORD])


async def test_it_rests_longer_each_time_up_to_some_minutes(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_looks, "FIRST_PAUSE", 1.0)
    pauses: list[float] = []
    loop = asyncio.get_running_loop()
    call_soon = loop.call_soon

    def call_later(seconds: float, then: Callable[[str], None], uid: str) -> asyncio.Handle:
        pauses.append(seconds)
        return call_soon(then, uid)

    monkeypatch.setattr(loop, "call_later", call_later)

    await denies(operator, 11)
    await until(lambda: operator.recorded() == "A")

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_an_event_that_comes_meanwhile_is_not_waited_for(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_looks, "FIRST_PAUSE", 3600.0)
    await denies(operator, 1)

    await operator.second_looks.observe(operator.cluster.deployment_now())

    assert operator.recorded() == "A"


async def test_one_that_stays_denied_holds_up_no_other(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch_status = operator.cluster.patch_status
    denied: list[str] = []

    async def deny_web_always_and_api_once(live: Deployment, patch: Operations) -> None:
        denied.append(live.name)
        if live.name == "web" or denied.count("api") == 1:
            raise NOT_YET
        await patch_status(live, patch)

    monkeypatch.setattr(operator.cluster, "patch_status", deny_web_always_and_api_once)

    for name in ("web", "api"):
        operator.cluster.deploy(name, "A")
        await operator.second_looks.observe(operator.cluster.deployment_now(name))

    await until(lambda: operator.recorded("api") == "A")
    assert operator.recorded("web") == ""


async def test_it_looks_at_what_the_deployment_is_by_then(operator: InProcess) -> None:
    await denies(operator, 1)
    operator.cluster.deploy("web", "B")

    await until(lambda: operator.recorded() == "B")


@pytest.mark.parametrize("becomes", ["gone", "another", "left out"])
async def test_what_is_no_longer_to_be_recorded_is_left_alone(
    operator: InProcess, becomes: str
) -> None:
    await denies(operator, 1)
    metadata = operator.cluster.deployments["web"]["metadata"]
    match becomes:
        case "gone":
            del operator.cluster.deployments["web"]
        case "another":
            metadata["uid"] = "another-uid"
        case _:
            metadata["labels"] = {RECORD_LABEL: "disabled"}
    before = len(operator.cluster.reads)

    for _ in range(100):
        await asyncio.sleep(0)

    assert operator.cluster.reads[before:] == ["deployment web"]
    assert operator.cluster.writes == []


async def test_a_deployment_that_is_seen_to_be_deleted_is_not_looked_for(
    operator: InProcess,
) -> None:
    await denies(operator, 1)
    before = len(operator.cluster.reads)

    operator.second_looks.forget(operator.cluster.deployment_now().uid)
    for _ in range(100):
        await asyncio.sleep(0)

    assert len(operator.cluster.reads) == before


async def denies(operator: InProcess, times: int, error: KubeError | None = None) -> None:
    """Let A succeed, and be seen, while so many writes in a row are answered with an error."""
    faults = {n: Fault(error or NOT_YET) for n in range(times)}
    operator.cluster.deploy("web", "A")
    operator.cluster.faults = faults
    await operator.second_looks.observe(operator.cluster.deployment_now())


async def until(holds: Callable[[], bool]) -> None:
    """Let tasks run until something holds; a test that hangs is ended by its runner."""
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    message = "it never came to hold"
    raise AssertionError(message)
