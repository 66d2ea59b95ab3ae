"""Several Deployments of one request: one after another, last completed first."""

from datetime import timedelta

import pytest

from builders import NOON, a_request
from in_process import InProcess, with_two_released
from rollback_operator.operations import judge_targets

BOTH = a_request().of_targets("api", "web")


@pytest.fixture
async def operator() -> InProcess:
    """An operator that saw B of `web` and then B of `api` succeed."""
    return await with_two_released()


async def test_a_selector_that_matches_more_than_a_status_can_tell_of_is_refused(
    operator: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_targets, "MOST_SELECTED", 1)
    request = a_request().selecting_as_of("2030-01-01T12:00:00Z", app="web")

    status = await operator.carries_out(operator.cluster.ask(request))

    assert status.reason == "InvalidRequest"
    assert "matches 2 Deployments" in (status.message or "")
    assert operator.cluster.writes.count("deployment") == 0


async def test_all_go_back_last_completed_first(operator: InProcess) -> None:
    status = await operator.carries_out(operator.cluster.ask(BOTH))

    assert status.reason == "RolledBack"
    assert [target.name for target in status.targets] == ["api", "web"]
    assert (operator.image("web"), operator.image("api")) == ("A", "A")
    assert operator.cluster.writes.count("request/status") == 3


async def test_the_second_is_not_touched_before_the_first_serves(operator: InProcess) -> None:
    operator.cluster.ask(a_request().of_targets("web", "api"))

    await operator.advances()
    assert (operator.image("api"), operator.image("web")) == ("A", "B")
    await operator.advances()
    assert operator.image("web") == "B"
    operator.cluster.settle("api")
    await operator.advances()

    assert operator.image("web") == "A"


async def test_the_second_waits_until_the_pods_of_the_bad_version_are_gone(
    operator: InProcess,
) -> None:
    operator.cluster.ask(BOTH)
    await operator.advances()
    operator.cluster.settle("api")
    operator.cluster.terminating = 1

    until = await operator.advances()

    assert operator.image("web") == "B"
    assert until == operator.now + timedelta(seconds=1)
    operator.cluster.terminating = 0
    await operator.advances()
    assert operator.image("web") == "A"


async def test_one_that_is_refused_refuses_all_before_the_first_write(operator: InProcess) -> None:
    operator.cluster.deployments["web"]["spec"]["paused"] = True

    status = await operator.carries_out(operator.cluster.ask(BOTH))

    assert status.reason == "Paused"
    assert {t.name: t.reason.value for t in status.targets} == {
        "api": "OtherTargetRefused",
        "web": "Paused",
    }
    assert "deployment" not in operator.cluster.writes


async def test_with_continue_the_others_go_on(operator: InProcess) -> None:
    operator.cluster.deployments["web"]["spec"]["paused"] = True
    request = operator.cluster.ask(BOTH.saying(onFailure="Continue"))

    status = await operator.carries_out(request)

    assert status.reason == "Paused"
    assert (operator.image("api"), operator.image("web")) == ("A", "B")


@pytest.mark.parametrize(
    ("on_failure", "reason", "image"),
    [("Stop", "OtherTargetFailed", "B"), ("Continue", "RolledBack", "A")],
)
async def test_after_one_that_failed_the_rest_is_left_or_tried(
    operator: InProcess, on_failure: str, reason: str, image: str
) -> None:
    request = operator.cluster.ask(BOTH.saying(onFailure=on_failure))
    await operator.advances()
    operator.cluster.roll_out("api", "C", manager="ci")

    status = await operator.carries_out(request)

    assert (status.phase, status.reason) == ("Exception", "Superseded")
    assert {t.name: t.reason.value for t in status.targets}["web"] == reason
    assert operator.image("web") == image


async def test_one_that_was_rolled_out_anew_meanwhile_is_left(operator: InProcess) -> None:
    request = operator.cluster.ask(BOTH)
    await operator.advances()
    await operator.rolls_out("web", "C")

    status = await operator.carries_out(request)

    assert {t.name: t.reason.value for t in status.targets} == {
        "api": "RolledBack",
        "web": "TargetChanged",
    }
    assert operator.image("web") == "C"


async def test_a_group_is_held_before_its_next_target_and_goes_on_when_released(
    operator: InProcess,
) -> None:
    request = operator.cluster.ask(BOTH)
    await operator.advances()
    operator.cluster.requests["back"]["spec"]["suspend"] = True
    operator.cluster.settle("api")

    await operator.advances()
    assert operator.image("web") == "B"
    operator.cluster.requests["back"]["spec"]["suspend"] = False

    assert (await operator.carries_out(request)).reason == "RolledBack"
    assert operator.image("web") == "A"


async def test_a_selector_takes_each_deployment_back_to_what_was_live_then(
    operator: InProcess,
) -> None:
    request = a_request().selecting_as_of((NOON - timedelta(minutes=7)).isoformat(), app="web")

    status = await operator.carries_out(operator.cluster.ask(request))

    assert {t.name: t.reason.value for t in status.targets} == {
        "web": "Unchanged",
        "api": "BeforeHistory",
    }
