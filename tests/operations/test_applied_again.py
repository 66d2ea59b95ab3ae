"""A request that is deleted and applied again, as a tool does, rolls back once."""

from datetime import timedelta

import pytest

from builders import RequestBuilder, a_request
from in_process import InProcess
from model.versions import Version
from model.workloads import Workloads
from rollback_operator.domain.status import Status
from rollback_operator.errors import Stale

CLAIM = "deployment"


@pytest.fixture
def workloads() -> Workloads:
    """A cluster whose Deployment ran A, runs B, and gets no new pods."""
    return Workloads()


@pytest.fixture
async def operator(workloads: Workloads) -> InProcess:
    """An operator that saw it all, and began a rollback which hangs."""
    process = InProcess(workloads)
    workloads.create("web", Version("A"), {})
    await process.sees()
    workloads.release("web", Version("B"))
    await process.sees()
    workloads.block("web")
    workloads.ask(a_request())
    await advanced(process)
    return process


async def test_it_goes_on_with_its_rollback_that_hangs(
    operator: InProcess, workloads: Workloads
) -> None:
    """It was not executed: the version before does not serve yet."""
    assert (await applied_again(operator, a_request())).reason == "Following"

    workloads.unblock("web")

    assert (await advanced(operator)).reason == "RolledBack"
    assert workloads.writes.count(CLAIM) == 1


async def test_once_the_deadline_of_its_rollback_has_passed_it_ends_as_it_did(
    operator: InProcess, workloads: Workloads
) -> None:
    operator.now += timedelta(seconds=601)
    ended = await advanced(operator)

    again = await applied_again(operator, a_request())

    assert ended.reason == again.reason == "DeadlineExceeded"
    assert workloads.writes.count(CLAIM) == 1


async def test_what_came_up_late_was_executed(operator: InProcess, workloads: Workloads) -> None:
    operator.now += timedelta(seconds=601)
    await advanced(operator)
    workloads.unblock("web")
    await operator.sees()

    assert (await applied_again(operator, a_request())).reason == "AlreadyExecuted"


async def test_a_rollback_that_was_undone_and_done_again_by_another_was_executed(
    operator: InProcess, workloads: Workloads
) -> None:
    """The undo takes the first claim off the Deployment, the second off the only ReplicaSet."""
    workloads.undo_to("web", 2)
    await operator.sees()
    assert (await advanced(operator)).reason == "Superseded"
    workloads.ask(a_request("second"))
    workloads.unblock("web")
    await advanced(operator, "second")
    workloads.release("web", Version("B"))
    await operator.sees()

    assert (await applied_again(operator, a_request())).reason == "AlreadyExecuted"
    assert operator.image() == "B"


async def test_a_rollback_that_was_undone_was_executed_though_its_history_is_written_anew(
    operator: InProcess, workloads: Workloads
) -> None:
    """What is repaired is believed, and the ReplicaSet that has the claim looked at no more."""
    workloads.undo_to("web", 2)
    await operator.sees()
    await advanced(operator)
    workloads.wipe("web")
    await operator.sees()

    assert (await applied_again(operator, a_request())).reason == "AlreadyExecuted"


async def applied_again(operator: InProcess, request: RequestBuilder) -> Status:
    """Delete a request, create it anew, and let it go as far as it goes now."""
    name = request.build().name
    del operator.cluster.requests[name]
    operator.cluster.ask(request.named(name, uid="another"))
    return await advanced(operator, name)


async def advanced(operator: InProcess, name: str = "back") -> Status:
    """Let a request go as far as it goes now."""
    while True:
        try:
            until = await operator.advances(name)
        except Stale:
            continue
        if until is None or until > operator.now:
            return operator.cluster.request_now(name).status
