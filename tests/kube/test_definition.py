"""Whether the API server knows RollbackRequests."""

import pytest

from rollback_operator.domain.template import JsonObject
from rollback_operator.kube.api import Api
from rollback_operator.kube.definition import serves_requests
from scripted_api import Scripted

OTHERS: JsonObject = {"resources": [{"name": "others"}]}
OURS: JsonObject = {"resources": [{"name": "others"}, {"name": "rollbackrequests"}]}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [(200, OURS, True), (200, OTHERS, False), (200, {"resources": None}, False), (404, {}, False)],
    ids=["served", "others", "nothing", "no-group"],
)
async def test_it_is_in_the_list_of_its_group(
    api: Scripted, caller: Api, status: int, body: JsonObject, expected: object
) -> None:
    api.answer(status, body)

    assert await serves_requests(caller) is expected
    assert api.asked[0].path == "/apis/rollback-operator.dev/v1alpha1"


async def test_it_is_tried_where_nobody_can_tell(api: Scripted, caller: Api) -> None:
    api.answer(403)

    assert await serves_requests(caller)
