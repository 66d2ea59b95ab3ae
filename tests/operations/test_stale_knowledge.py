"""What the operator saw earlier, or has not seen yet, must not lead a request astray."""

import pytest

from builders import a_request
from fake_cluster import FakeCluster
from in_process import InProcess
from model.versions import Version
from model.workloads import Workloads
from rollback_operator.domain.reasons import Reason
from rollback_operator.errors import Stale


@pytest.fixture
def operator() -> InProcess:
    """An operator that saw three versions succeed."""
    return InProcess(FakeCluster())


async def test_while_the_watch_stands_a_request_reads_for_itself(operator: InProcess) -> None:
    """What it showed last is tried once: it may stay as it is for minutes."""
    await operator.rolls_out("web", "A", "B")
    operator.cluster.deploy("web", "C")
    operator.cluster.ask(a_request())

    with pytest.raises(Stale):
        await operator.advances()
    await operator.advances()

    assert operator.image() == "B"


async def test_after_a_start_a_request_that_comes_before_the_watch_sees_the_gap(
    operator: InProcess,
) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B", "C")

    status = await InProcess(operator.cluster).carries_out(operator.cluster.ask(a_request()))

    assert (status.reason, operator.image()) == (Reason.HISTORY_GAP, "C")


async def test_what_was_done_unseen_before_an_unfinished_rollout_is_a_gap() -> None:
    """A default request on C would go back past B, which nobody had seen."""
    cluster = Workloads()
    operator = InProcess(cluster)
    cluster.create("web", Version("A"), {})
    await operator.sees()
    cluster.release("web", Version("B"))
    cluster.block("web")
    cluster.release("web", Version("C"))
    started = InProcess(cluster)
    await started.sees(first=True)
    cluster.unblock("web")

    await started.sees()
    status = await started.carries_out(cluster.ask(a_request()))

    assert (status.reason, started.image()) == (Reason.HISTORY_GAP, "C")


async def test_what_hung_before_an_unfinished_rollout_is_no_gap() -> None:
    """The operator that saw it hang is gone, but pods of A are there: B was never done."""
    cluster = Workloads()
    operator = InProcess(cluster)
    cluster.create("web", Version("A"), {})
    await operator.sees()
    cluster.block("web")
    for image in ("B", "C"):
        cluster.release("web", Version(image))
        await operator.sees()
    started = InProcess(cluster)
    await started.sees(first=True)
    cluster.unblock("web")
    await started.sees()

    status = await started.carries_out(cluster.ask(a_request()))

    assert (status.reason, started.image()) == (Reason.ROLLED_BACK, "A")


async def test_a_rollback_keeps_the_history_that_an_undo_took_off_the_deployment() -> None:
    """The controller would copy what undo left over the one ReplicaSet that has the latest."""
    cluster = Workloads()
    operator = InProcess(cluster)
    cluster.create("web", Version("A"), {})
    await operator.sees()
    for image in ("X", "D"):
        cluster.release("web", Version(image))
        await operator.sees()
    cluster.undo_to("web", 2)
    await operator.sees()

    cluster.ask(a_request().to(revision=3).abandoning())
    await operator.advances()

    assert operator.recorded() == "AD"


async def test_killed_after_its_claim_the_operator_sees_no_gap_where_it_had_watched() -> None:
    """A version that failed, and was left again, lies between what is on record and the claim."""
    cluster = Workloads()
    operator = InProcess(cluster)
    cluster.create("web", Version("A"), {})
    await operator.sees()
    for image in ("B", "X", "B"):
        cluster.release("web", Version(image))
        await operator.sees()
    cluster.ask(a_request())
    await operator.advances()

    await InProcess(cluster).sees(first=True)

    assert [(s.revision, s.gap) for s in operator.history().snapshots] == [
        (1, False),
        (2, False),
        (5, False),
    ]
