"""Requests that a GitOps tool applies again and again: predicates on state, not events."""

from typing import Any

import pytest

from builders.groups import claims
from harness.objects import Object
from harness.shop import Shop

MARKS: list[Any] = [
    pytest.param({"annotations": {"argocd.argoproj.io/tracking-id": "shop:x"}}, id="argo-cd"),
    pytest.param({"labels": {"argocd.argoproj.io/instance": "shop"}}, id="argo-cd-label"),
    pytest.param({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, id="flux-kustomize"),
    pytest.param({"labels": {"helm.toolkit.fluxcd.io/name": "shop"}}, id="flux-helm"),
]
FROM = {"from": {"images": {"app": "nginx:2"}}}


def create(shop: Shop, mark: Object, *targets: Object, **spec: Any) -> None:
    """Create a request with the marks of a tool."""
    shop.custom.create_namespaced_custom_object(
        "rollback-operator.dev",
        "v1alpha1",
        shop.namespace,
        "rollbackrequests",
        {
            "apiVersion": "rollback-operator.dev/v1alpha1",
            "kind": "RollbackRequest",
            "metadata": {"name": "back", **mark},
            "spec": {"targets": list(targets) or [{"name": "web"}], **spec},
        },
    )


@pytest.mark.parametrize("mark", MARKS)
def test_without_from_it_is_refused_with_the_line_to_add(shop: Shop, mark: Object) -> None:
    before = shop.release("nginx:1", "nginx:2", replicas=1)

    create(shop, mark)
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "FromRequired")
    assert 'from: {images: {app: "nginx:2"}}' in status["message"]
    after = shop.deployment()["metadata"]["resourceVersion"]
    assert after == before["metadata"]["resourceVersion"]


@pytest.mark.parametrize("mark", MARKS)
def test_with_from_it_rolls_back(shop: Shop, mark: Object) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)

    create(shop, mark, {"name": "web", **FROM})

    assert (shop.until_over()["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_every_target_needs_one(shop: Shop) -> None:
    for name in ("web", "api"):
        shop.release("nginx:1", "nginx:2", name=name, replicas=1)

    create(shop, MARKS[0].values[0], {"name": "web", **FROM}, {"name": "api"})
    status = shop.until_over()

    assert status["reason"] == "FromRequired"
    assert claims(shop, "web", "api") == []


def test_a_dry_run_says_so_too(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)

    create(shop, MARKS[0].values[0], dryRun=True)

    assert shop.until_over()["reason"] == "FromRequired"


def test_marks_of_the_deployment_do_not_count(shop: Shop) -> None:
    """It is the request that is applied again, not what it rolls back."""
    shop.release("nginx:1", "nginx:2", replicas=1, labels={"argocd.argoproj.io/instance": "shop"})

    assert shop.roll_back()["reason"] == "RolledBack"


def test_ten_times_deleted_and_applied_again_is_one_change(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)
    answers = []
    for _ in range(10):
        create(shop, MARKS[0].values[0], {"name": "web", **FROM})
        answers.append(shop.until_over()["reason"])
        shop.delete_request()

    assert answers[0] == "RolledBack"
    assert set(answers[1:]) <= {"AlreadyExecuted", "NotApplicable"}
    assert len(claims(shop, "web")) == 1
    assert shop.image() == "nginx:1"


def test_it_stays_harmless_when_the_bad_image_is_deployed_again(shop: Shop) -> None:
    """`from` matches again; the ledger is the second defence."""
    shop.release("nginx:1", "nginx:2", replicas=1)
    create(shop, MARKS[0].values[0], {"name": "web", **FROM})
    shop.until_over()
    shop.delete_request()
    shop.until_recorded(snapshots=3)
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=4)

    create(shop, MARKS[0].values[0], {"name": "web", **FROM})

    assert (shop.until_over()["reason"], shop.image()) == ("AlreadyExecuted", "nginx:2")


def test_a_from_that_is_not_live_is_ready_and_writes_nothing(shop: Shop) -> None:
    before = shop.release("nginx:1", "nginx:2", "nginx:3", replicas=1)

    create(shop, MARKS[0].values[0], {"name": "web", **FROM})
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Completed", "NotApplicable")
    after = shop.deployment()["metadata"]["resourceVersion"]
    assert after == before["metadata"]["resourceVersion"]


def test_a_typing_error_in_from_is_an_exception(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)

    create(shop, MARKS[0].values[0], {"name": "web", "from": {"images": {"app": "ngnix:2"}}})
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "UnknownFrom")
