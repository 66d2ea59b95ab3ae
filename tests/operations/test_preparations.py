"""Two requests for one Deployment whose `before` steps run: only one rollback is prepared."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from builders import RequestBuilder, a_request
from builders.step_records import a_cron_job
from builders.templates import a_template, with_metadata
from fake_cluster import FakeCluster
from in_process import InProcess
from rollback_operator.domain.status import Status
from rollback_operator.errors import Stale

BEFORE = "rollback-operator.dev/before"
OTHERS = [a_request().to(revision=1), a_request().artifacts(), a_request().selecting("web/image")]
OTHERS_ARE = ["another-version", "artifacts", "selected"]


@pytest.fixture
async def operator() -> InProcess:
    """An operator that saw A, B and C succeed, of which C has two `before` steps."""
    process = InProcess(FakeCluster())
    for name in ("drain", "backup"):
        process.cluster.cron_jobs[name] = a_cron_job()
    await process.rolls_out("web", "A", "B")
    named = with_metadata(a_template("C"), annotations={BEFORE: "drain,backup"})
    process.cluster.deploy("web", named)
    await process.sees()
    return process


@pytest.fixture
async def draining(operator: InProcess) -> InProcess:
    """The same, with the first step of a request's rollback running."""
    operator.cluster.ask(a_request("first"))
    await operator.advances("first")
    return operator


async def second(operator: InProcess, request: RequestBuilder | None = None) -> Status:
    """Ask for something else, or for the same, beside the first request."""
    operator.cluster.ask((request or a_request()).named("second"))
    await operator.advances("second")
    return operator.cluster.request_now("second").status


async def late_of(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch, one: str, another: str
) -> str:
    """Let both requests see which Jobs there are before either writes; return who wrote nothing."""
    both, listed = asyncio.Barrier(2), operator.cluster.jobs

    async def listed_by_both(namespace: str, labels: Mapping[str, str]) -> list[Any]:
        found = await listed(namespace, labels)
        await both.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(operator.cluster, "jobs", listed_by_both)
        looks = (operator.advances(name) for name in (one, another))
        got_on = await asyncio.gather(*looks, return_exceptions=True)
    late = [name for name, got in zip((one, another), got_on, strict=True) if is_stale(got)]
    assert len(late) == 1, got_on
    return late[0]


def is_stale(got: datetime | BaseException | None) -> bool:
    """Whether a look ended because something else had been written; other errors are not it."""
    if isinstance(got, BaseException) and not isinstance(got, Stale):
        raise got
    return isinstance(got, Stale)


def jobs(operator: InProcess) -> list[Any]:
    return list(operator.cluster.job_objects.values())


@pytest.mark.parametrize("asked", OTHERS, ids=OTHERS_ARE)
async def test_who_means_something_else_is_refused_and_makes_no_job(
    draining: InProcess, asked: RequestBuilder
) -> None:
    status = await second(draining, asked)

    assert (status.phase, status.reason) == ("Exception", "RollbackInProgress")
    assert "request first is rolling deployment shop/web back" in (status.message or "")
    assert len(jobs(draining)) == 1


async def test_between_two_steps_it_is_refused_too(draining: InProcess) -> None:
    draining.cluster.end_jobs()

    status = await second(draining, a_request().to(revision=1))

    assert (status.reason, len(jobs(draining))) == ("RollbackInProgress", 1)


async def test_who_means_the_same_goes_on_with_the_job_that_runs(draining: InProcess) -> None:
    status = await second(draining)

    assert (status.phase, status.reason) == ("InProgress", "RunningBefore")
    assert len(jobs(draining)) == 1


async def test_the_first_is_carried_out_as_if_nobody_else_had_asked(draining: InProcess) -> None:
    await second(draining, a_request().to(revision=1))
    for _ in range(2):
        draining.cluster.end_jobs()
        await draining.advances("first")

    assert (draining.image(), len(jobs(draining))) == ("B", 2)


