"""Where a request goes that names no version, and what it says when it goes nowhere."""

from harness.objects import annotations, claim, condition, history, rollbackable
from harness.shop import Shop

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


def test_the_previous_artifact_is_put_back(shop: Shop) -> None:
    shop.release("nginx:stable-perl", "nginx:stable-bullseye-perl")

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert shop.image() == "nginx:stable-perl"


def test_the_status_says_what_was_altered_and_reverted(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    status = shop.roll_back()

    target = status["targets"][0]
    assert status["change"] == "nginx:2 → nginx:1"
    assert (target["from"]["revision"], target["to"]["revision"]) == (2, 1)
    assert target["components"] == [
        {"name": "app/image", "from": "nginx:2", "to": "nginx:1", "state": "Reverted"}
    ]
    assert target["rollout"] == {"desired": 2, "updated": 2, "available": 2}


def test_the_return_is_recorded_before_the_request_ends(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    shop.roll_back()

    found = history(shop.deployment())
    assert found is not None
    assert [s["origin"] for s in found["snapshots"]] == ["Rollout", "Rollout", "Rollback"]
    assert found["snapshots"][2]["returnedTo"] == found["snapshots"][0]["id"]
    assert [line[1] for line in found["executed"]] == ["back"]


def test_a_failed_rollout_in_between_is_no_target(shop: Shop) -> None:
    """Who takes the second-highest revision would roll back to what never ran."""
    shop.release("nginx:1")
    shop.roll_out("nginx:never-ready", wait=False)
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=2)

    shop.roll_back()

    assert shop.image() == "nginx:1"


def test_a_restart_in_between_is_no_target(shop: Shop) -> None:
    """Who takes the second-highest revision would change nothing and call it done."""
    shop.release("nginx:1", "nginx:2")
    shop.restart()

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_the_time_of_a_restart_is_restored_as_recorded(shop: Shop) -> None:
    """The recorded template is put back whole, and a restart is never a component."""
    shop.deploy("nginx:1")
    shop.until_recorded(snapshots=1)
    stamp = {RESTARTED_AT: "2026-01-01T00:00:00Z"}
    pod = {"containers": [{"name": "app", "image": "nginx:2"}]}
    shop.patch({"spec": {"template": {"metadata": {"annotations": stamp}, "spec": pod}}})
    shop.until_recorded(snapshots=2)
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=3)
    shop.restart()

    status = shop.roll_back()

    template = shop.deployment()["spec"]["template"]
    assert template["metadata"]["annotations"] == stamp
    assert [c["name"] for c in status["targets"][0]["components"]] == ["app/image"]


def test_what_was_rolled_back_and_rolled_out_again_can_be_rolled_back_again(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=4)

    status = shop.roll_back("second")

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_rollout_is_rolled_back_only_once(shop: Shop) -> None:
    """Who counts revisions down would roll forward to the bad version now."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")
    before = shop.until_settled()["metadata"]["resourceVersion"]

    status = shop.roll_back("second")

    assert (status["phase"], status["reason"]) == ("Exception", "AlreadyRolledBack")
    assert shop.deployment()["metadata"]["resourceVersion"] == before


def test_already_rolled_back_names_who_and_when_and_the_line_to_go_further(shop: Shop) -> None:
    shop.release("nginx:0", "nginx:1", "nginx:2")
    shop.roll_back("first")
    found = history(shop.deployment())
    assert found is not None

    message = shop.roll_back("second")["message"]

    assert "rollback-operator" in message
    assert found["snapshots"][3]["completed"][:19] in message
    assert "`to: {revision: 1}`" in message
    assert "nginx:0" in message


def test_the_line_that_already_rolled_back_gives_works(shop: Shop) -> None:
    shop.release("nginx:0", "nginx:1", "nginx:2")
    shop.roll_back("first")

    status = shop.roll_back("second", to={"revision": 1})

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:0")


def test_an_undo_is_a_return_made_by_kubectl(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.undo()
    shop.until_recorded(snapshots=3)

    status = shop.roll_back()

    assert status["reason"] == "AlreadyRolledBack"
    assert "made by kubectl and" in status["message"]


def test_a_revert_in_git_is_a_return_made_by_its_tool(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.patch(
        {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "nginx:1"}]}}}},
        field_manager="gitops-tool",
    )
    shop.until_recorded(snapshots=3)

    status = shop.roll_back()

    assert status["reason"] == "AlreadyRolledBack"
    assert "gitops-tool" in status["message"]


def test_the_only_rollout_there_is_cannot_be_rolled_back(shop: Shop) -> None:
    shop.release("nginx:1")

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "NoEarlierSnapshot")


def test_rollbackable_promises_what_a_request_then_finds(shop: Shop) -> None:
    shop.release("nginx:1")
    promised = [rollbackable(shop.deployment())]
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)
    promised.append(rollbackable(shop.deployment()))
    shop.roll_back()
    promised.append(rollbackable(shop.deployment()))

    assert promised == [
        ("False", "NoEarlierSnapshot"),
        ("True", "EarlierSnapshot"),
        ("False", "AlreadyRolledBack"),
    ]
    assert "revision 3" in condition(shop.deployment(), "Rollbackable")["message"]


def test_a_deployment_without_annotations_of_its_own_is_rolled_back(shop: Shop) -> None:
    """A JSON Patch below an annotations map that is not there would be refused."""
    shop.release("nginx:1", "nginx:2", annotations=None)

    shop.roll_back()

    assert annotations(shop.deployment()).keys() >= {"rollback-operator.dev/claim"}
    assert (claim(shop.deployment()) or {})["request"] == "back"
