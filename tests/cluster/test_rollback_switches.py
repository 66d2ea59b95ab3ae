"""What turns rollbacks off and on: flags on operator, namespace and Deployment, and `suspend`."""

from itertools import count

import pytest

from conftest import StartsOperators
from harness.namespace import PATIENCE
from harness.objects import history, recorded_images
from harness.shop import Shop
from harness.waiting import wait_until

FLAG = "rollback-operator.dev/rollback"


def flag_namespace(shop: Shop, value: str) -> None:
    """Label the namespace; an empty value takes the label away."""
    shop.core.patch_namespace(shop.namespace, {"metadata": {"labels": {FLAG: value or None}}})


def flag_deployment(shop: Shop, value: str) -> None:
    """Label the Deployment; an empty value takes the label away."""
    shop.patch({"metadata": {"labels": {FLAG: value or None}}})


@pytest.mark.parametrize(
    ("operator", "namespace", "deployment", "expected"),
    [
        ("true", "", "", "RolledBack"),
        ("false", "", "", "Disabled"),
        ("true", "disabled", "", "Disabled"),
        ("false", "enabled", "", "RolledBack"),
        ("true", "", "disabled", "Disabled"),
        ("false", "", "enabled", "RolledBack"),
        ("true", "enabled", "disabled", "Disabled"),
        ("false", "disabled", "enabled", "RolledBack"),
        ("true", "nonsense", "", "RolledBack"),
    ],
)
def test_the_most_specific_flag_wins(  # noqa: PLR0917 - fixtures and cases
    empty_shop: Shop,
    start_operator: StartsOperators,
    operator: str,
    namespace: str,
    deployment: str,
    expected: str,
) -> None:
    flag_namespace(empty_shop, namespace)
    start_operator(empty_shop, ROLLBACK_ENABLED=operator)
    empty_shop.release("nginx:1", "nginx:2")
    flag_deployment(empty_shop, deployment)

    assert empty_shop.roll_back()["reason"] == expected


def test_turned_off_it_still_records_and_refuses_without_a_write(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    start_operator(empty_shop, ROLLBACK_ENABLED="false")
    before = empty_shop.release("nginx:1", "nginx:2")

    status = empty_shop.roll_back()

    after = empty_shop.deployment()["metadata"]["resourceVersion"]
    assert (status["phase"], status["reason"]) == ("Exception", "Disabled")
    assert "ROLLBACK_ENABLED=false" in status["message"]
    assert after == before["metadata"]["resourceVersion"]
    assert recorded_images(empty_shop.until_recorded(snapshots=2)) == ["nginx:1", "nginx:2"]


def test_a_refusal_names_the_label_and_where_it_is(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    flag_deployment(shop, "disabled")

    status = shop.roll_back()

    assert f"{FLAG}=disabled on the Deployment" in status["message"]


def test_the_flag_of_a_namespace_may_change_while_the_operator_runs(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Labels of namespaces are kept; who keeps them for ever asks the first answer again."""
    start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    assert empty_shop.roll_back("preview", dryRun=True)["reason"] == "Previewed"

    flag_namespace(empty_shop, "disabled")

    numbers = count()

    def is_disabled() -> bool:
        again = empty_shop.roll_back(f"preview-{next(numbers)}", dryRun=True)
        return bool(again["reason"] == "Disabled")

    wait_until(is_disabled, "the flag counts", seconds=PATIENCE)
    assert empty_shop.roll_back()["reason"] == "Disabled"


def test_a_deployment_that_is_not_recorded_cannot_be_rolled_back(shop: Shop) -> None:
    shop.deploy("nginx:1", labels={"rollback-operator.dev/record": "disabled"})
    shop.roll_out("nginx:2")

    status = shop.roll_back()

    assert status["reason"] == "Disabled"
    assert "rollback-operator.dev/record=disabled on the Deployment" in status["message"]


@pytest.mark.parametrize("label", ["", "enabled"])
def test_a_namespace_may_have_the_flag_as_an_annotation_and_a_label_wins(
    empty_shop: Shop, start_operator: StartsOperators, label: str
) -> None:
    change = {"metadata": {"annotations": {FLAG: "disabled"}}}
    empty_shop.core.patch_namespace(empty_shop.namespace, change)
    flag_namespace(empty_shop, label)
    start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")

    status = empty_shop.roll_back()

    assert status["reason"] == ("RolledBack" if label else "Disabled")
    assert label or f"{FLAG}=disabled on the namespace" in status["message"]


def test_a_label_selector_leaves_the_other_deployments_alone(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    start_operator(empty_shop, ROLLBACK_LABEL_SELECTOR="team in (blue, green),!legacy")
    empty_shop.deploy("nginx:1", name="other", labels={"team": "red"})
    empty_shop.deploy("nginx:1", name="old", labels={"team": "blue", "legacy": "1"})
    for name in ("other", "old"):
        empty_shop.roll_out("nginx:2", name=name)
    empty_shop.release("nginx:1", "nginx:2", labels={"team": "blue"})

    refused = empty_shop.roll_back("refused", target="other")
    selected = {"matchExpressions": [{"key": "team", "operator": "Exists"}]}
    past = {"selector": selected, "asOf": "2020-01-01T00:00:00Z"}
    empty_shop.request_spec(past, "past")

    assert refused["reason"] == "Disabled"
    assert "ROLLBACK_LABEL_SELECTOR" in refused["message"]
    assert empty_shop.until_over("past")["targetNames"] == "web"
    assert [history(empty_shop.deployment(name)) for name in ("other", "old")] == [None, None]
    assert empty_shop.roll_back()["reason"] == "RolledBack"


def test_a_suspended_request_waits_and_goes_on_when_it_may(shop: Shop) -> None:
    before = shop.release("nginx:1", "nginx:2")
    shop.request(suspend=True)
    held = shop.until_phase("Queued")
    untouched = shop.deployment()["metadata"]["resourceVersion"]

    shop.kubectl("patch", "rbr", "back", "--type=merge", "-p", '{"spec":{"suspend":false}}')

    assert held["reason"] == "Suspended"
    assert untouched == before["metadata"]["resourceVersion"]
    assert (shop.until_over()["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_suspended_request_expires(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    status = shop.roll_back(suspend=True, startingDeadlineSeconds=2)

    assert (status["reason"], shop.image()) == ("Expired", "nginx:2")


def test_suspending_what_is_under_way_does_not_stop_it(shop: Shop) -> None:
    """It holds a group before its next target, and this one has begun."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request()
    shop.until_phase("InProgress")
    shop.kubectl("patch", "rbr", "back", "--type=merge", "-p", '{"spec":{"suspend":true}}')

    shop.allow_pods()

    assert shop.until_over()["reason"] == "RolledBack"


def test_an_unknown_deployment_is_named_with_its_namespace(shop: Shop) -> None:
    status = shop.roll_back(target="wbe")

    assert (status["phase"], status["reason"]) == ("Exception", "DeploymentNotFound")
    assert f"{shop.namespace}/wbe" in status["message"]
    assert "`targets`" in status["message"]
