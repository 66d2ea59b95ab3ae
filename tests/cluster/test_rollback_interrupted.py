"""What happens around a rollback under way: the request or the Deployment goes, others write."""

from collections.abc import Callable

import pytest

from conftest import StartsOperators
from harness.objects import Object
from harness.shop import Shop


@pytest.fixture
def under_way(shop: Shop) -> Shop:
    """A rollback from the second to the first version cannot end yet."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request()
    shop.until_phase("InProgress")
    return shop


def template_changes(shop: Shop) -> int:
    """Count how often the operator has changed the Deployment itself."""
    return len([w for w in shop.stored_writes("deployments", "web") if not w.subresource])


def test_a_deleted_request_is_gone_at_once_and_leaves_what_it_patched(under_way: Shop) -> None:
    """A finalizer would hold it, and a namespace with it, when the operator is away."""
    assert "finalizers" not in under_way.rollback_request()["metadata"]
    under_way.delete_request()
    under_way.allow_pods()

    under_way.until_recorded(snapshots=3)

    assert (under_way.image(), template_changes(under_way)) == ("nginx:1", 1)


def test_the_deployment_being_deleted_is_an_exception(under_way: Shop) -> None:
    under_way.kubectl("delete", "deployment", "web")

    status = under_way.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "DeploymentDeleted")


def test_the_deployment_being_replaced_is_an_exception(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Its twin has the same name and template: who looks at those only follows the wrong one."""
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    empty_shop.block_pods()
    empty_shop.request()
    empty_shop.until_phase("InProgress")
    operator.kill()
    empty_shop.kubectl("delete", "deployment", "web")
    empty_shop.allow_pods()
    twin = empty_shop.deploy("nginx:1")

    operator.start()

    status = empty_shop.until_over()
    assert (status["phase"], status["reason"]) == ("Exception", "DeploymentReplaced")
    assert twin["metadata"]["uid"] in status["message"]


def test_another_image_supersedes_it_and_its_author_is_named(under_way: Shop) -> None:
    under_way.kubectl("set", "image", "deployment/web", "app=nginx:3")

    status = under_way.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "Superseded")
    assert "kubectl-set" in status["message"]
    assert "nginx:3" in status["message"]


def test_superseded_it_never_patches_again(under_way: Shop) -> None:
    """Who sees a difference and repairs it fights a write war."""
    under_way.kubectl("set", "image", "deployment/web", "app=nginx:3")
    under_way.until_over()
    under_way.allow_pods()
    under_way.until_recorded(snapshots=3)

    assert (under_way.image(), template_changes(under_way)) == ("nginx:3", 1)


def test_the_bad_image_put_back_at_once_supersedes_it_too(under_way: Shop) -> None:
    """A GitOps tool does just that, and the template then equals the recorded one."""
    under_way.roll_out("nginx:2", wait=False)

    status = under_way.until_over()

    assert (status["reason"], under_way.image()) == ("Superseded", "nginx:2")


def test_superseded_while_no_operator_ran_it_is_not_patched_again(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    empty_shop.block_pods()
    empty_shop.request()
    empty_shop.until_phase("InProgress")
    operator.kill()
    empty_shop.roll_out("nginx:2", wait=False)

    operator.start()

    assert empty_shop.until_over()["reason"] == "Superseded"
    assert (empty_shop.image(), template_changes(empty_shop)) == ("nginx:2", 1)


HARMLESS: dict[str, Callable[[Shop], object]] = {
    "a restart": lambda shop: shop.kubectl("rollout", "restart", "deployment/web"),
    "scaling": lambda shop: shop.scale(3),
    "a label on the Deployment": lambda shop: shop.kubectl("label", "deployment/web", "team=a"),
    "an annotation": lambda shop: shop.kubectl("annotate", "deployment/web", "note=b"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_it_is_not_superseded_by(under_way: Shop, change: Callable[[Shop], object]) -> None:
    """Who compares generations takes any of these for somebody else's rollout."""
    change(under_way)
    under_way.allow_pods()

    status = under_way.until_over()

    assert (status["reason"], under_way.image()) == ("RolledBack", "nginx:1")


def test_scaling_as_an_autoscaler_does_is_kept(under_way: Shop) -> None:
    """Who sends the whole recorded Deployment takes the replicas back."""
    under_way.scale(4)
    under_way.allow_pods()

    status = under_way.until_over()

    assert under_way.deployment()["spec"]["replicas"] == 4
    assert status["targets"][0]["rollout"] == {"desired": 4, "updated": 4, "available": 4}


def test_what_was_not_selected_may_change_meanwhile(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request(components={"mode": "Artifacts"})
    shop.until_phase("InProgress")

    shop.patch(a_label("tier", "front"))
    shop.allow_pods()

    assert shop.until_over()["reason"] == "RolledBack"


def a_label(name: str, value: str) -> Object:
    """Return a patch that labels the pods."""
    return {"spec": {"template": {"metadata": {"labels": {name: value}}}}}
