"""Each call as it goes out: verb, path, query, content."""

from typing import Any

import aiohttp
import pytest

from builders import UID, a_deployment, a_replica_set_object, a_request, a_request_object
from rollback_operator.errors import Invalid
from rollback_operator.kube.api import JSON_PATCH, Api
from rollback_operator.kube.kube_cluster import KubeCluster
from scripted_api import Scripted

DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
REQUEST = "/apis/rollback-operator.dev/v1alpha1/namespaces/shop/rollbackrequests/back"
PATCH = [{"op": "test", "path": "/metadata/uid", "value": UID}]
LIVE = a_deployment().build()
JOBS = "/apis/batch/v1/namespaces/shop/jobs"
JOB = {"metadata": {"namespace": "shop", "name": "drain"}}


async def test_a_patch_is_a_json_patch_by_our_field_manager(
    api: Scripted, kube: KubeCluster
) -> None:
    api.answer(200, a_deployment("B").obj)

    patched = await kube.patch(LIVE, PATCH)

    (asked,) = api.asked
    assert (asked.verb, asked.path, asked.body) == ("PATCH", DEPLOYMENT, PATCH)
    assert asked.query == {"fieldManager": "rollback-operator"}
    assert asked.headers["Content-Type"] == JSON_PATCH == "application/json-patch+json"
    assert patched == a_deployment("B").build()


async def test_a_record_goes_to_the_status(api: Scripted, kube: KubeCluster) -> None:
    api.answer(200, a_deployment().obj)

    await kube.patch_status(LIVE, PATCH)

    assert [(a.verb, a.path) for a in api.asked] == [("PATCH", f"{DEPLOYMENT}/status")]


async def test_the_status_of_a_request_is_patched(api: Scripted, kube: KubeCluster) -> None:
    api.answer(200, a_request_object())

    assert await kube.patch_request(a_request().build(), PATCH) == a_request().build()
    assert [(a.verb, a.path) for a in api.asked] == [("PATCH", f"{REQUEST}/status")]


async def test_a_job_is_created_by_our_field_manager(api: Scripted, kube: KubeCluster) -> None:
    api.answer(201, JOB)

    assert await kube.create_job(JOB) == JOB

    (asked,) = api.asked
    assert (asked.verb, asked.path, asked.body) == ("POST", JOBS, JOB)
    assert asked.query == {"fieldManager": "rollback-operator"}


async def test_a_job_that_is_there_is_taken(api: Scripted, kube: KubeCluster) -> None:
    api.answer(409, {"message": "exists"})
    api.answer(200, {**JOB, "status": {}})

    assert await kube.create_job(JOB) == {**JOB, "status": {}}
    assert [(a.verb, a.path) for a in api.asked] == [("POST", JOBS), ("GET", f"{JOBS}/drain")]


@pytest.mark.parametrize("status", [401, 500, 504, None])
async def test_a_job_whose_creation_was_not_answered_is_asked_for_again_and_found(
    api: Scripted, kube: KubeCluster, status: int | None
) -> None:
    """None: the connection broke after the Job was stored."""
    api.hang_up() if status is None else api.answer(status)
    api.answer(409, {"message": "exists"})
    api.answer(200, JOB)

    assert await kube.create_job(JOB) == JOB
    assert [a.verb for a in api.asked] == ["POST", "POST", "GET"]


async def test_objects_are_read_by_name(api: Scripted, kube: KubeCluster) -> None:
    api.answer(200, a_deployment().obj)
    assert await kube.deployment("shop", "web") == LIVE
    api.answers.clear()
    api.answer(200, a_request_object())
    assert await kube.request("shop", "back") == a_request().build()

    assert [(a.verb, a.path) for a in api.asked] == [("GET", DEPLOYMENT), ("GET", REQUEST)]


async def test_what_is_not_there_is_none(api: Scripted, kube: KubeCluster) -> None:
    api.answer(404)

    assert await kube.deployment("shop", "web") is None
    assert await kube.request("shop", "back") is None
    assert await kube.namespace_marks("shop") == {}


