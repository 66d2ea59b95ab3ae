"""Once a rollback has begun, what must not be read any more holds it no longer than its time."""

from datetime import timedelta

import pytest

from builders import a_request, a_template, with_metadata
from builders.step_records import a_cron_job
from fake_cluster import FakeCluster
from in_process import InProcess
from rollback_operator.errors import Forbidden

REQUEST = a_request().saying(timeoutSeconds=60)
DENIED = Forbidden("may not list")


async def denied(*_: object) -> list[dict[str, object]]:
    raise DENIED


@pytest.fixture
async def group() -> InProcess:
    """An operator that rolls two Deployments back, and may not list pods any more."""
    process = InProcess(FakeCluster())
    for name in ("api", "web"):
        await process.rolls_out(name, "A", "B")
    process.cluster.ask(REQUEST.of_targets("api", "web"))
    await process.advances()
    for name in ("api", "web"):
        process.cluster.settle(name)
    return process


@pytest.fixture
async def with_step() -> InProcess:
    """An operator that rolls back a version with a step, and may not list Jobs any more."""
    process = InProcess(FakeCluster())
    process.cluster.cron_jobs["warm"] = a_cron_job()
    await process.rolls_out("web", "A")
    named = {"rollback-operator.dev/after": "warm"}
    process.cluster.deploy("web", with_metadata(a_template("B"), annotations=named))
    await process.sees()
    process.cluster.ask(REQUEST)
    await process.advances()
    process.cluster.settle("web")
    return process


async def test_a_right_that_comes_back_in_time_is_waited_for(
    group: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(group.cluster, "terminating_pods", denied)
        assert await group.advances() == group.now + timedelta(seconds=1)

    status = await group.carries_out(group.cluster.request_now())

    assert status.reason == "RolledBack"


async def test_pods_that_must_not_be_listed_end_a_group_at_its_deadline(
    group: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group.cluster, "terminating_pods", denied)
    group.now += timedelta(minutes=2)

    await group.advances()

    status = group.cluster.request_now().status
    first = next(target for target in status.targets if target.started_at)
    assert (status.phase, first.reason) == ("Exception", "DeadlineExceeded")
    assert "may not list" in first.message


async def test_jobs_that_must_not_be_listed_end_the_after_steps_at_the_deadline(
    with_step: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_step.advances()
    monkeypatch.setattr(with_step.cluster, "jobs", denied)
    with_step.now += timedelta(minutes=2)

    await with_step.advances()

    [target] = with_step.cluster.request_now().status.targets
    assert (target.reason, with_step.image()) == ("AfterFailed", "A")
    assert "may not list" in target.message
