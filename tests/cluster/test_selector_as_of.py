"""`selector` and `asOf`: every matching Deployment back to what had completed by then."""

from datetime import datetime, timedelta

import pytest

from builders.groups import claims, images, reasons, versions
from builders.times import completed, just_after, just_before, until_after
from conftest import StartsOperators
from harness.objects import Object
from harness.shop import Shop

LABELS = {"part-of": "checkout"}
NAMES = ("api", "web")


def selecting(as_of: str, **more: Object | str | bool) -> Object:
    """Return a spec that selects the Deployments of the checkout."""
    return {"selector": {"matchLabels": LABELS}, "asOf": as_of, **more}


def release(shop: Shop, *versions: str, name: str) -> None:
    """Release versions of a labelled Deployment."""
    shop.release(*versions, name=name, labels=LABELS, replicas=1)


def test_all_go_back_to_what_was_live_then(shop: Shop) -> None:
    for name in NAMES:
        release(shop, "nginx:1", name=name)
    then = until_after(shop, "web")
    for name in NAMES:
        shop.roll_out("nginx:2", name=name)
        shop.until_recorded(name, snapshots=2)
        shop.roll_out("nginx:3", name=name)
        shop.until_recorded(name, snapshots=3)

    shop.request_spec(selecting(then))
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert images(shop, *NAMES) == ["nginx:1"] * 2
    assert len(claims(shop, *NAMES)) == 2


def test_what_has_not_changed_since_is_left_alone(shop: Shop) -> None:
    for name in NAMES:
        release(shop, "nginx:1", name=name)
    then = until_after(shop, "web")
    shop.roll_out("nginx:2", name="web")
    shop.until_recorded("web", snapshots=2)
    before = versions(shop, "api")

    shop.request_spec(selecting(then))
    status = shop.until_over()

    assert status["phase"] == "Completed"
    assert reasons(status) == {"api": "Unchanged", "web": "RolledBack"}
    assert (images(shop, *NAMES), versions(shop, "api")) == (["nginx:1"] * 2, before)


def test_what_is_not_selected_is_left_alone(shop: Shop) -> None:
    release(shop, "nginx:1", name="web")
    then = until_after(shop, "web")
    shop.roll_out("nginx:2", name="web")
    shop.release("nginx:1", "nginx:2", name="other", replicas=1)
    shop.until_recorded("web", snapshots=2)
    before = versions(shop, "other")

    shop.request_spec(selecting(then))
    status = shop.until_over()

    assert (reasons(status), versions(shop, "other")) == ({"web": "RolledBack"}, before)


def test_expressions_select_too(shop: Shop) -> None:
    release(shop, "nginx:1", name="web")
    shop.release("nginx:1", name="other", labels={"part-of": "billing"}, replicas=1)
    then = until_after(shop, "other")
    selector = {
        "matchExpressions": [
            {"key": "part-of", "operator": "In", "values": ["billing", "books"]},
            {"key": "legacy", "operator": "DoesNotExist"},
        ]
    }

    shop.request_spec({"selector": selector, "asOf": then})

    assert reasons(shop.until_over()) == {"other": "Unchanged"}


def test_a_time_before_all_history_is_refused(shop: Shop) -> None:
    release(shop, "nginx:1", "nginx:2", name="web")
    release(shop, "nginx:1", name="api")
    first = completed(shop, "web", 0)
    before = versions(shop, *NAMES)

    shop.request_spec(selecting(just_before(first)))
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "BeforeHistory")
    assert versions(shop, *NAMES) == before


