"""Requests that are kept in Git: applied again and again, deleted and made anew."""

from harness.objects import condition
from harness.shop import Shop


def template_changes(shop: Shop) -> int:
    """Count how often the operator has changed the Deployment itself."""
    return len([w for w in shop.stored_writes("deployments", "web") if not w.subresource])


def test_made_anew_ten_times_it_rolls_back_once(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    reasons = [shop.roll_back()["reason"]]
    for _ in range(9):
        shop.delete_request()
        reasons.append(shop.roll_back()["reason"])

    assert reasons == ["RolledBack", *["AlreadyExecuted"] * 9]
    assert template_changes(shop) == 1


def test_made_anew_it_leaves_the_bad_version_that_was_rolled_out_on_purpose(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=4)
    shop.delete_request()

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Completed", "AlreadyExecuted")
    assert condition({"status": status}, "Ready")["status"] == "True"
    assert shop.image() == "nginx:2"


def test_what_may_be_changed_does_not_make_it_another_request(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back(ttlSecondsAfterFinished=3600)
    shop.delete_request()

    assert shop.roll_back(ttlSecondsAfterFinished=7200)["reason"] == "AlreadyExecuted"


def test_another_name_is_another_request(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=4)

    assert shop.roll_back("second")["reason"] == "RolledBack"


def test_a_restart_in_between_does_not_make_it_new(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.restart()
    shop.delete_request()

    assert shop.roll_back()["reason"] == "AlreadyExecuted"


def test_an_undo_does_not_make_it_new(shop: Shop) -> None:
    """`kubectl rollout undo` replaces the annotations, and with them the ledger."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.undo()
    shop.until_recorded(snapshots=4)
    shop.delete_request()

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("AlreadyExecuted", "nginx:2")


def test_from_lets_it_through_while_that_is_live(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    assert shop.roll_back(from_={"images": {"app": "nginx:2"}})["reason"] == "RolledBack"


def test_from_as_a_snapshot_lets_it_through_while_that_is_live(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    live = shop.until_recorded(snapshots=2)["snapshots"][-1]["id"]

    assert shop.roll_back(from_={"snapshot": live})["reason"] == "RolledBack"


def test_from_that_is_no_longer_live_is_done_without_a_write(shop: Shop) -> None:
    before = shop.release("nginx:1", "nginx:2", "nginx:3")

    status = shop.roll_back(from_={"images": {"app": "nginx:2"}})

    assert (status["phase"], status["reason"]) == ("Completed", "NotApplicable")
    assert condition({"status": status}, "Ready")["status"] == "True"
    after = shop.deployment()["metadata"]["resourceVersion"]
    assert after == before["metadata"]["resourceVersion"]


def test_from_that_never_was_is_a_typing_error(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    status = shop.roll_back(from_={"images": {"app": "ngnix:2"}})

    assert (status["phase"], status["reason"]) == ("Exception", "UnknownFrom")
    assert "ngnix:2" in status["message"]
    assert "nginx:2" in status["message"]


def test_from_with_a_container_that_never_was_is_a_typing_error(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    status = shop.roll_back(from_={"images": {"ap": "nginx:2"}})

    assert status["reason"] == "UnknownFrom"


def test_what_never_was_in_a_history_that_begins_late_is_not_applicable(shop: Shop) -> None:
    """There it may have been live once, before anyone watched."""
    shop.deploy("nginx:1", labels={"rollback-operator.dev/record": "disabled"})
    shop.roll_out("nginx:2")
    shop.kubectl("label", "deployment/web", "rollback-operator.dev/record-")
    shop.until_recorded(snapshots=1)

    status = shop.roll_back(from_={"images": {"app": "nginx:0"}})

    assert (status["phase"], status["reason"]) == ("Completed", "NotApplicable")
