"""`after` steps run once the old version serves, or the request says that they did not."""

from builders import a_request, a_template, with_metadata
from builders.step_records import a_cron_job
from fake_cluster import FakeCluster
from in_process import InProcess
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.status import Status

AFTER, STEP = "rollback-operator.dev/after", "rollback-operator.dev/step"


async def released(*versions: str) -> InProcess:
    """Return an operator that saw these succeed, the last one with a step of its own."""
    operator = InProcess(FakeCluster())
    operator.cluster.cron_jobs["warm"] = a_cron_job()
    *earlier, last = versions
    await operator.rolls_out("web", *earlier)
    operator.cluster.deploy("web", with_metadata(a_template(last), annotations={AFTER: "warm"}))
    await operator.sees()
    return operator


async def ends(operator: InProcess) -> Status:
    """Carry the request out; whenever it waits, its Job ends and the controller gets on."""
    while await operator.advances() is not None:
        operator.cluster.end_jobs()
        operator.cluster.settle("web")
        await operator.sees()
    return operator.cluster.request_now().status


def steps_of(operator: InProcess) -> list[str]:
    return [job["metadata"]["labels"][STEP] for job in operator.cluster.job_objects.values()]


def lose_the_record(operator: InProcess) -> None:
    """Remove the history, and all copies of it, as one who tidies annotations up does."""
    for obj in (operator.cluster.deployments["web"], *operator.cluster.sets["web"]):
        for key in (HISTORY, TEMPLATES):
            obj["metadata"]["annotations"].pop(key, None)


async def test_they_run_though_what_came_back_had_to_make_room_in_the_history() -> None:
    """The oldest of ten snapshots, to which the return is the eleventh."""
    operator = await released(*"ABCDEFGHIJ")
    assert operator.recorded() == "ABCDEFGHIJ"
    operator.cluster.ask(a_request().to(revision=1))

    status = await ends(operator)

    assert (status.reason, operator.recorded()) == ("RolledBack", "BCDEFGHIJA")
    assert steps_of(operator) == ["warm"]
    assert [step.name for step in status.targets[0].steps] == ["warm"]


async def test_where_the_record_of_what_was_left_is_lost_the_request_says_so() -> None:
    operator = await released("A", "B")
    operator.cluster.ask(a_request())
    await operator.advances()
    lose_the_record(operator)

    status = await ends(operator)

    assert (status.reason, operator.image(), steps_of(operator)) == ("RolledBack", "A", [])
    assert "`after` steps" in status.targets[0].message
    assert "run them by hand" in status.targets[0].message