async def test_a_namespace_has_labels_or_none(api: Scripted, kube: KubeCluster) -> None:
    api.answer(200, {"metadata": {"labels": {"a": "b"}}})
    api.answer(200, {"metadata": {}})

    assert await kube.namespace_marks("shop") == {"a": "b"}
    assert await kube.namespace_marks("shop") == {}
    assert api.asked[0].path == "/api/v1/namespaces/shop"


async def test_replica_sets_are_listed_by_the_selector_and_kept_by_their_controller(
    api: Scripted, kube: KubeCluster
) -> None:
    objects = [a_replica_set_object("A", 1), a_replica_set_object("B", 2)]
    foreign = a_replica_set_object("C", 3, owner="another")
    api.answer(200, {"items": [foreign, *objects]})

    found = await kube.replica_sets(LIVE)

    assert [one.revision for one in found] == [2, 1]
    assert api.asked[0].path == "/apis/apps/v1/namespaces/shop/replicasets"
    assert api.asked[0].query == {"labelSelector": "app=web"}


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"matchLabels": {"app": "web", "tier": "front"}}, "app=web,tier=front"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, "a"),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, "!a"),
        (
            {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]},
            "a in (b,c)",
        ),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, "a notin (b)"),
        (
            {
                "matchLabels": {"x.io/app": "web"},
                "matchExpressions": [{"key": "a", "operator": "Exists"}],
            },
            "x.io/app=web,a",
        ),
    ],
)
async def test_every_kind_of_selector_is_understood(
    api: Scripted, kube: KubeCluster, selector: dict[str, Any], text: str
) -> None:
    api.answer(200, {"items": []})

    await kube.deployment_names("shop", selector)

    assert api.asked[0].query == {"labelSelector": text}


async def test_selected_deployments_are_named_but_for_those_that_are_not_recorded(
    api: Scripted, kube: KubeCluster
) -> None:
    out = {"metadata": {"name": "c", "labels": {"rollback-operator.dev/record": "disabled"}}}
    shown = {"metadata": {"name": "b", "labels": {"rollback-operator.dev/record": "enabled"}}}
    api.answer(200, {"items": [{"metadata": {"name": "a"}}, shown, out]})

    assert await kube.deployment_names("shop", {"matchLabels": {"app": "x"}}) == ["a", "b"]


async def test_only_pods_that_are_on_their_way_out_are_counted(
    api: Scripted, kube: KubeCluster
) -> None:
    going = {"metadata": {"name": "old", "deletionTimestamp": "2030-01-01T12:00:00Z"}}
    api.answer(200, {"items": [going, {"metadata": {"name": "new"}}]})

    assert await kube.terminating_pods(LIVE) == 1
    assert api.asked[0].path == "/api/v1/namespaces/shop/pods"


async def test_an_event_that_is_there_already_is_as_good_as_written(
    api: Scripted, kube: KubeCluster
) -> None:
    api.answer(409, {"reason": "AlreadyExists"})

    await kube.create_event("shop", {"kind": "Event"})

    (asked,) = api.asked
    assert (asked.verb, asked.path) == ("POST", "/api/v1/namespaces/shop/events")
    assert (asked.body, asked.headers["Content-Type"]) == ({"kind": "Event"}, "application/json")


async def test_an_event_that_cannot_be_written_stops_nothing(
    api: Scripted, kube: KubeCluster, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as in a namespace that is being deleted."""
    api.answer(403, {"message": "it is being terminated"})

    await kube.create_event("shop", {"kind": "Event"})

    assert "an Event could not be written: POST" in caplog.text
    assert "it is being terminated" in caplog.text


@pytest.mark.parametrize("name", ["..", "../../other/cronjobs/x", "a//b", "."])
async def test_no_name_leads_to_another_object(name: str) -> None:
    """The last defence: a path with dots in it would be resolved before it is sent."""
    async with aiohttp.ClientSession() as session:
        cluster = KubeCluster(Api(session, "http://127.0.0.1:1"))

        with pytest.raises(Invalid, match="no path of the API"):
            await cluster.cron_job("shop", name)
