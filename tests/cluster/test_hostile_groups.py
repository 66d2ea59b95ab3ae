"""Nonsensical requests over groups, selectors, `from`, `to` and `pin`: each has its answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

import harness
from builders.groups import claims, release_all, versions
from harness.objects import Object
from harness.operator_process import OperatorProcess
from harness.shop import Shop

WEB: Object = {"name": "web"}
PAST = "2026-01-01T00:00:00Z"


def select(*, as_of: str = PAST, **selector: Any) -> Object:
    """Return a spec with a selector."""
    return {"selector": selector, "asOf": as_of}


def only(**target: Any) -> Object:
    """Return a spec with one target."""
    return {"targets": [{**WEB, **{key.rstrip("_"): value for key, value in target.items()}}]}


REFUSED_BY_THE_SERVER: dict[str, tuple[Object, str]] = {
    "nothing_at_all": ({}, "say which Deployments"),
    "no_targets": ({"targets": []}, "targets"),
    "thirteen_targets": ({"targets": [{"name": f"d{n}"} for n in range(13)]}, "12"),
    "one_target_twice": ({"targets": [WEB, WEB]}, "Duplicate"),
    "a_target_without_a_name": ({"targets": [{}]}, "name"),
    "targets_and_selector": ({"targets": [WEB], **select(matchLabels={"a": "b"})}, "either"),
    "a_selector_without_a_time": ({"selector": {"matchLabels": {"a": "b"}}}, "asOf"),
    "a_time_without_a_selector": ({"targets": [WEB], "asOf": PAST}, "asOf goes with selector"),
    "an_empty_selector": (select(), "every Deployment of the namespace"),
    "empty_labels": (select(matchLabels={}), "matchLabels"),
    "an_operator_of_ones_own": (
        select(matchExpressions=[{"key": "a", "operator": "Like", "values": ["b"]}]),
        "operator",
    ),
    "in_without_values": (select(matchExpressions=[{"key": "a", "operator": "In"}]), "need values"),
    "exists_with_values": (
        select(matchExpressions=[{"key": "a", "operator": "Exists", "values": ["b"]}]),
        "no values",
    ),
    "an_order_of_ones_own": ({"targets": [WEB], "order": "Random"}, "order"),
    "an_order_in_small_letters": ({"targets": [WEB], "order": "reverse"}, "order"),
    "a_policy_of_ones_own": ({"targets": [WEB], "onFailure": "Ignore"}, "onFailure"),
    "suspended_by_a_word": ({"targets": [WEB], "suspend": "yes"}, "suspend"),
    "pinned_by_a_word": (only(pin="yes"), "pin"),
    "another_namespace_in_the_name": ({"targets": [{"name": "kube-system/web"}]}, "bare name"),
    "a_path_in_the_name": ({"targets": [{"name": "../web"}]}, "bare name"),
    "no_time_to_end": ({"targets": [WEB], "timeoutSeconds": 0}, "timeoutSeconds"),
    "less_than_no_time": ({"targets": [WEB], "startingDeadlineSeconds": -1}, "startingDeadline"),
    "half_a_second": ({"targets": [WEB], "timeoutSeconds": 0.5}, "timeoutSeconds"),
    "two_ways_to_say_where_to": (only(to={"revision": 1, "images": {"app": "a"}}), "one of"),
    "no_way_to_say_where_to": (only(to={}), "one of"),
    "no_way_to_say_where_from": (only(from_={}), "one of"),
    "nowhere_to_go": (
        only(from_={"snapshot": "0123456789"}, to={"snapshot": "0123456789"}),
        "nothing could change",
    ),
    "revision_zero": (only(to={"revision": 0}), "revision"),
    "an_endless_revision": (only(to={"revision": 2**40}), "revision"),
    "an_image_with_a_space": (only(to={"images": {"app": "nginx 1"}}), "no spaces"),
    "an_empty_image": (only(from_={"images": {"app": ""}}), "images"),
    "a_container_with_a_slash": (only(to={"images": {"a/b": "nginx:1"}}), "container"),
    "selected_without_names": (only(components={"mode": "Selected"}), "needs the components"),
    "names_without_selected": (only(components={"names": ["app"]}), "heeded by"),
    "a_component_of_ones_own": (
        only(components={"mode": "Selected", "names": ["app/env"]}),
        "give a component",
    ),
    "a_novel_as_a_reason": ({"targets": [WEB], "reason": "x" * 1025}, "reason"),
}


@dataclass(frozen=True)
class Case:
    """A spec that the schema lets pass, and the operator's reason."""

    spec: Object
    reason: str


