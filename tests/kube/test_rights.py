"""Whether namespaces may be watched."""

from collections.abc import Sequence

import pytest

from rollback_operator.kube.api import Api
from rollback_operator.kube.rights import may_watch_namespaces
from scripted_api import Scripted


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([True, True], True), ([True, False], False), ([False, True], False)],
)
async def test_both_listing_and_watching_are_asked_for(
    api: Scripted, caller: Api, answers: Sequence[bool], expected: object
) -> None:
    for allowed in answers:
        api.answer(201, {"status": {"allowed": allowed}})

    assert await may_watch_namespaces(caller) is expected
    asked = [asked.body["spec"]["resourceAttributes"]["verb"] for asked in api.asked]
    assert asked == ["list", "watch"]


async def test_it_is_tried_where_nobody_can_tell(api: Scripted, caller: Api) -> None:
    api.answer(403)

    assert await may_watch_namespaces(caller)
