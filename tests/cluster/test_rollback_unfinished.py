"""When the newest rollout is unfinished or failed: refuse, wait for it, or abandon it."""

import pytest

from harness.objects import history, rollbackable
from harness.shop import Shop


@pytest.fixture
def failing(shop: Shop) -> Shop:
    """Two versions succeeded, the third one never will."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_out_in_vain()
    return shop


def test_by_default_it_is_refused_by_name_with_the_line_for_the_others(failing: Shop) -> None:
    status = failing.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "RolloutNotCompleted")
    assert failing.image() == "nginx:never-ready"
    assert "revision 3 (nginx:never-ready)" in status["message"]
    assert "`unfinishedRollout: Wait`" in status["message"]
    assert "`unfinishedRollout: Abandon`" in status["message"]


def test_refuse_holds_for_an_explicit_version_too(failing: Shop) -> None:
    status = failing.roll_back(to={"revision": 1})

    assert status["reason"] == "RolloutNotCompleted"


def test_wait_goes_on_when_the_rollout_succeeds(shop: Shop) -> None:
    shop.release("nginx:1")
    shop.block_pods()
    shop.roll_out("nginx:2", wait=False)
    shop.request(unfinishedRollout="Wait")
    waiting = shop.until_phase("Queued")

    shop.allow_pods()

    status = shop.until_over()
    assert waiting["reason"] == "WaitingForRollout"
    assert (status["reason"], status["change"]) == ("RolledBack", "nginx:2 → nginx:1")


def test_wait_expires_at_the_starting_deadline(failing: Shop) -> None:
    status = failing.roll_back(unfinishedRollout="Wait", startingDeadlineSeconds=2)

    assert (status["phase"], status["reason"]) == ("Exception", "Expired")
    assert "nginx:never-ready" in status["message"]
    assert failing.image() == "nginx:never-ready"


def test_abandon_goes_to_the_newest_success(failing: Shop) -> None:
    """Who goes to the snapshot below the newest would take a good version away."""
    status = failing.roll_back(unfinishedRollout="Abandon")

    assert (status["reason"], failing.image()) == ("RolledBack", "nginx:2")


def test_abandon_goes_where_it_is_told(failing: Shop) -> None:
    status = failing.roll_back(unfinishedRollout="Abandon", to={"revision": 1})

    assert (status["reason"], failing.image()) == ("RolledBack", "nginx:1")


def test_what_was_abandoned_for_keeps_its_snapshot_and_can_be_rolled_back(failing: Shop) -> None:
    failing.roll_back("first", unfinishedRollout="Abandon")

    found = history(failing.deployment())
    assert [s["images"]["app"] for s in (found or {})["snapshots"]] == ["nginx:1", "nginx:2"]
    assert rollbackable(failing.deployment()) == ("True", "EarlierSnapshot")
    assert failing.roll_back("second")["change"] == "nginx:2 → nginx:1"


def test_abandon_is_done_once_also_when_the_request_is_made_anew(failing: Shop) -> None:
    """The ledger must know the rollback although it left no snapshot."""
    failing.roll_back(unfinishedRollout="Abandon")
    failing.delete_request()
    failing.roll_out_in_vain()

    status = failing.roll_back(unfinishedRollout="Abandon")

    assert (status["reason"], failing.image()) == ("AlreadyExecuted", "nginx:never-ready")


@pytest.fixture
def returning(shop: Shop) -> Shop:
    """Three versions succeeded, and a way back to the second hangs."""
    shop.release("nginx:1", "nginx:2", "nginx:3")
    shop.block_pods()
    shop.kubectl("rollout", "undo", "deployment/web")
    return shop


def test_abandoning_a_way_back_needs_a_direction(returning: Shop) -> None:
    """The default would be the newest success: the bad version again."""
    status = returning.roll_back(unfinishedRollout="Abandon")

    assert (status["phase"], status["reason"]) == ("Exception", "AlreadyRolledBack")
    assert returning.image() == "nginx:2"
    assert "`to`" in status["message"]
    assert "revision 1 (nginx:1)" in status["message"]


def test_a_way_back_is_abandoned_for_what_is_named(returning: Shop) -> None:
    returning.request(unfinishedRollout="Abandon", to={"revision": 1})
    returning.until_phase("InProgress")
    returning.allow_pods()

    status = returning.until_over()

    assert (status["reason"], returning.image()) == ("RolledBack", "nginx:1")


def test_a_rollout_that_completed_stays_so_when_its_pods_fail_later(shop: Shop) -> None:
    """That is when people roll back: who asks for healthy pods would refuse just then."""
    shop.release("nginx:1", "nginx:2")
    shop.break_pods()

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_paused_deployment_is_refused(shop: Shop) -> None:
    """A patch would be accepted and nothing would happen."""
    shop.release("nginx:1", "nginx:2")
    shop.kubectl("rollout", "pause", "deployment/web")

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "Paused")
    assert "kubectl rollout resume deployment/web" in status["message"]
    assert shop.image() == "nginx:2"


def test_a_version_that_never_had_a_pod_is_no_default_target(shop: Shop) -> None:
    shop.release("nginx:0")
    shop.scale(0)
    shop.roll_out("nginx:1")
    shop.until_recorded(snapshots=2)
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=3)
    promised = rollbackable(shop.deployment())

    status = shop.roll_back()

    assert promised == ("False", "NotVerified")
    assert (status["phase"], status["reason"]) == ("Exception", "NotVerified")
    assert "`to: {revision: 2}`" in status["message"]
    assert shop.image() == "nginx:2"


def test_a_version_that_never_had_a_pod_can_be_named(shop: Shop) -> None:
    shop.release("nginx:0")
    shop.scale(0)
    shop.roll_out("nginx:1")
    shop.until_recorded(snapshots=2)
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=3)

    status = shop.roll_back(to={"revision": 2})

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_the_first_rollout_unfinished_has_nothing_to_abandon_for(shop: Shop) -> None:
    shop.deploy("nginx:never-ready", wait=False)

    status = shop.roll_back(unfinishedRollout="Abandon")

    assert (status["phase"], status["reason"]) == ("Exception", "NoEarlierSnapshot")
