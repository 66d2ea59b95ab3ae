"""A request is carried out once, and ends with what happened."""

from datetime import timedelta

import pytest

from builders import RequestBuilder, a_request
from fake_cluster import FakeCluster, Fault, KilledError
from in_process import InProcess
from rollback_operator.errors import Forbidden, Invalid, Stale

CLAIM, RECORD, STATUS, EVENT = "deployment", "deployment/status", "request/status", "event"


@pytest.fixture
async def operator() -> InProcess:
    """An operator that saw versions A and B of `web` succeed; writes are counted from there."""
    process = InProcess(FakeCluster())
    await process.rolls_out("web", "A", "B")
    process.cluster.writes.clear()
    return process


async def test_the_previous_version_is_put_back_with_as_few_writes_as_can_be(
    operator: InProcess,
) -> None:
    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.phase, status.reason) == ("Completed", "RolledBack")
    assert (operator.image(), operator.recorded()) == ("A", "ABA")
    assert [w for w in operator.cluster.writes if w != EVENT] == [CLAIM, STATUS, RECORD, STATUS]


async def test_few_events_are_written(operator: InProcess) -> None:
    await operator.carries_out(operator.cluster.ask(a_request()))

    said = [(e["involvedObject"]["kind"], e["reason"]) for e in operator.cluster.events.values()]
    assert said == [
        ("Deployment", "RollingBack"),
        ("Deployment", "RolledBack"),
        ("RollbackRequest", "RolledBack"),
    ]


async def test_what_the_recorder_has_not_seen_yet_is_recorded_first(operator: InProcess) -> None:
    operator.cluster.deploy("web", "C")

    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.reason, operator.image(), operator.recorded()) == ("RolledBack", "B", "ABCB")


async def test_what_is_left_before_the_controller_saw_it_has_no_number_also_after_a_restart(
    operator: InProcess,
) -> None:
    """The number that the Deployment has is that of the version before (trap 11)."""
    operator.cluster.roll_out("web", "C")
    await operator.sees()
    operator.cluster.ask(a_request().abandoning())
    operator.cluster.faults[operator.cluster.attempts] = Fault(KilledError(), is_stored=True)
    with pytest.raises(KilledError):
        await operator.advances()

    await InProcess(operator.cluster).advances()

    [target] = operator.cluster.request_now().status.targets
    assert target.from_ is not None
    assert (operator.image(), target.reason, target.from_.revision) == ("B", "RollingBack", None)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (a_request().of_targets("none"), "DeploymentNotFound"),
        (a_request().to(revision=99), "UnknownTarget"),
        (a_request().from_(images={"web": "nginx:A"}), "NotApplicable"),
        (a_request().saying(dryRun=True), "Previewed"),
        (a_request().saying(startingDeadlineSeconds=1), "Expired"),
    ],
    ids=["missing", "unknown", "not-live", "dry-run", "late"],
)
async def test_a_request_that_is_not_carried_out_leaves_the_deployment_as_it_was(
    operator: InProcess, request_: RequestBuilder, reason: str
) -> None:
    before = operator.cluster.deployments["web"].copy()

    status = await operator.carries_out(operator.cluster.ask(request_))

    assert status.reason == reason
    assert operator.cluster.deployments["web"] == before
    assert [w for w in operator.cluster.writes if w != EVENT] == [STATUS]


async def test_rollbacks_that_are_turned_off_are_refused(operator: InProcess) -> None:
    off = InProcess(operator.cluster, enabled=False)

    assert (await off.carries_out(operator.cluster.ask(a_request()))).reason == "Disabled"
    operator.cluster.labels = {"rollback-operator.dev/rollback": "enabled"}
    on = InProcess(operator.cluster, enabled=False)
    assert (await on.carries_out(operator.cluster.ask(a_request("again")))).reason == "RolledBack"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(Forbidden("may not"), "Forbidden"), (Invalid("wrong"), "PatchRejected")],
)
async def test_a_claim_that_is_denied_ends_the_request(
    operator: InProcess, error: Exception, reason: str
) -> None:
    operator.cluster.faults[2] = Fault(error)

    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.phase, status.reason) == ("Exception", reason)
    assert str(error) in (status.message or "")
    assert (operator.image(), CLAIM in operator.cluster.writes) == ("B", False)


@pytest.mark.parametrize("error", [Forbidden("may not"), Invalid("wrong")])
async def test_a_claim_that_is_denied_after_it_was_stored_is_followed(
    operator: InProcess, error: Exception
) -> None:
    """To say `Forbidden` of a Deployment that was changed would be untrue."""
    operator.cluster.faults[2] = Fault(error, is_stored=True)

    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.phase, status.reason) == ("Completed", "RolledBack")
    assert (operator.image(), operator.recorded()) == ("A", "ABA")
    assert [w for w in operator.cluster.writes if w != EVENT] == [CLAIM, STATUS, RECORD, STATUS]


