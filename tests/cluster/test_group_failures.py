"""A target that fails on its way: `Stop` leaves the rest alone, `Continue` goes on with them."""

import pytest

from builders.groups import images, reasons, release_all, targets, versions
from builders.steps import declare, roll_out_with_steps
from harness.shop import Shop

NAMES = ("web", "api", "db")
"""In the order in which they are rolled back."""
POSITIONS = [
    pytest.param(number, id=name) for number, name in enumerate(("first", "second", "last"))
]


def with_a_failing_step(shop: Shop, position: int) -> str:
    """Release all three; the rollback of one of them will fail in its `before` step."""
    declare(shop, "drain", "tools:job-fails")
    release_all(shop, *NAMES)
    failing = NAMES[position]
    roll_out_with_steps(shop, "nginx:3", before="drain", name=failing, snapshots=3)
    return failing


@pytest.mark.parametrize("position", POSITIONS)
def test_stop_leaves_the_rest_alone(shop: Shop, position: int) -> None:
    failing = with_a_failing_step(shop, position)
    rest = NAMES[position + 1 :]
    before = versions(shop, failing, *rest)

    shop.request_spec({"targets": targets(*NAMES), "order": "Listed"})
    status = shop.until_over()

    done = dict.fromkeys(NAMES[:position], "RolledBack")
    left = dict.fromkeys(rest, "OtherTargetFailed")
    assert reasons(status) == {**done, failing: "BeforeFailed", **left}
    assert (status["phase"], status["reason"]) == ("Exception", "BeforeFailed")
    assert images(shop, *NAMES[:position]) == ["nginx:1"] * position
    assert versions(shop, failing, *rest) == before


@pytest.mark.parametrize("position", POSITIONS)
def test_continue_goes_on_with_the_rest(shop: Shop, position: int) -> None:
    failing = with_a_failing_step(shop, position)

    shop.request_spec({"targets": targets(*NAMES), "order": "Listed", "onFailure": "Continue"})
    status = shop.until_over()

    others = [name for name in NAMES if name != failing]
    assert reasons(status) == {**dict.fromkeys(others, "RolledBack"), failing: "BeforeFailed"}
    assert (status["phase"], status["reason"]) == ("Exception", "BeforeFailed")
    assert (images(shop, *others), shop.image(failing)) == (["nginx:1"] * 2, "nginx:3")


@pytest.mark.parametrize("policy", ["Stop", "Continue"])
def test_a_target_deleted_on_its_way_is_a_failure(shop: Shop, policy: str) -> None:
    release_all(shop, *NAMES)
    shop.block_pods()
    shop.request_spec({"targets": targets(*NAMES), "order": "Listed", "onFailure": policy})
    shop.until_phase("InProgress")
    shop.kubectl("delete", "deployment", "web")
    shop.allow_pods()

    status = shop.until_over()

    rest = {"Stop": "OtherTargetFailed", "Continue": "RolledBack"}[policy]
    assert reasons(status) == {"web": "DeploymentDeleted", "api": rest, "db": rest}


def test_a_target_that_misses_its_deadline_stops_the_group(shop: Shop) -> None:
    release_all(shop, *NAMES)
    shop.block_pods()

    shop.request_spec({"targets": targets(*NAMES), "timeoutSeconds": 2})
    status = shop.until_over()

    assert sorted(reasons(status).values()) == [
        "DeadlineExceeded",
        "OtherTargetFailed",
        "OtherTargetFailed",
    ]


def test_each_target_has_a_deadline_of_its_own(shop: Shop) -> None:
    """The first one uses its time up: who counts from its start has none left for the others."""
    release_all(shop, *NAMES)
    shop.block_pods()
    late = {"order": "Listed", "onFailure": "Continue", "timeoutSeconds": 10}

    shop.request_spec({"targets": targets(*NAMES), **late})
    shop.until(
        "rollbackrequest",
        "back",
        lambda r: r["status"].get("targets", [{}])[0].get("reason") == "DeadlineExceeded",
    )
    shop.allow_pods()

    assert reasons(shop.until_over()) == {
        "web": "DeadlineExceeded",
        "api": "RolledBack",
        "db": "RolledBack",
    }
