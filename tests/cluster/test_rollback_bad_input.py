"""What the schema cannot refuse is refused before the first write, saying what to do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

import harness
from conftest import StartsOperators
from harness.objects import Object, condition
from harness.operator_process import OperatorProcess
from harness.shop import Shop


@dataclass(frozen=True)
class Case:
    """A request's target, what stands beside it, and what the answer must say."""

    sentence: str
    reason: str
    says: tuple[str, ...]
    target: Object = field(default_factory=dict)
    beside: Object = field(default_factory=dict)


def images(image: str, container: str = "app") -> Object:
    """Return images of one container."""
    return {"images": {container: image}}


def selected(*names: str) -> Object:
    """Return a selection of components."""
    return {"components": {"mode": "Selected", "names": list(names)}}


CASES = [
    Case("unknown_deployment", "DeploymentNotFound", ("/wbe", "targets"), {"name": "wbe"}),
    Case("unknown_revision", "UnknownTarget", ("revision 99", "`to`"), {"to": {"revision": 99}}),
    Case(
        "unknown_snapshot",
        "UnknownTarget",
        ("snapshot 0123456789", "revision 1"),
        {"to": {"snapshot": "0123456789"}},
    ),
    Case(
        "images_that_never_ran",
        "UnknownTarget",
        ("nginx:9", "revision 1"),
        {"to": images("nginx:9")},
    ),
    Case(
        "images_of_no_container",
        "UnknownTarget",
        ("application", "revision 1"),
        {"to": images("nginx:1", "application")},
    ),
    Case(
        "one_container_right_and_one_wrong",
        "UnknownTarget",
        ("`to`", "revision 1"),
        {"to": {"images": {"app": "nginx:1", "proxy": "nginx:1"}}},
    ),
    Case(
        "a_volume_that_is_not_there",
        "UnknownTarget",
        ("volume:data", "revision 1"),
        {"to": images("nginx:1", "volume:data")},
    ),
    Case(
        "the_revision_of_a_failed_rollout",
        "UnknownTarget",
        ("revision 2", "`to`"),
        {"to": {"revision": 2}},
    ),
    Case("typing_error_in_from", "UnknownFrom", ("ngnix:3", "`from`"), {"from": images("ngnix:3")}),
    Case(
        "unknown_container_in_from",
        "UnknownFrom",
        ("`from`", "application"),
        {"from": images("nginx:3", "application")},
    ),
    Case(
        "unknown_snapshot_in_from",
        "UnknownFrom",
        ("snapshot 0123456789",),
        {"from": {"snapshot": "0123456789"}},
    ),
    Case("unknown_component", "UnknownComponent", ("other/image",), selected("other/image")),
    Case(
        "one_component_right_and_one_wrong",
        "UnknownComponent",
        ("other/config", "`components.names`"),
        selected("app/image", "other/config"),
    ),
    Case(
        "a_container_that_is_not_there",
        "UnknownComponent",
        ("other", "app/image"),
        selected("other"),
    ),
    Case(
        "unknown_volume_among_components",
        "UnknownComponent",
        ("volume:data/image",),
        selected("volume:data/image"),
    ),
    Case("paused", "Paused", ("kubectl rollout resume", "/paused"), {"name": "paused"}),
    Case("unfinished", "RolloutNotCompleted", ("/failing", "Abandon"), {"name": "failing"}),
    Case(
        "unfinished_and_named",
        "RolloutNotCompleted",
        ("/failing", "Wait"),
        {"name": "failing", "to": {"revision": 1}},
    ),
    Case(
        "nothing_earlier_to_abandon_for",
        "NoEarlierSnapshot",
        ("/hopeless",),
        {"name": "hopeless"},
        {"unfinishedRollout": "Abandon"},
    ),
    Case(
        "waiting_for_what_never_comes",
        "Expired",
        ("/failing", "has not completed"),
        {"name": "failing"},
        {"unfinishedRollout": "Wait", "startingDeadlineSeconds": 1},
    ),
    Case("the_only_version", "NoEarlierSnapshot", ("/single",), {"name": "single"}),
    Case("turned_off", "Disabled", ("rollback-operator.dev/rollback",), {"name": "off"}),
    Case("not_recorded", "Disabled", ("rollback-operator.dev/record",), {"name": "unrecorded"}),
]


@pytest.fixture(scope="module")
def town(cluster: harness.Cluster, shared_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace with Deployments in every state that a request may find."""
    assert shared_operator.is_running
    shop = Shop(cluster, shared_operator)
    shop.deploy("nginx:1")
    shop.until_recorded(snapshots=1)
    shop.roll_out_in_vain()
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=2)
    shop.release("nginx:1", "nginx:2", name="paused")
    shop.kubectl("rollout", "pause", "deployment/paused")
    shop.release("nginx:1", "nginx:2", name="failing")
    shop.roll_out_in_vain(name="failing")
    shop.deploy("nginx:never-ready", name="hopeless", wait=False)
    shop.until("deployment", "hopeless", lambda d: d["status"].get("unavailableReplicas") == 2)
    shop.release("nginx:1", name="single")
    off = {"rollback-operator.dev/rollback": "disabled"}
    shop.release("nginx:1", "nginx:2", name="off", labels=off)
    shop.deploy("nginx:1", name="unrecorded", labels={"rollback-operator.dev/record": "disabled"})
    for settled in ("web", "paused", "single", "off", "unrecorded"):
        shop.until("deployment", settled, lambda d: not d["status"].get("terminatingReplicas"))
    shop.until_seen()
    yield shop
    shop.close()


def versions(shop: Shop) -> dict[str, str]:
    """Return the resourceVersion of every Deployment."""
    found = json.loads(shop.kubectl("get", "deployments", "-o", "json").stdout)["items"]
    return {d["metadata"]["name"]: d["metadata"]["resourceVersion"] for d in found}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_it_is_refused_before_the_first_write(town: Shop, case: Case) -> None:
    before = versions(town)
    name = case.sentence.replace("_", "-")
    town.request_spec({"targets": [{"name": "web", **case.target}], **case.beside}, name)

    status = town.until_over(name)

    assert (status["phase"], status["reason"]) == ("Exception", case.reason)
    assert condition({"status": status}, "Stalled")["status"] == "True"
    assert [part for part in case.says if part not in status["message"]] == []
    assert versions(town) == before


def test_a_selector_that_selects_nothing_is_refused(town: Shop) -> None:
    before = versions(town)
    selector = {"matchLabels": {"app": "nobody"}}
    town.request_spec({"selector": selector, "asOf": "2026-01-01T00:00:00Z"}, "selector")

    status = town.until_over("selector")

    assert (status["phase"], status["reason"]) == ("Exception", "NothingSelected")
    assert "`selector`" in status["message"]
    assert versions(town) == before


def test_an_operator_may_start_where_such_requests_wait(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """One bad request must not keep the others from being answered."""
    empty_shop.request("bad", target="wbe")
    empty_shop.request("worse", to={"revision": 99})
    empty_shop.deploy("nginx:1")
    start_operator(empty_shop)

    reasons = [empty_shop.until_over(name)["reason"] for name in ("bad", "worse")]

    assert reasons == ["DeploymentNotFound", "UnknownTarget"]
