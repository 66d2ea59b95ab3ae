"""The operator was down: what it did not see it never invents, and what is shown it believes."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from conftest import StartsOperators
from harness.objects import condition, recorded_images, rollbackable
from harness.operator_process import OperatorProcess
from harness.shop import Shop

Watched: TypeAlias = tuple[Shop, OperatorProcess]


@pytest.fixture
def watched(empty_shop: Shop, start_operator: StartsOperators) -> Watched:
    """A shop, and an operator of its own that watches it already."""
    operator = start_operator(empty_shop)
    empty_shop.until_seen()
    return empty_shop, operator


def test_rollouts_that_nobody_saw_are_a_gap(watched: Watched) -> None:
    """Trap 17: whether nginx:2 ever succeeded is not known."""
    shop, operator = watched
    shop.release("nginx:1")
    with shop.without(operator):
        shop.roll_out("nginx:2")
        shop.roll_out("nginx:3")

    found = shop.until_recorded()

    assert [(s["images"]["app"], s.get("gap", False)) for s in found["snapshots"]] == [
        ("nginx:1", False),
        ("nginx:3", True),
    ]
    assert rollbackable(shop.deployment()) == ("False", "HistoryGap")


def test_what_nobody_saw_before_a_rollout_that_is_seen_under_way_is_a_gap(watched: Watched) -> None:
    """A default request would go back past nginx:2, which may have served for long."""
    shop, operator = watched
    shop.release("nginx:1", replicas=1)
    with shop.without(operator):
        shop.roll_out("nginx:2")
        shop.until_settled()
        shop.roll_out_in_vain()
    shop.until_seen()

    shop.mend_pods()

    found = shop.until_recorded(snapshots=2)
    assert [s.get("gap", False) for s in found["snapshots"]] == [False, True]
    assert rollbackable(shop.deployment()) == ("False", "HistoryGap")


def test_a_rollout_that_hung_is_no_gap_though_the_operator_that_saw_it_is_gone(
    watched: Watched,
) -> None:
    """Pods of nginx:1 are still there: nothing that came after it was ever done."""
    shop, operator = watched
    shop.release("nginx:1")
    shop.roll_out_in_vain()
    with shop.without(operator):
        shop.roll_out_in_vain("nginx:never-ready-either")
    shop.until_seen()

    shop.roll_out("nginx:2")

    found = shop.until_recorded(snapshots=2)
    assert recorded_images(found) == ["nginx:1", "nginx:2"]
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


def test_a_gap_is_refused_by_default_with_what_may_be_named(watched: Watched) -> None:
    shop, operator = watched
    shop.release("nginx:1")
    with shop.without(operator):
        shop.roll_out("nginx:2")
        shop.roll_out("nginx:3")
    shop.until_recorded()

    refused = shop.roll_back("default")
    assert refused["reason"] == "HistoryGap"
    assert "revision 1 (nginx:1)" in refused["message"]
    assert "revision 2 (nginx:2, unverified)" in refused["message"]

    assert shop.roll_back("named", to={"revision": 2})["reason"] == "RolledBack"
    assert shop.image() == "nginx:2"


def test_after_a_gap_the_next_rollout_is_rolled_back_as_ever(watched: Watched) -> None:
    shop, operator = watched
    shop.release("nginx:1")
    with shop.without(operator):
        shop.roll_out("nginx:2")
        shop.roll_out("nginx:3")
    shop.until_recorded()
    shop.roll_out("nginx:4")

    shop.until_recorded()

    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")
    assert "to revision 3 " in condition(shop.deployment(), "Rollbackable")["message"]


def test_a_return_that_nobody_saw_is_a_return(watched: Watched) -> None:
    shop, operator = watched
    shop.release("nginx:1", "nginx:2")
    with shop.without(operator):
        shop.undo()

    shop.until_recorded(snapshots=3)

    assert rollbackable(shop.deployment()) == ("False", "AlreadyRolledBack")


def _roll_out_once(shop: Shop) -> None:
    shop.roll_out("nginx:2")


def _restart_and_roll_out(shop: Shop) -> None:
    shop.restart()
    shop.roll_out("nginx:2")


def _roll_out_and_restart(shop: Shop) -> None:
    shop.roll_out("nginx:2")
    shop.restart()


@pytest.mark.parametrize(
    "change",
    [_roll_out_once, _restart_and_roll_out, _roll_out_and_restart],
    ids=lambda change: change.__name__.strip("_"),
)
def test_one_rollout_that_nobody_saw_is_no_gap(
    watched: Watched, change: Callable[[Shop], None]
) -> None:
    """ReplicaSets show that what else happened were restarts."""
    shop, operator = watched
    shop.release("nginx:1")
    with shop.without(operator):
        change(shop)

    found = shop.until_recorded()

    assert recorded_images(found) == ["nginx:1", "nginx:2"]
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


def test_what_nobody_saw_succeed_and_fails_now_is_caught_up_with(watched: Watched) -> None:
    """The controller says that it was available once, and it fails now: people roll that back."""
    shop, operator = watched
    shop.release("nginx:1")
    with shop.without(operator):
        shop.roll_out("nginx:2")
        shop.until_settled()
        shop.break_pods()

    found = shop.until_recorded(snapshots=2)

    assert [(s["images"]["app"], s["verified"]) for s in found["snapshots"]] == [
        ("nginx:1", True),
        ("nginx:2", False),
    ]
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


def test_a_restart_that_nothing_shows_any_more_is_a_gap(watched: Watched) -> None:
    shop, operator = watched
    shop.release("nginx:1", spec={"revisionHistoryLimit": 0})
    with shop.without(operator):
        shop.restart()
        shop.roll_out("nginx:2")

    shop.until_recorded()

    assert rollbackable(shop.deployment()) == ("False", "HistoryGap")
