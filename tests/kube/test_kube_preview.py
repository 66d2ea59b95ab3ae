"""What a dry run asks: never more than it may, and what it may not see is no failure."""

from typing import Any

import pytest

from builders import a_deployment, a_deployment_object
from rollback_operator.domain.preview import Rehearsal
from rollback_operator.domain.references import Kind, Reference
from rollback_operator.errors import Stale
from rollback_operator.kube.api import ATTEMPTS, Api
from rollback_operator.kube.preview import KubePreviewCluster
from scripted_api import Scripted

LIVE = a_deployment().build()
PATCH = [{"op": "test", "path": "/metadata/uid", "value": "x"}]
CAUSES = {"details": {"causes": [{"reason": "FieldValueInvalid", "field": "spec"}]}}
CONFIG = Reference(Kind.CONFIG_MAP, "conf")


@pytest.fixture
def preview(caller: Api) -> KubePreviewCluster:
    """The gateway of previews, on the same API server."""
    return KubePreviewCluster(caller)


async def test_the_patch_is_sent_as_a_dry_run(api: Scripted, preview: KubePreviewCluster) -> None:
    """The most expensive line to forget: without `dryRun` a preview is a rollback."""
    stored = a_deployment_object(version="B")
    api.answer(200, stored)

    rehearsal = await preview.rehearse(LIVE, PATCH)

    [asked] = api.asked
    assert rehearsal == Rehearsal(stored=stored)
    assert (asked.verb, asked.body) == ("PATCH", PATCH)
    assert asked.query == {"dryRun": "All", "fieldManager": "rollback-operator"}
    assert asked.headers["Content-Type"] == "application/json-patch+json"


async def test_warnings_are_unquoted(api: Scripted, preview: KubePreviewCluster) -> None:
    """A text may have commas, quotes and backslashes, and several may share a header."""
    api.answer(200, a_deployment_object(), Warning=r'299 - "a, \"b\" \\ c", 299 - "d"')

    assert (await preview.rehearse(LIVE, PATCH)).warnings == ('a, "b" \\ c', "d")


@pytest.mark.parametrize(
    ("status", "body", "attempts"),
    [
        (403, {"message": "policy says no"}, 1),
        (422, {"message": "policy says no", **CAUSES}, 1),
        (500, {"message": "policy says no"}, ATTEMPTS),
    ],
)
async def test_a_denial_is_what_the_server_said_without_the_address(
    api: Scripted, preview: KubePreviewCluster, status: int, body: Any, attempts: int
) -> None:
    api.answer(status, body)

    assert await preview.rehearse(LIVE, PATCH) == Rehearsal(denial="policy says no")
    assert len(api.asked) == attempts


@pytest.mark.parametrize("status", [409, 422])
async def test_a_webhook_may_deny_with_any_code(
    api: Scripted, preview: KubePreviewCluster, status: int
) -> None:
    """Who takes it for a Deployment that changed judges and asks again, for ever."""
    said = 'admission webhook "a.example.com" denied the request: not today'
    api.answer(status, {"message": said})

    assert await preview.rehearse(LIVE, PATCH) == Rehearsal(denial=said)


async def test_a_webhook_that_knows_no_dry_run_says_nothing_about_the_rollback(
    api: Scripted, preview: KubePreviewCluster
) -> None:
    """Who takes every error for a denial says that a good rollback would fail."""
    said = 'admission webhook "a.example.com" does not support dry run'
    api.answer(400, {"message": said})

    assert await preview.rehearse(LIVE, PATCH) == Rehearsal(unknown=said)


async def test_a_deployment_that_changed_is_to_be_judged_again(
    api: Scripted, preview: KubePreviewCluster
) -> None:
    api.answer(422, {"message": "the test failed"})

    with pytest.raises(Stale):
        await preview.rehearse(LIVE, PATCH)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Kind.CONFIG_MAP, "/api/v1/namespaces/shop/configmaps/conf"),
        (Kind.SERVICE_ACCOUNT, "/api/v1/namespaces/shop/serviceaccounts/conf"),
        (Kind.VOLUME_CLAIM, "/api/v1/namespaces/shop/persistentvolumeclaims/conf"),
    ],
)
async def test_of_an_object_only_the_metadata_is_asked_for(
    api: Scripted, preview: KubePreviewCluster, kind: Kind, path: str
) -> None:
    api.answer(200, {"metadata": {"name": "conf"}})

    assert await preview.is_there("shop", Reference(kind, "conf")) is True
    [asked] = api.asked
    assert (asked.verb, asked.path) == ("GET", path)
    assert "as=PartialObjectMetadata" in asked.headers["Accept"]


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (404, {}, False),
        (403, {}, None),
        (200, {"metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z"}}, False),
    ],
)
async def test_gone_or_going_is_not_the_same_as_not_to_be_seen(
    api: Scripted,
    preview: KubePreviewCluster,
    status: int,
    body: Any,
    answer: bool | None,  # noqa: FBT001 - a parameter
) -> None:
    api.answer(status, body)

    assert await preview.is_there("shop", CONFIG) is answer


async def test_secrets_are_never_asked_for(api: Scripted, preview: KubePreviewCluster) -> None:
    assert await preview.is_there("shop", Reference(Kind.SECRET, "tls")) is None
    assert api.asked == []


@pytest.mark.parametrize(("status", "answer"), [(200, [{"spec": {}}]), (403, None), (404, None)])
async def test_quotas_and_budgets_are_listed_where_that_is_allowed(
    api: Scripted, preview: KubePreviewCluster, status: int, answer: list[Any] | None
) -> None:
    api.answer(status, {"items": [{"spec": {}}]})

    assert await preview.quotas("shop") == answer
    assert await preview.disruption_budgets("shop") == answer
    assert [asked.path for asked in api.asked] == [
        "/api/v1/namespaces/shop/resourcequotas",
        "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
    ]
