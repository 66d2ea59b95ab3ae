"""Groups: several Deployments, one after another, last completed first."""

import pytest

from builders.groups import claims, gone, release_all, targets
from harness.objects import Object
from harness.shop import Shop

NAMES = ("db", "api", "web")
"""In the order in which they are released."""


def order_of(status: Object) -> list[str]:
    """Return the targets as the status orders them."""
    return [target["name"] for target in status["targets"]]


def test_what_completed_last_is_rolled_back_first(shop: Shop) -> None:
    """Listed in another order than they were released in, or the order of the list would pass."""
    release_all(shop, *NAMES)

    shop.request_spec({"targets": targets("api", "web", "db")})
    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert [w.name for w in claims(shop, *NAMES)] == ["web", "api", "db"]
    assert order_of(status) == ["web", "api", "db"]
    assert [shop.image(name) for name in NAMES] == ["nginx:1"] * 3


def test_the_order_of_the_list_when_asked_for(shop: Shop) -> None:
    release_all(shop, *NAMES)

    shop.request_spec({"targets": targets("api", "db", "web"), "order": "Listed"})
    shop.until_over()

    assert [w.name for w in claims(shop, *NAMES)] == ["api", "db", "web"]


@pytest.mark.parametrize("order", ["Reverse", "Listed"])
def test_the_next_begins_when_the_old_pods_of_the_last_are_gone(shop: Shop, order: str) -> None:
    """Done by the counters comes two seconds before the last old pod has gone (trap 16)."""
    release_all(shop, *NAMES, new="nginx:slow-stop")

    shop.request_spec({"targets": targets("web", "api", "db"), "order": order})
    shop.until_over()

    first, second, third = claims(shop, *NAMES)
    assert [first.name, second.name, third.name] == ["web", "api", "db"]
    assert gone(shop, first) <= second.at.timestamp()
    assert gone(shop, second) <= third.at.timestamp()


def test_a_request_is_written_twice_and_once_more_for_each_further_target(shop: Shop) -> None:
    release_all(shop, *NAMES)

    shop.request_spec({"targets": targets(*NAMES)})
    shop.until_over()

    assert len(shop.stored_writes("rollbackrequests", "back")) == 4


def test_each_deployment_is_written_twice(shop: Shop) -> None:
    release_all(shop, *NAMES)
    before = {name: len(shop.stored_writes("deployments", name)) for name in NAMES}

    shop.request_spec({"targets": targets(*NAMES)})
    shop.until_over()
    for name in NAMES:
        shop.until_recorded(name, snapshots=3)

    after = {name: len(shop.stored_writes("deployments", name)) for name in NAMES}
    assert {name: after[name] - before[name] for name in NAMES} == dict.fromkeys(NAMES, 2)


def test_the_status_tells_of_all_targets_from_the_beginning(shop: Shop) -> None:
    release_all(shop, *NAMES)
    shop.block_pods()
    shop.request_spec({"targets": targets(*NAMES)})

    status = shop.until_phase("InProgress")

    shown = [(t["name"], t["phase"], t["reason"], t["to"]["revision"]) for t in status["targets"]]
    assert shown == [
        ("web", "InProgress", "RollingBack", 1),
        ("api", "Queued", "WaitingForTurn", 1),
        ("db", "Queued", "WaitingForTurn", 1),
    ]
    assert status["targetNames"] == "web, api, db"


def test_ten_targets_go_one_after_another(shop: Shop) -> None:
    names = [f"part-{number}" for number in range(10)]
    release_all(shop, *names)

    shop.request_spec({"targets": targets(*names)})
    status = shop.until_over()

    assert status["reason"] == "RolledBack"
    assert [w.name for w in claims(shop, *names)] == names[::-1]


def test_a_target_that_is_not_recorded_complete_counts_as_the_newest(shop: Shop) -> None:
    """What is still rolling out, and abandoned, was released last."""
    release_all(shop, *NAMES)
    shop.roll_out_in_vain(name="db")

    shop.request_spec({"targets": targets(*NAMES), "unfinishedRollout": "Abandon"})
    status = shop.until_over()

    assert order_of(status) == ["db", "web", "api"]
    assert [shop.image(name) for name in ("db", "web", "api")] == ["nginx:2", "nginx:1", "nginx:1"]
