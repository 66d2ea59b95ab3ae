"""All targets are judged before the first write: one that is refused refuses the request."""

from collections.abc import Iterator

import pytest

import harness
from builders.groups import images, reasons, release_all, targets, versions
from harness.objects import Object
from harness.operator_process import OperatorProcess
from harness.shop import Shop

GOOD = ("web", "api")
REFUSED = {
    "paused": "Paused",
    "missing": "DeploymentNotFound",
    "single": "NoEarlierSnapshot",
    "failing": "RolloutNotCompleted",
    "off": "Disabled",
}


@pytest.fixture(scope="module")
def town(cluster: harness.Cluster, shared_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace with Deployments that can be rolled back, and some that cannot."""
    assert shared_operator.is_running
    shop = Shop(cluster, shared_operator)
    release_all(shop, *GOOD, "paused", "failing")
    shop.kubectl("rollout", "pause", "deployment/paused")
    shop.roll_out_in_vain(name="failing")
    shop.release("nginx:1", name="single", replicas=1)
    off = {"rollback-operator.dev/rollback": "disabled"}
    shop.release("nginx:1", "nginx:2", name="off", labels=off, replicas=1)
    shop.until_seen()
    yield shop
    shop.close()


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("bad", REFUSED)
def test_one_refused_target_refuses_all(town: Shop, bad: str, position: int) -> None:
    listed = [*GOOD[:position], bad, *GOOD[position:]]
    before = versions(town, *GOOD)
    name = f"{bad}-{position}"

    town.request_spec({"targets": targets(*listed), "order": "Listed"}, name)
    status = town.until_over(name)

    assert (status["phase"], status["reason"]) == ("Exception", REFUSED[bad])
    assert reasons(status) == {**dict.fromkeys(GOOD, "OtherTargetRefused"), bad: REFUSED[bad]}
    assert versions(town, *GOOD) == before


def test_the_message_is_that_of_the_refused_target(town: Shop) -> None:
    town.request_spec({"targets": targets("web", "paused")}, "message")

    assert f"{town.namespace}/paused is paused" in town.until_over("message")["message"]


def test_a_dry_run_says_who_would_be_refused(town: Shop) -> None:
    before = versions(town, *GOOD)
    town.request_spec({"targets": targets("web", "paused"), "dryRun": True}, "dry")

    status = town.until_over("dry")

    assert reasons(status) == {"web": "Previewed", "paused": "Paused"}
    assert versions(town, *GOOD) == before


def test_continue_rolls_the_others_back(shop: Shop) -> None:
    release_all(shop, *GOOD, "paused")
    shop.kubectl("rollout", "pause", "deployment/paused")

    listed = targets("web", "paused", "missing", "api")
    shop.request_spec({"targets": listed, "onFailure": "Continue"})
    status = shop.until_over()

    assert reasons(status) == {
        "web": "RolledBack",
        "api": "RolledBack",
        "paused": "Paused",
        "missing": "DeploymentNotFound",
    }
    assert status["phase"] == "Exception"
    assert images(shop, "web", "api", "paused") == ["nginx:1", "nginx:1", "nginx:2"]


def test_what_is_done_already_does_not_refuse_the_others(shop: Shop) -> None:
    """`AlreadyThere` and `NotApplicable` are Completed, and count as done in a group."""
    release_all(shop, *GOOD, "other")
    listed: list[Object] = [
        {"name": "web", "to": {"images": {"app": "nginx:2"}}},
        {"name": "other", "from": {"images": {"app": "nginx:1"}}},
        {"name": "api"},
    ]

    shop.request_spec({"targets": listed})
    status = shop.until_over()

    assert reasons(status) == {"web": "AlreadyThere", "other": "NotApplicable", "api": "RolledBack"}
    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert images(shop, "web", "other", "api") == ["nginx:2", "nginx:2", "nginx:1"]


def test_made_anew_it_does_only_what_it_could_not_do_before(shop: Shop) -> None:
    """`AlreadyExecuted` is Completed too, and does not refuse the others."""
    release_all(shop, *GOOD)
    shop.kubectl("rollout", "pause", "deployment/api")
    again = {"targets": targets(*GOOD), "onFailure": "Continue"}
    shop.request_spec(again)
    assert reasons(shop.until_over()) == {"web": "RolledBack", "api": "Paused"}
    shop.kubectl("rollout", "resume", "deployment/api")
    shop.delete_request()

    shop.request_spec(again)
    status = shop.until_over()

    assert reasons(status) == {"web": "AlreadyExecuted", "api": "RolledBack"}
    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert images(shop, *GOOD) == ["nginx:1", "nginx:1"]


def test_a_whole_group_that_is_done_already_writes_nothing(shop: Shop) -> None:
    release_all(shop, *GOOD)
    before = versions(shop, *GOOD)
    there = {"to": {"images": {"app": "nginx:2"}}}

    shop.request_spec({"targets": [{"name": name, **there} for name in GOOD]})
    status = shop.until_over()

    assert (status["phase"], reasons(status)) == ("Completed", dict.fromkeys(GOOD, "AlreadyThere"))
    assert versions(shop, *GOOD) == before
