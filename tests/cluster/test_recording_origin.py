"""Who made a rollout, why, and whether it was a rollback of ours: recorded with each snapshot."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.objects import (
    HISTORY,
    TEMPLATES,
    Object,
    annotations,
    condition,
    history,
    is_done,
    rollbackable,
)
from harness.shop import Shop

CAUSE = "kubernetes.io/change-cause"


def test_what_we_brought_back_is_a_rollback(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()

    (first, _, third) = shop.until_recorded(snapshots=3)["snapshots"]

    assert (third["origin"], third["returnedTo"]) == ("Rollback", first["id"])
    assert third["manager"].startswith("rollback-operator")
    assert rollbackable(shop.deployment()) == ("False", "AlreadyRolledBack")


def test_a_rollback_is_recorded_by_one_write_beside_the_claim(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.until_recorded(snapshots=3)

    assert [w.subresource for w in shop.operator_writes()] == ["status", "status", "", "status"]


def test_an_undo_is_a_rollout(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.undo()

    (first, _, third) = shop.until_recorded(snapshots=3)["snapshots"]

    assert (third["origin"], third["returnedTo"]) == ("Rollout", first["id"])


def test_an_undo_to_what_a_claim_once_brought_is_a_rollout(shop: Shop) -> None:
    """Undo brings the old claim back, too: it tells of a rollback that is over."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.until_recorded(snapshots=3)
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=4)
    shop.until_seen()

    shop.undo()

    found = shop.until_recorded(snapshots=5)
    assert [s["origin"] for s in found["snapshots"]] == [
        "Rollout",
        "Rollout",
        "Rollback",
        "Rollout",
        "Rollout",
    ]
    assert "made by kubectl" in condition(shop.deployment(), "Rollbackable")["message"]


def test_a_revert_in_git_to_what_a_claim_once_brought_is_a_rollout(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.until_recorded(snapshots=3)
    shop.apply("nginx:2", manager="flux")
    shop.until_recorded(snapshots=4)

    shop.apply("nginx:1", manager="flux")

    newest = shop.until_recorded(snapshots=5)["snapshots"][-1]
    assert (newest["origin"], newest["manager"]) == ("Rollout", "flux")


def test_the_ledger_survives_an_undo(shop: Shop) -> None:
    """The same request again must do nothing, however often annotations were replaced."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("once")
    ledger = shop.until_recorded(snapshots=3)["executed"]
    assert len(ledger) == 1
    shop.delete_request("once")

    shop.undo()

    found = shop.until_recorded(snapshots=4)
    assert found["executed"] == ledger
    assert shop.roll_back("once")["reason"] == "AlreadyExecuted"
    assert shop.image() == "nginx:2"


def test_a_claim_survives_an_undo_that_comes_before_its_record(shop: Shop) -> None:
    """The rollback hangs, somebody undoes it: its request must not be carried out again."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request("once")
    shop.until("deployment", "web", lambda d: _image(d) == "nginx:1", "the patch")
    shop.until_phase("InProgress", "once")
    shop.until_observed()
    shop.kubectl("rollout", "undo", "deployment/web")
    shop.allow_pods()
    shop.until("deployment", "web", lambda d: is_done(d) and _image(d) == "nginx:2", "the undo")
    assert shop.until_over("once")["reason"] == "Superseded"
    shop.delete_request("once")

    assert shop.roll_back("once")["reason"] == "AlreadyExecuted"
    assert shop.image() == "nginx:2"


def test_the_change_cause_is_recorded_with_each_rollout(shop: Shop) -> None:
    shop.deploy("nginx:1", annotations={CAUSE: "first release"})
    shop.until_recorded()
    shop.patch(_rollout("nginx:2", cause="second release"))
    shop.until_recorded()
    shop.undo()

    assert [s.get("cause") for s in shop.until_recorded(snapshots=3)["snapshots"]] == [
        "first release",
        "second release",
        "first release",
    ]


def test_a_change_cause_that_comes_later_is_no_reason_to_write(shop: Shop) -> None:
    shop.release("nginx:1")
    shop.kubectl("annotate", "deployment/web", f"{CAUSE}=an afterthought")

    assert len(shop.operator_writes()) == 1


def test_a_long_change_cause_does_not_fill_the_history(shop: Shop) -> None:
    shop.deploy("nginx:1", annotations={CAUSE: "because " * 5000})

    (snapshot,) = shop.until_recorded()["snapshots"]

    kept = annotations(shop.deployment())
    assert snapshot["cause"].startswith("because because ")
    assert len(kept[HISTORY]) + len(kept[TEMPLATES]) < 2000


def test_a_change_cause_in_any_script_is_recorded_as_it_is(shop: Shop) -> None:
    cause = 'Größe "XL" \\ 発売 🚀'
    shop.deploy("nginx:1", annotations={CAUSE: cause})

    assert shop.until_recorded()["snapshots"][0]["cause"] == cause


MANAGERS: dict[str, Callable[[Shop], object]] = {
    "kubectl-set": lambda shop: shop.kubectl("set", "image", "deployment/web", "app=nginx:2"),
    "kubectl-patch": lambda shop: shop.kubectl(
        "patch", "deployment/web", "--type=json", "-p", _replace_image("nginx:2")
    ),
    "flux": lambda shop: shop.apply("nginx:2", manager="flux"),
    "helm": lambda shop: shop.apply("nginx:2", manager="helm"),
    "ci": lambda shop: shop.apply("nginx:2", manager="ci"),
    "argocd-controller": lambda shop: shop.patch(
        _rollout("nginx:2"), field_manager="argocd-controller"
    ),
}


@pytest.mark.parametrize("manager", MANAGERS)
def test_the_field_manager_is_recorded(shop: Shop, manager: str) -> None:
    shop.release("nginx:1")
    MANAGERS[manager](shop)

    found = shop.until_recorded(snapshots=2)

    assert [s["manager"] for s in found["snapshots"]] == ["ci", manager]


def test_scaling_and_restarts_by_others_do_not_change_who_made_a_rollout(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.kubectl("scale", "deployment/web", "--replicas=3")
    shop.restart()
    shop.until_seen()

    found = history(shop.deployment())

    assert found is not None
    assert [s["manager"] for s in found["snapshots"]] == ["ci", "ci"]


def _rollout(image: str, cause: str | None = None) -> Object:
    change: Object = {
        "spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}
    }
    if cause:
        change["metadata"] = {"annotations": {CAUSE: cause}}
    return change


def _replace_image(image: str) -> str:
    path = "/spec/template/spec/containers/0/image"
    return f'[{{"op": "replace", "path": "{path}", "value": "{image}"}}]'


def _image(deployment: Object) -> Any:
    return deployment["spec"]["template"]["spec"]["containers"][0]["image"]