def test_the_moment_of_completion_is_included(shop: Shop) -> None:
    release(shop, "nginx:1", name="web")
    until_after(shop, "web")
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)

    at = completed(shop, "web", 0).isoformat()
    shop.request_spec(selecting(at))

    assert (shop.until_over()["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_time_in_the_future_is_refused_by_name(shop: Shop) -> None:
    release(shop, "nginx:1", "nginx:2", name="web")
    before = versions(shop, "web")

    shop.request_spec(selecting("2999-01-01T00:00:00Z"))
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "FutureAsOf")
    assert "2999-01-01T00:00:00Z" in status["message"]
    assert versions(shop, "web") == before


@pytest.mark.parametrize("zone", [0, 5, -8])
def test_a_zone_is_heeded(shop: Shop, zone: int) -> None:
    release(shop, "nginx:1", name="web")
    then = datetime.fromisoformat(until_after(shop, "web"))
    shifted = (then + timedelta(hours=zone)).strftime("%Y-%m-%dT%H:%M:%S")

    shop.request_spec(selecting(f"{shifted}{zone:+03d}:00"))

    assert shop.until_over()["reason"] == "Unchanged"


def test_what_was_adopted_counts_from_its_adoption(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    empty_shop.deploy(labels=LABELS, replicas=1)
    empty_shop.roll_out("nginx:2")
    start_operator(empty_shop)
    empty_shop.until_recorded(snapshots=1)
    adopted = completed(empty_shop)

    empty_shop.request_spec(selecting(just_before(adopted)), "earlier")
    empty_shop.request_spec(selecting(just_after(adopted)), "later")

    answers = [empty_shop.until_over(name)["reason"] for name in ("earlier", "later")]
    assert answers == ["BeforeHistory", "Unchanged"]


def test_a_time_in_a_gap_is_refused(empty_shop: Shop, start_operator: StartsOperators) -> None:
    """Between what was seen last and what was found live, nobody knows what ran."""
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1", labels=LABELS, replicas=1)
    with empty_shop.without(operator):
        then = until_after(empty_shop, "web")
        empty_shop.roll_out("nginx:2")
        empty_shop.roll_out("nginx:3")
    empty_shop.until_recorded(snapshots=2)

    empty_shop.request_spec(selecting(then))
    status = empty_shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "HistoryGap")
    assert empty_shop.image() == "nginx:3"


def test_one_refused_deployment_refuses_all_of_the_selection(shop: Shop) -> None:
    release(shop, "nginx:1", name="web")
    then = until_after(shop, "web")
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)
    release(shop, "nginx:1", name="young")
    before = versions(shop, "web")

    shop.request_spec(selecting(then))
    status = shop.until_over()

    assert reasons(status) == {"web": "OtherTargetRefused", "young": "BeforeHistory"}
    assert versions(shop, "web") == before


def test_continue_rolls_back_those_that_can_be(shop: Shop) -> None:
    release(shop, "nginx:1", name="web")
    then = until_after(shop, "web")
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)
    release(shop, "nginx:1", name="young")

    shop.request_spec(selecting(then, onFailure="Continue"))

    assert reasons(shop.until_over()) == {"web": "RolledBack", "young": "BeforeHistory"}


def test_the_selection_is_made_once(shop: Shop) -> None:
    """What gets the label while the group is on its way was not asked for."""
    release(shop, "nginx:1", name="web")
    release(shop, "nginx:1", name="api")
    then = until_after(shop, "api")
    for name in NAMES:
        shop.roll_out("nginx:2", name=name)
        shop.until_recorded(name, snapshots=2)
    shop.release("nginx:1", "nginx:2", name="late", replicas=1)
    shop.block_pods()
    shop.request_spec(selecting(then))
    shop.until_phase("InProgress")
    shop.kubectl("label", "deployment/late", "part-of=checkout")
    shop.allow_pods()

    assert set(reasons(shop.until_over())) == set(NAMES)
    assert shop.image("late") == "nginx:2"


def test_what_is_not_recorded_is_not_selected(shop: Shop) -> None:
    labels = {**LABELS, "rollback-operator.dev/record": "disabled"}
    shop.deploy("nginx:1", name="left-out", labels=labels, replicas=1)
    release(shop, "nginx:1", name="web")

    shop.request_spec(selecting(until_after(shop, "web")))

    assert reasons(shop.until_over()) == {"web": "Unchanged"}


def test_a_selection_previews_without_a_write(shop: Shop) -> None:
    release(shop, "nginx:1", name="web")
    then = until_after(shop, "web")
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)
    before = shop.until_settled()["metadata"]["resourceVersion"]

    shop.request_spec(selecting(then, dryRun=True))
    status = shop.until_over()

    assert (status["reason"], versions(shop, "web")) == ("Previewed", [before])
    assert status["targets"][0]["to"]["images"] == {"app": "nginx:1"}