async def test_a_record_that_is_denied_does_not_keep_the_request_from_ending(
    operator: InProcess,
) -> None:
    """The old version serves: that must be said, though it could not be recorded."""
    denied = Forbidden("may not patch deployments/status")
    request = operator.cluster.ask(a_request())
    await operator.advances()
    operator.cluster.settle("web")

    def deny(what: str) -> None:
        if what == RECORD:
            raise denied

    operator.cluster.before_write = deny

    assert (await operator.carries_out(request)).reason == "RolledBack"


async def test_a_deployment_that_changes_before_the_claim_is_judged_again(
    operator: InProcess,
) -> None:
    rollouts = iter(["C"])

    def roll_out(what: str) -> None:
        if what == CLAIM:
            for version in rollouts:
                operator.cluster.deploy("web", version)

    operator.cluster.before_write = roll_out

    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.reason, operator.image()) == ("RolledBack", "B")
    assert operator.cluster.writes.count(CLAIM) == 1


async def test_a_status_that_somebody_else_wrote_is_read_again(operator: InProcess) -> None:
    request = operator.cluster.ask(a_request())
    operator.cluster.requests["back"]["metadata"]["resourceVersion"] = "7"

    with pytest.raises(Stale):
        await operator.roll_back.advance(request)
    status = await operator.carries_out(request)

    assert status.reason == "RolledBack"
    assert operator.cluster.writes.count(CLAIM) == 1


async def test_out_of_time_the_deployment_is_left_as_patched(operator: InProcess) -> None:
    operator.cluster.ask(a_request().saying(timeoutSeconds=60))
    until = await operator.advances()
    operator.cluster.settle("web", available=0)
    assert until == operator.now + timedelta(seconds=60)

    operator.now = until
    assert await operator.advances() is None

    assert operator.cluster.request_now().status.reason == "DeadlineExceeded"
    assert operator.image() == "A"


async def test_what_is_reverted_and_changes_again_is_not_fought_over(operator: InProcess) -> None:
    operator.cluster.ask(a_request())
    await operator.advances()
    operator.cluster.roll_out("web", "C", manager="flux")

    assert await operator.advances() is None

    status = operator.cluster.request_now().status
    assert status.reason == "Superseded"
    assert "flux" in (status.message or "")
    assert (operator.image(), operator.cluster.writes.count(CLAIM)) == ("C", 1)


async def test_a_deployment_that_is_deleted_meanwhile_ends_the_request(
    operator: InProcess,
) -> None:
    operator.cluster.ask(a_request())
    await operator.advances()
    operator.cluster.deployments.pop("web")

    assert await operator.advances() is None
    assert operator.cluster.request_now().status.reason == "DeploymentDeleted"


async def test_a_second_request_that_means_the_same_follows_without_a_write(
    operator: InProcess,
) -> None:
    first = operator.cluster.ask(a_request("first"))
    await operator.advances("first")
    second = operator.cluster.ask(a_request("second"))
    await operator.advances("second")

    await operator.carries_out(first)
    status = await operator.carries_out(second)

    assert status.reason == "RolledBack"
    assert status.targets[0].following == "first"
    assert operator.cluster.writes.count(CLAIM) == 1


async def test_the_same_request_applied_again_later_is_executed_once(operator: InProcess) -> None:
    await operator.carries_out(operator.cluster.ask(a_request()))
    await operator.rolls_out("web", "B")

    again = await operator.carries_out(operator.cluster.ask(a_request().named("back", uid="new")))

    assert (again.reason, operator.image()) == ("AlreadyExecuted", "B")


async def test_a_request_waits_for_an_unfinished_rollout_and_rolls_it_back(
    operator: InProcess,
) -> None:
    operator.cluster.roll_out("web", "C")
    request = operator.cluster.ask(a_request().waiting())
    until = await operator.advances()

    assert until is not None
    assert operator.cluster.request_now().status.reason == "WaitingForRollout"
    assert (await operator.carries_out(request)).reason == "RolledBack"
    assert operator.image() == "B"


async def test_a_suspended_request_is_held_until_it_is_released(operator: InProcess) -> None:
    request = operator.cluster.ask(a_request().saying(suspend=True))

    assert await operator.advances() is not None
    assert operator.cluster.request_now().status.reason == "Suspended"
    operator.cluster.requests["back"]["spec"]["suspend"] = False

    assert (await operator.carries_out(request)).reason == "RolledBack"
