"""Each request has one task that carries it to its end, whatever the API server answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from builders import a_request
from fake_cluster import FakeCluster, Fault
from in_process import InProcess
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.errors import KubeError, Missing, Stale, Unreachable
from rollback_operator.operations import pursuits


@pytest.fixture
async def operator(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[InProcess]:
    """An operator that saw A and B of `web` succeed, and that rests for no time at all."""
    monkeypatch.setattr(pursuits, "PAUSE", timedelta(0))
    process = InProcess(FakeCluster())
    await process.rolls_out("web", "A", "B")
    yield process
    await process.pursuits.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Let tasks run until something holds; a test that hangs is ended by its runner."""
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    message = "it never came to hold"
    raise AssertionError(message)


def reason(operator: InProcess) -> str | None:
    return operator.cluster.request_now().status.reason


def tasks_of(name: str = "back") -> list[asyncio.Task[object]]:
    return [t for t in asyncio.all_tasks() if t.get_name() == f"request shop/{name}"]


async def test_a_request_that_is_seen_is_carried_out(operator: InProcess) -> None:
    operator.pursuits.saw(operator.cluster.ask(a_request()))
    await until(lambda: reason(operator) == "RollingBack")

    operator.cluster.settle("web")
    await operator.sees()

    await until(lambda: reason(operator) == "RolledBack")
    await until(lambda: not tasks_of())


async def test_a_request_that_is_seen_again_has_one_task(operator: InProcess) -> None:
    request = operator.cluster.ask(a_request())

    operator.pursuits.saw(request)
    operator.pursuits.saw(request)

    assert len(tasks_of()) == 1


async def test_a_request_that_is_over_has_none(operator: InProcess) -> None:
    await operator.carries_out(operator.cluster.ask(a_request()))

    operator.pursuits.saw(operator.cluster.request_now())

    assert tasks_of() == []


async def test_what_is_over_is_not_begun_by_an_event_that_comes_late(operator: InProcess) -> None:
    """The Deployment would be rolled back, and the request would say for ever that it was not."""
    operator.cluster.deployments["web"]["spec"]["paused"] = True
    operator.cluster.ask(a_request())
    operator.cluster.requests["back"]["metadata"]["labels"] = {"team": "payments"}
    late = operator.cluster.request_now()
    operator.pursuits.saw(late)
    await until(lambda: reason(operator) == "Paused")
    await until(lambda: operator.pursuits.open == 0)
    del operator.cluster.deployments["web"]["spec"]["paused"]

    operator.pursuits.saw(late)

    assert tasks_of() == []


async def test_of_what_is_deleted_nothing_is_kept(operator: InProcess) -> None:
    request = operator.cluster.ask(a_request().saying(dryRun=True))
    operator.pursuits.saw(request)
    await until(lambda: reason(operator) == "Previewed")
    await until(lambda: operator.pursuits.open == 0)

    operator.pursuits.lost("shop", "back", request.uid)
    operator.pursuits.saw(request)

    assert len(tasks_of()) == 1


async def test_a_deployment_that_does_not_change_costs_nothing(operator: InProcess) -> None:
    operator.pursuits.saw(operator.cluster.ask(a_request()))
    await until(lambda: reason(operator) == "RollingBack")
    before = len(operator.cluster.reads)

    for _ in range(100):
        await asyncio.sleep(0)

    assert len(operator.cluster.reads) == before


@pytest.mark.parametrize("error", [Stale("changed"), Unreachable("no answer"), Missing("gone")])
async def test_what_cannot_be_read_or_written_now_is_tried_again(
    operator: InProcess, error: KubeError, caplog: pytest.LogCaptureFixture
) -> None:
    operator.cluster.read_faults = [error] * 3

    operator.pursuits.saw(operator.cluster.ask(a_request()))

    await until(lambda: reason(operator) == "RollingBack")
    assert operator.cluster.writes.count("deployment") == 1
    assert "Traceback" not in caplog.text


