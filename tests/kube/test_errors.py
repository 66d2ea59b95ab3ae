"""What the API server's answers mean, and which of them are worth another attempt."""

from typing import Any

import pytest

from builders import a_deployment
from rollback_operator.errors import (
    Forbidden,
    Invalid,
    KubeError,
    Missing,
    Stale,
    Unreachable,
)
from rollback_operator.kube.api import ATTEMPTS, backoff
from rollback_operator.kube.kube_cluster import KubeCluster
from scripted_api import Scripted

LIVE = a_deployment().build()
CAUSES = {"details": {"causes": [{"reason": "FieldValueInvalid", "field": "spec"}]}}


@pytest.mark.parametrize(
    ("status", "body", "error", "attempts"),
    [
        (400, {}, Invalid, 1),
        (401, {}, Unreachable, ATTEMPTS),
        (403, {}, Forbidden, 1),
        (404, {}, Missing, 1),
        (409, {}, Stale, 1),
        (413, {}, Invalid, 1),
        (422, {}, Stale, 1),
        (422, {"details": {}}, Stale, 1),
        (422, {"details": {"causes": []}}, Stale, 1),
        (422, CAUSES, Invalid, 1),
        (429, {}, Unreachable, ATTEMPTS),
        (500, {}, Unreachable, ATTEMPTS),
        (503, "<html>no healthy upstream</html>", Unreachable, ATTEMPTS),
        (504, {}, Unreachable, ATTEMPTS),
    ],
)
async def test_each_answer_is_one_kind_of_error_and_only_some_are_tried_again(  # noqa: PLR0917
    api: Scripted,
    kube: KubeCluster,
    status: int,
    body: Any,
    error: type[KubeError],
    attempts: int,
) -> None:
    api.answer(status, body)

    with pytest.raises(error):
        await kube.patch_status(LIVE, [])

    assert len(api.asked) == attempts


async def test_the_message_is_the_api_servers_own(api: Scripted, kube: KubeCluster) -> None:
    api.answer(403, {"message": "deployments.apps is forbidden"})

    with pytest.raises(Forbidden, match=r"PATCH /apis/apps/v1/.*: deployments.apps is forbidden"):
        await kube.patch_status(LIVE, [])


async def test_an_answer_that_is_no_json_is_quoted(api: Scripted, kube: KubeCluster) -> None:
    api.answer(400, "<html>bad gateway</html>")

    with pytest.raises(Invalid, match="bad gateway"):
        await kube.patch_status(LIVE, [])


async def test_a_status_that_is_no_object_is_quoted(api: Scripted, kube: KubeCluster) -> None:
    api.answer(400, ["odd"])

    with pytest.raises(Invalid, match="odd"):
        await kube.patch_status(LIVE, [])


async def test_a_broken_connection_is_tried_again(api: Scripted, kube: KubeCluster) -> None:
    api.hang_up()
    api.hang_up()
    api.answer(200, a_deployment("B").obj)

    patched = await kube.patch(LIVE, [])

    assert (patched.template, len(api.asked)) == (a_deployment("B").build().template, 3)


async def test_an_api_server_that_never_answers_cannot_be_reached(
    api: Scripted, kube: KubeCluster
) -> None:
    api.hang_up()

    with pytest.raises(Unreachable, match="no answer from the API server"):
        await kube.deployment("shop", "web")


async def test_the_pause_that_the_server_asks_for_is_told(api: Scripted, kube: KubeCluster) -> None:
    api.answer(429, {}, **{"Retry-After": "7"})

    with pytest.raises(Unreachable) as raised:
        await kube.deployment("shop", "web")

    assert raised.value.retry_after == 7


@pytest.mark.parametrize("text", ["soon", "", "-1", "Fri, 31 Dec 2030 23:59:59 GMT"])
async def test_a_pause_that_is_no_number_is_none(
    api: Scripted, kube: KubeCluster, text: str
) -> None:
    api.answer(429, {}, **{"Retry-After": text})

    with pytest.raises(Unreachable) as raised:
        await kube.deployment("shop", "web")

    assert raised.value.retry_after is None


def test_only_what_may_pass_is_tried_again_and_never_after_a_long_pause() -> None:
    assert backoff(Stale("changed")) is False
    assert backoff(ValueError()) is False
    assert backoff(Unreachable("no answer")) is True
    assert backoff(Unreachable("busy", 3)) == 3
    assert backoff(Unreachable("busy", 3600)) <= 30


async def test_a_pause_of_no_time_is_tried_again_too(api: Scripted, kube: KubeCluster) -> None:
    api.answer(429, {}, **{"Retry-After": "0"})
    api.answer(200, a_deployment().obj)

    assert await kube.deployment("shop", "web") == LIVE