async def test_of_two_at_once_one_makes_the_job_and_the_other_is_refused(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked, and seen nothing, before either writes."""
    operator.cluster.ask(a_request("first"))
    operator.cluster.ask(a_request("second").to(revision=1))

    late = await late_of(operator, monkeypatch, "first", "second")
    assert len(jobs(operator)) == 1

    await operator.advances(late)

    assert operator.cluster.request_now(late).status.reason == "RollbackInProgress"
    assert len(jobs(operator)) == 1


async def test_once_the_first_is_deleted_its_job_is_waited_for(draining: InProcess) -> None:
    """It still runs, and two `before` steps at once would be in each other's way."""
    del draining.cluster.requests["first"]
    status = await second(draining, a_request().to(revision=1))
    assert (status.reason, len(jobs(draining))) == ("RunningBefore", 1)

    draining.cluster.end_jobs()
    await draining.advances("second")

    made = [job["metadata"]["labels"]["rollback-operator.dev/target"] for job in jobs(draining)]
    assert len(set(made)) == 2


async def test_of_two_that_waited_for_the_job_of_a_deleted_request_one_goes_on(
    draining: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has its next step to run, the other begins: neither made the Job that has ended."""
    await second(draining)
    del draining.cluster.requests["first"]
    draining.cluster.ask(a_request("third").to(revision=1))
    await draining.advances("third")
    draining.cluster.end_jobs()

    late = await late_of(draining, monkeypatch, "second", "third")
    assert len(jobs(draining)) == 2

    await draining.advances(late)

    assert draining.cluster.request_now(late).status.reason == "RollbackInProgress"
    assert len(jobs(draining)) == 2


async def test_another_step_of_a_deleted_request_is_waited_for_too(draining: InProcess) -> None:
    draining.cluster.end_jobs()
    await draining.advances("first")
    del draining.cluster.requests["first"]

    status = await second(draining, a_request().to(revision=1))

    assert (status.reason, len(jobs(draining))) == ("RunningBefore", 2)
    assert status.targets[0].steps == [], "what is waited for is no step of this request"
    draining.cluster.end_jobs()
    await draining.advances("second")
    assert len(jobs(draining)) == 3


async def test_the_patch_waits_for_a_step_that_a_deleted_request_left_running(
    operator: InProcess,
) -> None:
    """Its first step was done for another target when that one was deleted, and begun anew."""
    operator.cluster.ask(a_request("first"))
    for _ in range(2):
        await operator.advances("first")
        operator.cluster.end_jobs()
    del operator.cluster.requests["first"]
    operator.cluster.ask(a_request("other").to(revision=1))
    await operator.advances("other")
    del operator.cluster.requests["other"]

    status = await second(operator)

    assert (status.reason, operator.image(), len(jobs(operator))) == ("RunningBefore", "C", 3)
    operator.cluster.end_jobs()
    await operator.advances("second")
    assert (operator.image(), len(jobs(operator))) == ("B", 3)


async def test_what_was_made_and_done_between_two_reads_is_noticed(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged when nobody prepared anything, it would begin between the steps of another."""
    listed = operator.cluster.jobs

    async def listed_before_the_first(namespace: str, labels: Mapping[str, str]) -> list[Any]:
        found = await listed(namespace, labels)
        monkeypatch.setattr(operator.cluster, "jobs", listed)
        operator.cluster.ask(a_request("first"))
        await operator.advances("first")
        operator.cluster.end_jobs()
        return found

    monkeypatch.setattr(operator.cluster, "jobs", listed_before_the_first)
    operator.cluster.ask(a_request("second").to(revision=1))

    with pytest.raises(Stale):
        await operator.advances("second")

    assert len(jobs(operator)) == 1


async def test_once_the_first_has_failed_another_version_may_be_asked_for(
    draining: InProcess,
) -> None:
    draining.cluster.end_jobs(failed=True)
    await draining.advances("first")

    status = await second(draining, a_request().to(revision=1))

    assert (status.reason, len(jobs(draining))) == ("RunningBefore", 2)


async def test_a_preview_of_something_else_says_that_it_would_be_refused(
    draining: InProcess,
) -> None:
    status = await second(draining, a_request().to(revision=1).saying(dryRun=True))

    assert (status.reason, len(jobs(draining))) == ("RollbackInProgress", 1)
