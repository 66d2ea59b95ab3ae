"""Only what really succeeded is recorded, and only what really ran is verified."""

from collections.abc import Callable

import pytest

from harness.objects import Object, annotations, condition, history, recorded_images, rollbackable
from harness.shop import Shop

UNRECORDED = {"rollback-operator.dev/record": "disabled"}


def test_a_failed_rollout_is_not_on_the_line(shop: Shop) -> None:
    """Trap 21: revision N-1 is the failed one."""
    shop.release("nginx:1")
    shop.roll_out_in_vain()
    shop.until_seen()
    shop.roll_out("nginx:3")

    found = shop.until_recorded()

    (first, third) = found["snapshots"]
    assert recorded_images(found) == ["nginx:1", "nginx:3"]
    assert third["below"] == first["id"]
    assert "gap" not in third
    assert "rolled back to revision 1 " in condition(shop.deployment(), "Rollbackable")["message"]
    shop.roll_back()
    assert shop.image() == "nginx:1"


@pytest.mark.parametrize("image", ["nginx:never-ready", "nginx:crash-loop"])
def test_a_rollout_that_fails_is_not_recorded(shop: Shop, image: str) -> None:
    shop.release("nginx:1")
    shop.roll_out_in_vain(image)

    assert len(shop.operator_writes()) == 1


def test_a_snapshot_stays_when_its_pods_fail_later(shop: Shop) -> None:
    """Completed is latched: that is when people roll back."""
    shop.release("nginx:1", "nginx:2")
    before = history(shop.deployment())
    shop.break_pods()

    assert len(shop.operator_writes()) == 2
    assert history(shop.deployment()) == before
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


def test_a_rollout_past_its_deadline_is_recorded_when_it_succeeds_after_all(shop: Shop) -> None:
    # Of a deadline that is less than a second away the deployment controller is reminded by a queue
    # that ten others a second may use, with all who have met a conflict before us.
    shop.release("nginx:1", replicas=1, spec={"progressDeadlineSeconds": 3})
    shop.roll_out_in_vain()
    shop.until("deployment", "web", _is_overdue, "its deadline to pass")
    assert len(shop.operator_writes()) == 1

    shop.mend_pods()

    assert recorded_images(shop.until_recorded(snapshots=2)) == ["nginx:1", "nginx:never-ready"]


def test_without_a_deadline_there_is_no_condition_to_wait_for(shop: Shop) -> None:
    """Trap 10: the greatest deadline takes the `Progressing` condition away."""
    shop.deploy("nginx:1", spec={"progressDeadlineSeconds": 2147483647})
    shop.until_recorded()
    shop.roll_out("nginx:2")

    assert recorded_images(shop.until_recorded()) == ["nginx:1", "nginx:2"]
    assert condition(shop.deployment(), "Progressing") == {}


def test_ready_is_not_available(shop: Shop) -> None:
    """Trap 15: a rollout is over when its pods were ready for `minReadySeconds`."""
    spec = {"minReadySeconds": 3600, "progressDeadlineSeconds": 3601}
    shop.deploy("nginx:1", spec=spec, wait=False)
    shop.until("deployment", "web", lambda d: d["status"].get("readyReplicas") == 2, "ready pods")
    assert shop.operator_writes() == []

    shop.patch({"spec": {"minReadySeconds": 0}})

    assert [s["verified"] for s in shop.until_recorded()["snapshots"]] == [True]


def test_what_never_ran_is_not_verified_and_no_default_target(shop: Shop) -> None:
    """Trap 12: with no pods wanted every image is complete at once."""
    shop.deploy("nginx:never-ready", replicas=0)
    shop.until_recorded()
    shop.roll_out("nginx:2")
    found = shop.until_recorded()

    assert [s["verified"] for s in found["snapshots"]] == [False, False]
    assert rollbackable(shop.deployment()) == ("False", "NotVerified")


def test_the_first_available_pod_verifies_by_one_more_write(shop: Shop) -> None:
    shop.deploy("nginx:1", replicas=0)
    before = shop.until_recorded()
    assert before["snapshots"][0]["verified"] is False

    shop.scale(3)
    shop.until("deployment", "web", _is_verified, "its snapshot to be verified")
    shop.until_done()

    found = history(shop.deployment())
    assert found is not None
    assert found["snapshots"] == [before["snapshots"][0] | {"verified": True}]
    assert len(shop.operator_writes()) == 2


def test_a_bad_image_is_never_verified(shop: Shop) -> None:
    shop.deploy("nginx:never-ready", replicas=0)
    shop.until_recorded()
    shop.scale(3)
    shop.until("deployment", "web", lambda d: d["status"].get("replicas") == 3, "its pods")

    assert len(shop.operator_writes()) == 1
    assert not _is_verified(shop.deployment())


def test_pods_of_another_version_verify_nothing(shop: Shop) -> None:
    """A pod of a rollout that was given up is available still: it is none of the live version."""
    shop.deploy("nginx:never-ready", replicas=0)
    shop.until_recorded()
    shop.block_pods()
    container = {"name": "app", "image": "nginx:given-up"}
    shop.patch({"spec": {"replicas": 3, "template": {"spec": {"containers": [container]}}}})
    shop.until("deployment", "web", lambda d: d["status"].get("availableReplicas") == 1, "a pod")
    given_up = shop.roll_out("nginx:never-ready", wait=False)["metadata"]["generation"]
    shop.until(
        "deployment", "web", lambda d: d["status"]["observedGeneration"] >= given_up, "its return"
    )

    assert len(shop.operator_writes()) == 1
    assert shop.deployment()["status"]["availableReplicas"] == 1
    assert not _is_verified(shop.deployment())


def test_the_label_leaves_a_deployment_out_entirely(shop: Shop) -> None:
    shop.deploy("nginx:1", labels=UNRECORDED)
    shop.roll_out("nginx:2")

    assert shop.operator_writes() == []
    deployment = shop.deployment()
    assert set(annotations(deployment)) == {"deployment.kubernetes.io/revision"}
    assert condition(deployment, "Rollbackable") == {}


CHANGES_OF_THE_LABEL: dict[str, tuple[Callable[[Shop], None], list[str]]] = {
    "set": (lambda shop: _label(shop, "disabled"), ["nginx:1"]),
    "another value": (lambda shop: _label(shop, "enabled"), ["nginx:1", "nginx:2"]),
}


@pytest.mark.parametrize("change", CHANGES_OF_THE_LABEL)
def test_the_label_counts_from_when_it_is_there(shop: Shop, change: str) -> None:
    label, expected = CHANGES_OF_THE_LABEL[change]
    shop.release("nginx:1")
    label(shop)
    shop.roll_out("nginx:2")
    shop.until_seen()

    found = history(shop.deployment())

    assert found is not None
    assert recorded_images(found) == expected


def _label(shop: Shop, value: str) -> None:
    shop.kubectl("label", "deployment/web", f"rollback-operator.dev/record={value}")


def _is_overdue(deployment: Object) -> bool:
    return bool(condition(deployment, "Progressing").get("reason") == "ProgressDeadlineExceeded")


def _is_verified(deployment: Object) -> bool:
    found = history(deployment)
    return bool(found and found["snapshots"][-1]["verified"])
