"""The policies are looked at seldom, and at once where one was missing."""

import logging

import pytest

from builders import a_request
from fake_cluster import FakeCluster
from fake_policies import FakePolicies
from in_process import InProcess
from rollback_operator.errors import Unreachable
from rollback_operator.operations.admission_check import AGAIN, EVERY

REQUEST = a_request().build()


@pytest.fixture
def policies() -> FakePolicies:
    """All policies, in force for an hour."""
    return FakePolicies()


@pytest.fixture
async def operator(policies: FakePolicies) -> InProcess:
    """An operator that requires them, and saw versions A and B of `web` succeed."""
    process = InProcess(FakeCluster(), policies=policies)
    await process.rolls_out("web", "A", "B")
    return process


async def test_a_request_is_carried_out_where_all_are_in_force(operator: InProcess) -> None:
    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.reason, operator.image(), status.admission_missing) == (
        "RolledBack",
        "A",
        None,
    )


async def test_a_request_is_refused_where_one_is_missing(
    operator: InProcess, policies: FakePolicies
) -> None:
    del policies.policies["guard-targets"]

    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert (status.phase, status.reason, operator.image()) == ("Exception", "AdmissionMissing", "B")
    assert "guard-targets is missing" in (status.message or "")
    assert status.admission_missing == ["ValidatingAdmissionPolicy guard-targets is missing"]


async def test_a_preview_is_refused_too(operator: InProcess, policies: FakePolicies) -> None:
    del policies.policies["guard-targets"]

    status = await operator.carries_out(operator.cluster.ask(a_request().saying(dryRun=True)))

    assert status.reason == "AdmissionMissing"


async def test_what_was_begun_goes_on_when_they_vanish(
    operator: InProcess, policies: FakePolicies
) -> None:
    operator.cluster.ask(a_request())
    await operator.advances()
    policies.policies.clear()
    operator.now += 3 * EVERY

    operator.cluster.settle("web")
    await operator.advances()

    assert operator.cluster.request_now().status.reason == "RolledBack"


async def test_the_next_target_of_a_group_is_not_begun_once_they_have_vanished(
    policies: FakePolicies,
) -> None:
    operator = InProcess(FakeCluster(), policies=policies)
    for name in ("db", "web"):
        await operator.rolls_out(name, "A", "B")
    operator.cluster.ask(a_request().of_targets("web", "db").saying(order="Listed"))
    await operator.advances()
    policies.policies.clear()
    operator.now += 3 * EVERY

    operator.cluster.settle("web")
    await operator.advances()

    reasons = [t.reason.value for t in operator.cluster.request_now().status.targets]
    assert (reasons, operator.image("db")) == (["RolledBack", "AdmissionMissing"], "B")


async def test_many_requests_cost_one_look(operator: InProcess, policies: FakePolicies) -> None:
    for _ in range(20):
        assert await operator.admission.problem_of(REQUEST) is None

    assert len(policies.asked) == 5


async def test_a_look_is_not_believed_for_ever(operator: InProcess, policies: FakePolicies) -> None:
    assert await operator.admission.problem_of(REQUEST) is None
    policies.policies.clear()
    operator.now += 2 * EVERY

    assert await operator.admission.problem_of(REQUEST) is not None


async def test_what_was_missing_is_looked_at_again_soon(
    operator: InProcess, policies: FakePolicies
) -> None:
    kept = policies.policies.pop("guard-steps")
    assert await operator.admission.problem_of(REQUEST) is not None
    policies.policies["guard-steps"] = kept
    operator.now += AGAIN

    assert await operator.admission.problem_of(REQUEST) is None


async def test_without_an_answer_nothing_is_decided(
    operator: InProcess, policies: FakePolicies
) -> None:
    policies.error = Unreachable("no answer")
    operator.cluster.ask(a_request())

    with pytest.raises(Unreachable):
        await operator.advances()

    assert operator.image() == "B"


async def test_the_policy_that_stamps_is_wanted_only_where_stamps_are(
    operator: InProcess, policies: FakePolicies
) -> None:
    """A cluster that was upgraded serves more than the chart made use of."""
    policies.policies["guard-requester"]["metadata"]["labels"].clear()
    policies.policies.pop("guard-stamp")

    assert await operator.admission.problem_of(REQUEST) is None
    assert "guard-stamp" not in policies.asked


async def test_where_they_are_not_required_it_is_said_once_what_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    operator = InProcess(FakeCluster())
    del operator.policies.policies["guard-targets"]

    async with operator.admission.kept_up():
        assert not operator.admission.is_in_force
    await operator.rolls_out("web", "A", "B")
    status = await operator.carries_out(operator.cluster.ask(a_request()))

    assert [record.getMessage() for record in caplog.records if "admission" in record.name] == [
        "nobody checks who asks for a rollback: ValidatingAdmissionPolicy guard-targets is missing"
    ]
    assert (status.reason, status.requester) == ("RolledBack", "unknown")
    assert status.admission_missing == ["ValidatingAdmissionPolicy guard-targets is missing"]


async def test_a_start_while_the_server_is_away_is_no_failure(policies: FakePolicies) -> None:
    policies.error = Unreachable("no answer")
    operator = InProcess(FakeCluster(), policies=policies)

    async with operator.admission.kept_up():
        assert not operator.admission.is_in_force
