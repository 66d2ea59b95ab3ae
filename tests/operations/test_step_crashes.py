"""Killed at any write while steps run: each runs once, and the end is that of a quiet run."""

from typing import Any

import pytest

from builders import a_request, a_template, with_metadata
from builders.step_records import a_cron_job
from fake_cluster import FakeCluster, Fault, KilledError
from in_process import InProcess
from rollback_operator.errors import Forbidden, Invalid, Unreachable

BEFORE, AFTER = "rollback-operator.dev/before", "rollback-operator.dev/after"
WHEN, STEP = "rollback-operator.dev/when", "rollback-operator.dev/step"
MOST_WRITES = 30
MOST_LOOKS = 60


async def released() -> InProcess:
    """Return an operator that saw A succeed, and then B with two steps of each kind."""
    operator = InProcess(FakeCluster())
    for name in ("drain", "backup", "warm", "tell"):
        operator.cluster.cron_jobs[name] = a_cron_job()
    named = {BEFORE: "drain,backup", AFTER: "warm,tell"}
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", with_metadata(a_template("B"), annotations=named))
    await operator.sees()
    operator.cluster.writes.clear()
    operator.cluster.ask(a_request())
    return operator


async def carries_out(operator: InProcess) -> None:
    """Carry the request out; whenever it waits, its Job ends and the controller gets on."""
    cluster = operator.cluster
    for _ in range(MOST_LOOKS):
        try:
            if await operator.advances() is None:
                return
            cluster.end_jobs()
            cluster.settle("web")
            await operator.sees()
        except KilledError:
            operator = InProcess(cluster)
            await operator.sees(first=True)
    message = f"not over after {MOST_LOOKS} looks: {cluster.request_now().status}"
    raise AssertionError(message)


def end_state(operator: InProcess) -> dict[str, Any]:
    cluster = operator.cluster
    status = cluster.request_now().status
    labels = [job["metadata"]["labels"] for job in cluster.job_objects.values()]
    return {
        "jobs": [(label[WHEN], label[STEP]) for label in labels],
        "claims": cluster.writes.count("deployment"),
        "records": cluster.writes.count("deployment/status"),
        "image": operator.image(),
        "reason": status.reason,
        "targets": [t.model_dump(exclude={"message"}) for t in status.targets],
    }


async def test_undisturbed_they_run_in_their_order_around_the_one_patch() -> None:
    operator = await released()

    await carries_out(operator)

    end = end_state(operator)
    assert end["jobs"] == [
        ("before", "drain"),
        ("before", "backup"),
        ("after", "warm"),
        ("after", "tell"),
    ]
    assert (end["claims"], end["image"], end["reason"]) == (1, "A", "RolledBack")


@pytest.mark.parametrize("is_stored", [False, True], ids=["before", "after"])
async def test_killed_at_any_write_each_runs_once(
    is_stored: bool,  # noqa: FBT001 - a table
) -> None:
    quiet = await released()
    await carries_out(quiet)
    points = 0
    for point in range(MOST_WRITES):
        operator = await released()
        at = operator.cluster.attempts + point
        operator.cluster.faults[at] = Fault(KilledError(), is_stored)
        await carries_out(operator)
        if operator.cluster.faults:
            break
        points += 1
        assert end_state(operator) == end_state(quiet), f"killed at write {point}"
    assert 10 <= points < MOST_WRITES


@pytest.mark.parametrize("error", [Forbidden("may not"), Invalid("wrong")])
@pytest.mark.parametrize("position", range(4))
async def test_a_job_that_is_denied_after_it_was_stored_is_gone_on_with(
    error: Exception, position: int
) -> None:
    """It runs: to say that its step could not be begun would be untrue."""
    quiet, operator = await released(), await released()
    await carries_out(quiet)
    deny_job(operator, position, Fault(error, is_stored=True))

    await carries_out(operator)

    assert end_state(operator) == end_state(quiet)


async def test_a_job_whose_answer_got_lost_is_made_once() -> None:
    quiet, operator = await released(), await released()
    await carries_out(quiet)
    deny_job(operator, 0, Fault(Unreachable("no answer"), is_stored=True))

    with pytest.raises(Unreachable):
        await operator.advances()
    await carries_out(operator)

    assert end_state(operator) == end_state(quiet)


async def test_a_job_that_is_denied_and_not_there_fails_its_step() -> None:
    operator = await released()
    deny_job(operator, 0, Fault(Forbidden("may not")))

    await carries_out(operator)

    end = end_state(operator)
    assert (end["reason"], end["image"], end["jobs"]) == ("BeforeFailed", "B", [])
    assert "may not" in (operator.cluster.request_now().status.message or "")


async def test_a_policy_that_quotes_a_secret_of_the_step_is_passed_on_without_it() -> None:
    operator = await released()
    variable = {"name": "PASSWORD", "value": "hunter2-prod"}
    operator.cluster.cron_jobs["drain"] = a_cron_job(env=[variable])
    named = {BEFORE: "drain"}
    operator.cluster.deploy("web", with_metadata(a_template("C"), annotations=named))
    await operator.sees()
    operator.cluster.ask(a_request("again"))
    deny_job(operator, 0, Fault(Forbidden('env PASSWORD must not be "hunter2-prod"')))

    while await operator.advances("again") is not None:
        operator.cluster.end_jobs()

    [target] = operator.cluster.request_now("again").status.targets
    assert target.reason == "BeforeFailed"
    assert 'env PASSWORD must not be "(hidden)"' in target.message
    assert "hunter2" not in target.model_dump_json()


async def test_where_it_cannot_be_seen_whether_a_denied_job_is_there_nothing_is_decided() -> None:
    operator = await released()
    deny_job(operator, 0, Fault(Forbidden("may not"), is_stored=True), unreadable=True)

    with pytest.raises(Unreachable):
        await operator.advances()
    await carries_out(operator)

    assert end_state(operator)["reason"] == "RolledBack"


def deny_job(operator: InProcess, position: int, fault: Fault, *, unreadable: bool = False) -> None:
    """Let a fault befall the Job at that position, and perhaps the read that comes after it."""
    cluster, seen = operator.cluster, iter(range(MOST_WRITES))

    def before(what: str) -> None:
        if what == "job" and next(seen) == position:
            cluster.faults[cluster.attempts] = fault
            if unreadable:
                cluster.read_faults.append(Unreachable("no answer"))

    cluster.before_write = before
