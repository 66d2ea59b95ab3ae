"""The operator comes to a cluster where Deployments run already."""

from conftest import StartsOperators
from harness.objects import (
    HISTORY,
    Object,
    annotations,
    history,
    is_done,
    recorded_images,
    rollbackable,
)
from harness.shop import Shop


def test_each_finished_deployment_is_adopted_by_one_write(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    for name in ("cart", "shop", "web"):
        shop.deploy("nginx:1", name=name)
        shop.roll_out("nginx:2", name=name)

    start_operator(shop)

    for name in ("cart", "shop", "web"):
        assert len(shop.operator_writes(name)) == 1
        (snapshot,) = _history(shop, name)["snapshots"]
        assert (snapshot["origin"], snapshot["images"]) == ("Adopted", {"app": "nginx:2"})
        assert (snapshot["revision"], snapshot["verified"]) == (2, True)


def test_an_unfinished_rollout_is_not_adopted(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    shop.deploy("nginx:1")
    shop.roll_out_in_vain()

    start_operator(shop)

    assert shop.operator_writes() == []


def test_only_the_first_snapshot_is_adopted(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    shop.deploy("nginx:1")
    start_operator(shop)
    shop.until_recorded()

    shop.roll_out("nginx:2")

    found = shop.until_recorded()
    assert [s["origin"] for s in found["snapshots"]] == ["Adopted", "Rollout"]
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


def test_older_replica_sets_are_no_default_target_but_may_be_named(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Nobody knows whether they ever succeeded."""
    shop = empty_shop
    shop.deploy("nginx:1")
    shop.roll_out("nginx:2")
    start_operator(shop)
    shop.until_recorded()
    assert rollbackable(shop.deployment()) == ("False", "NoEarlierSnapshot")

    refused = shop.roll_back("default")
    assert refused["reason"] == "NoEarlierSnapshot"
    assert "revision 1 (nginx:1, unverified)" in refused["message"]

    assert shop.roll_back("named", to={"revision": 1})["reason"] == "RolledBack"
    assert shop.image() == "nginx:1"


def test_what_fails_now_but_was_available_once_is_adopted(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Completed is latched: the release that fails since an hour is the one to roll back."""
    shop = empty_shop
    shop.deploy("nginx:1")
    shop.roll_out("nginx:2")
    shop.until_settled()
    shop.break_pods()

    start_operator(shop)
    shop.until_seen()

    assert recorded_images(_history(shop)) == ["nginx:2"]


def test_what_fails_now_and_was_returned_to_is_not_adopted_before_it_is_done(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Trap 8: of a ReplicaSet that came back the controller's word says nothing."""
    shop = empty_shop
    shop.deploy("nginx:1")
    shop.roll_out("nginx:2")
    shop.undo()
    shop.until_settled()
    shop.break_pods()

    start_operator(shop)
    assert shop.operator_writes() == []

    shop.kubectl("delete", "pods", "--selector=app=web")
    shop.until("deployment", "web", _is_recorded_and_done, "new pods that do not fail")
    assert [(s["images"]["app"], s["verified"]) for s in _history(shop)["snapshots"]] == [
        ("nginx:1", True)
    ]
    assert len(shop.operator_writes()) == 1


def test_what_has_no_pods_is_adopted_unverified(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    shop.deploy("nginx:1", replicas=0)

    start_operator(shop)

    (snapshot,) = shop.until_recorded()["snapshots"]
    assert (snapshot["origin"], snapshot["verified"]) == ("Adopted", False)


def test_what_the_label_leaves_out_is_not_adopted(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    shop.deploy("nginx:1", labels={"rollback-operator.dev/record": "disabled"})

    start_operator(shop)

    assert shop.operator_writes() == []


def test_deployments_of_other_namespaces_are_left_alone(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    elsewhere = Shop(empty_shop.cluster, prefix="solo")
    elsewhere.deploy("nginx:1")

    start_operator(empty_shop)
    empty_shop.until_seen()

    assert HISTORY not in annotations(elsewhere.deployment())
    elsewhere.close()


def _history(shop: Shop, name: str = "web") -> Object:
    found = history(shop.deployment(name))
    assert found is not None
    return found


def _is_recorded_and_done(deployment: Object) -> bool:
    return history(deployment) is not None and is_done(deployment)
