"""A request that follows another one's rollback ends with it, its `after` steps included."""

from datetime import timedelta

import pytest

from builders import NOON, RequestBuilder, a_request
from builders.step_records import a_cron_job
from builders.templates import a_template, with_metadata
from fake_cluster import FakeCluster
from in_process import InProcess
from rollback_operator.domain.status import Status

AFTER = "rollback-operator.dev/after"
CLAIM = "deployment"


@pytest.fixture
async def operator() -> InProcess:
    """An operator that rolls B, which has an `after` step, back to A; the step is running."""
    process = InProcess(FakeCluster())
    cluster = process.cluster
    cluster.cron_jobs["warm"] = a_cron_job()
    await process.rolls_out("web", "A")
    cluster.roll_out("web", with_metadata(a_template("B"), annotations={AFTER: "warm"}))
    cluster.settle("web")
    await process.sees()
    cluster.ask(a_request("leader"))
    await process.advances("leader")
    cluster.settle("web")
    await process.advances("leader")
    assert status(process, "leader").reason == "RunningAfter"
    assert (process.image(), process.recorded()) == ("A", "ABA")
    return process


def status(operator: InProcess, name: str) -> Status:
    return operator.cluster.request_now(name).status


async def second(operator: InProcess, request: RequestBuilder | None = None) -> Status:
    """Ask for what the second request asks for, and let it be looked at twice."""
    operator.cluster.ask((request or a_request()).named("second"))
    for _ in range(2):
        if await operator.advances("second") is None:
            break
    return status(operator, "second")


async def test_a_default_request_follows_while_after_runs(operator: InProcess) -> None:
    seen = await second(operator)

    assert (seen.phase, seen.reason) == ("InProgress", "Following")
    assert seen.targets[0].following == "leader"
    assert (seen.targets[0].to, len(seen.targets[0].components)) == (
        status(operator, "leader").targets[0].to,
        len(status(operator, "leader").targets[0].components),
    )


@pytest.mark.parametrize(
    "asked",
    [a_request().to(revision=1), a_request().to(images={"web": "nginx:A"})],
    ids=["revision", "images"],
)
async def test_who_names_the_same_target_follows_too(
    operator: InProcess, asked: RequestBuilder
) -> None:
    assert (await second(operator, asked)).reason == "Following"


@pytest.mark.parametrize(
    "asked",
    [a_request().to(revision=2), a_request().artifacts(), a_request().selecting("web/image")],
    ids=["another-version", "artifacts", "selected"],
)
async def test_who_means_something_else_is_refused(
    operator: InProcess, asked: RequestBuilder
) -> None:
    seen = await second(operator, asked)

    assert (seen.phase, seen.reason) == ("Exception", "RollbackInProgress")
    assert "leader" in (seen.message or "")


@pytest.mark.parametrize("failed", [False, True], ids=["succeeded", "failed"])
async def test_it_ends_as_the_leader_does(
    operator: InProcess,
    failed: bool,  # noqa: FBT001 - a table
) -> None:
    await second(operator)
    writes, jobs = operator.cluster.writes.count(CLAIM), len(operator.cluster.job_objects)

    operator.cluster.end_jobs(failed=failed)
    await operator.advances("second")
    assert status(operator, "second").reason == "Following"
    await operator.advances("leader")
    await operator.advances("second")

    ended = "AfterFailed" if failed else "RolledBack"
    assert [status(operator, n).reason for n in ("leader", "second")] == [ended, ended]
    assert operator.cluster.writes.count(CLAIM) == writes
    assert len(operator.cluster.job_objects) == jobs


async def test_it_goes_on_alone_when_the_leader_is_deleted(operator: InProcess) -> None:
    await second(operator)
    del operator.cluster.requests["leader"]

    await operator.advances("second")
    assert status(operator, "second").reason == "RunningAfter"
    operator.cluster.end_jobs()
    await operator.advances("second")

    assert status(operator, "second").reason == "RolledBack"
    assert len(operator.cluster.job_objects) == 1


async def test_it_waits_for_no_longer_than_it_may(operator: InProcess) -> None:
    await second(operator, a_request().saying(timeoutSeconds=60))

    operator.now = NOON + timedelta(seconds=90)
    await operator.advances("second")

    seen = status(operator, "second")
    assert (seen.reason, operator.image()) == ("AfterFailed", "A")
    assert "its steps were not done by 2030-01-01T12:01:01Z" in (seen.message or "")


async def test_without_after_steps_it_does_not_wait_for_the_leader_to_say_so() -> None:
    """The old version serves: a leader that stands still is no failed step."""
    operator = InProcess(FakeCluster())
    await operator.rolls_out("web", "A", "B")
    operator.cluster.ask(a_request("leader"))
    await operator.advances("leader")
    assert (await second(operator, a_request().saying(timeoutSeconds=60))).reason == "Following"
    operator.cluster.settle("web")

    operator.now = NOON + timedelta(seconds=90)
    await operator.advances("second")

    assert status(operator, "second").reason == "RolledBack"


async def test_once_the_leader_has_ended_a_request_is_refused(operator: InProcess) -> None:
    operator.cluster.end_jobs()
    await operator.advances("leader")

    assert (await second(operator)).reason == "AlreadyRolledBack"


async def test_the_leader_applied_again_does_not_wait_for_itself(operator: InProcess) -> None:
    """It has the name that the claim has, and another UID."""
    del operator.cluster.requests["leader"]
    operator.cluster.ask(a_request().named("leader", uid="another"))

    await operator.advances("leader")

    assert status(operator, "leader").reason == "AlreadyExecuted"


async def test_what_somebody_else_rolls_out_meanwhile_supersedes_both(operator: InProcess) -> None:
    await second(operator)

    operator.cluster.deploy("web", "C")
    await operator.advances("leader")
    await operator.advances("second")

    assert [status(operator, n).reason for n in ("leader", "second")] == ["Superseded"] * 2