async def test_a_claim_whose_answer_was_lost_is_not_made_twice(operator: InProcess) -> None:
    operator.cluster.faults[operator.cluster.attempts] = Fault(Unreachable("lost"), is_stored=True)

    operator.pursuits.saw(operator.cluster.ask(a_request()))

    await until(lambda: reason(operator) == "RollingBack")
    assert operator.cluster.writes.count("deployment") == 1


async def test_a_request_that_is_deleted_is_let_go(operator: InProcess) -> None:
    request = operator.cluster.ask(a_request())
    operator.pursuits.saw(request)
    await until(lambda: reason(operator) == "RollingBack")

    operator.cluster.requests.pop("back")
    operator.pursuits.lost("shop", "back", request.uid)

    await until(lambda: not tasks_of())
    assert operator.image() == "A"


async def test_a_request_that_was_replaced_is_let_go_by_the_task_of_the_old_one(
    operator: InProcess,
) -> None:
    request = operator.cluster.ask(a_request())
    operator.pursuits.saw(request)
    await until(lambda: reason(operator) == "RollingBack")

    operator.cluster.ask(a_request().named("back", uid="new"))
    operator.pursuits.lost("shop", "back", request.uid)

    await until(lambda: not tasks_of())


async def test_a_spec_that_changes_wakes_its_task(operator: InProcess) -> None:
    operator.pursuits.saw(operator.cluster.ask(a_request().saying(suspend=True)))
    await until(lambda: reason(operator) == "Suspended")
    operator.cluster.requests["back"]["spec"]["suspend"] = False
    operator.cluster.requests["back"]["metadata"]["generation"] = 2

    operator.pursuits.saw(operator.cluster.request_now())

    await until(lambda: reason(operator) == "RollingBack")


async def test_our_own_status_does_not_wake_the_task(operator: InProcess) -> None:
    operator.pursuits.saw(operator.cluster.ask(a_request()))
    await until(lambda: reason(operator) == "RollingBack")
    before = len(operator.cluster.reads)

    operator.pursuits.saw(operator.cluster.request_now())
    for _ in range(100):
        await asyncio.sleep(0)

    assert len(operator.cluster.reads) == before


async def test_a_deadline_wakes_a_task_that_nothing_else_does(operator: InProcess) -> None:
    operator.cluster.ask(a_request().saying(timeoutSeconds=60))
    await operator.advances()
    operator.now += timedelta(seconds=60)

    operator.pursuits.saw(operator.cluster.request_now())

    await until(lambda: reason(operator) == "DeadlineExceeded")


async def test_a_stopped_operator_leaves_its_requests_to_the_next(operator: InProcess) -> None:
    operator.pursuits.saw(operator.cluster.ask(a_request()))
    await until(lambda: reason(operator) == "RollingBack")

    await operator.pursuits.stop()
    assert tasks_of() == []
    following = InProcess(operator.cluster)
    operator.cluster.settle("web")
    following.pursuits.saw(operator.cluster.request_now())

    await until(lambda: reason(operator) == "RolledBack")


async def test_a_failure_that_nobody_thought_of_does_not_end_the_task(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may write a Deployment could make some value that breaks a rule."""
    whole, calls = operator.roll_back.advance, 0

    async def breaks_once(request: RollbackRequest) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ZeroDivisionError
        return await whole(request)

    monkeypatch.setattr(operator.roll_back, "advance", breaks_once)

    operator.pursuits.saw(operator.cluster.ask(a_request()))

    await until(lambda: reason(operator) == "RollingBack")


async def test_a_task_that_does_not_stop_holds_up_no_end(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pursuits, "SECONDS_TO_STOP", 0.0)
    may_end = asyncio.Event()

    async def ignores_that_it_is_cancelled(_: RollbackRequest) -> None:
        while not may_end.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await may_end.wait()

    monkeypatch.setattr(operator.roll_back, "advance", ignores_that_it_is_cancelled)
    operator.pursuits.saw(operator.cluster.ask(a_request()))
    await asyncio.sleep(0)

    await operator.pursuits.stop()

    assert len(tasks_of()) == 1
    may_end.set()
    await until(lambda: not tasks_of())