REFUSED_BY_THE_OPERATOR = {
    "a_group_of_strangers": Case({"targets": [{"name": "a"}, {"name": "b"}]}, "DeploymentNotFound"),
    "one_stranger_among_friends": Case({"targets": [WEB, {"name": "a"}]}, "DeploymentNotFound"),
    "strangers_to_be_gone_on_without": Case(
        {"targets": [{"name": "a"}, {"name": "b"}], "onFailure": "Continue"}, "DeploymentNotFound"
    ),
    "labels_that_nobody_has": Case(select(matchLabels={"app": "nobody"}), "NothingSelected"),
    "labels_that_exclude_each_other": Case(
        select(
            matchLabels={"part-of": "shop"},
            matchExpressions=[{"key": "part-of", "operator": "DoesNotExist"}],
        ),
        "NothingSelected",
    ),
    "only_what_is_left_out": Case(
        select(matchLabels={"rollback-operator.dev/record": "disabled"}), "NothingSelected"
    ),
    "not_in_what_they_are_in": Case(
        select(
            matchExpressions=[
                {"key": "part-of", "operator": "NotIn", "values": ["shop", ""]},
                {"key": "part-of", "operator": "Exists"},
            ]
        ),
        "NothingSelected",
    ),
    "long_before": Case(select(matchLabels={"part-of": "shop"}), "BeforeHistory"),
    "next_century": Case(
        select(matchLabels={"part-of": "shop"}, as_of="2126-01-01T00:00:00Z"), "FutureAsOf"
    ),
    "next_century_of_nobody": Case(
        select(matchLabels={"app": "nobody"}, as_of="2126-01-01T00:00:00Z"), "FutureAsOf"
    ),
    "from_what_never_was": Case(only(from_={"images": {"app": "apache:1"}}), "UnknownFrom"),
    "from_a_snapshot_of_nobody": Case(only(from_={"snapshot": "ffffffffff"}), "UnknownFrom"),
    "from_an_image_by_another_name": Case(
        only(from_={"images": {"app": "docker.io/library/nginx:2"}}), "UnknownFrom"
    ),
    "from_what_was_before": Case(only(from_={"images": {"app": "nginx:1"}}), "NotApplicable"),
    "from_two_containers_of_one": Case(
        only(from_={"images": {"app": "nginx:2", "sidecar": "x:1"}}), "UnknownFrom"
    ),
    "to_what_never_was": Case(only(to={"images": {"app": "apache:1"}}), "UnknownTarget"),
    "to_the_live_one": Case(only(to={"revision": 2}), "AlreadyThere"),
    "to_the_highest_number": Case(only(to={"revision": 2**31 - 1}), "UnknownTarget"),
    "pinned_to_what_never_was": Case(only(pin=True, to={"revision": 77}), "UnknownTarget"),
    "a_component_that_is_not_there": Case(
        only(components={"mode": "Selected", "names": ["ghost/image"]}), "UnknownComponent"
    ),
    "a_component_that_did_not_change": Case(
        only(components={"mode": "Selected", "names": ["app/config"]}), "AlreadyThere"
    ),
    "a_volume_that_is_not_there": Case(
        only(components={"mode": "Selected", "names": ["volume:data/image"]}), "UnknownComponent"
    ),
}


@pytest.fixture(scope="module")
def town(cluster: harness.Cluster, shared_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace with one Deployment that could be rolled back, and one that is left out."""
    assert shared_operator.is_running
    shop = Shop(cluster, shared_operator)
    release_all(shop, "web")
    shop.kubectl("label", "deployment/web", "part-of=shop")
    left_out = {"rollback-operator.dev/record": "disabled", "part-of": "shop"}
    shop.deploy(name="left-out", labels=left_out, replicas=1)
    shop.until_seen()
    yield shop
    shop.close()


@pytest.mark.parametrize("case", REFUSED_BY_THE_SERVER)
def test_the_api_server_refuses_it_and_says_why(town: Shop, case: str) -> None:
    spec, says = REFUSED_BY_THE_SERVER[case]

    with pytest.raises(ApiException) as caught:
        town.request_spec(spec, "hostile")

    assert caught.value.status == 422
    assert says in caught.value.body


@pytest.mark.parametrize("case", REFUSED_BY_THE_OPERATOR)
def test_the_operator_answers_it_without_a_write(town: Shop, case: str) -> None:
    before = versions(town, "web")
    name = case.replace("_", "-")
    town.request_spec(REFUSED_BY_THE_OPERATOR[case].spec, name)

    status = town.until_over(name)

    assert status["reason"] == REFUSED_BY_THE_OPERATOR[case].reason
    assert versions(town, "web") == before
    assert claims(town, "web") == []


def test_a_request_with_markup_in_its_reason_is_answered_as_any_other(shop: Shop) -> None:
    release_all(shop, "web")

    status = shop.roll_back(reason="\u202e{{ .Values }} ${x} %s \\n <b> '; DROP TABLE\t✓")

    assert (status["phase"], shop.image()) == ("Completed", "nginx:1")
