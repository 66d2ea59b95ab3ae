"""What the operator saw earlier, or has not seen yet, must not lead a request astray."""

import pytest

from builders import a_request, a_template, with_metadata
from builders.step_records import a_cron_job
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


async def test_no_step_runs_for_what_the_watch_shows_and_is_not_live_any_more(
    operator: InProcess,
) -> None:
    operator.cluster.cron_jobs["drain"] = a_cron_job()
    await operator.rolls_out("web", "A")
    named = {"rollback-operator.dev/before": "drain"}
    operator.cluster.deploy("web", with_metadata(a_template("B"), annotations=named))
    await operator.sees()
    operator.cluster.deploy("web", "C")
    operator.cluster.ask(a_request())

    await operator.advances()

    assert (list(operator.cluster.job_objects), operator.image()) == ([], "B")


@pytest.mark.parametrize("is_paused", [True, False])
async def test_a_group_is_refused_before_the_first_write_whatever_the_watch_shows(
    operator: InProcess,
    is_paused: bool,  # noqa: FBT001 - a table
) -> None:
    await operator.rolls_out("api", "A", "B")
    await operator.rolls_out("web", "A", "B")
    await operator.sees("api")
    await operator.sees("web")
    if is_paused:
        operator.cluster.deployments["api"]["spec"]["paused"] = True
    else:
        operator.cluster.roll_out("api", "C")
    request = operator.cluster.ask(a_request().of_targets("web", "api"))

    status = await operator.carries_out(request)

    assert status.reason == ("Paused" if is_paused else "RolloutNotCompleted")
    assert operator.image("web") == "B"


async def test_a_dry_run_looks_for_itself(operator: InProcess) -> None:
    await operator.rolls_out("web", "A", "B")
    await operator.sees("web")
    operator.cluster.deployments["web"]["spec"]["paused"] = True

    status = await operator.carries_out(operator.cluster.ask(a_request().saying(dryRun=True)))

    assert status.reason == "Paused"


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
