"""Policies are read one by one."""

import pytest

from rollback_operator.domain.admission import MUTATING, VALIDATING, Found
from rollback_operator.errors import Unreachable
from rollback_operator.kube.admission import KubeAdmissionCluster
from rollback_operator.kube.api import Api
from scripted_api import Scripted

BASE = "/apis/admissionregistration.k8s.io/v1"


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        (VALIDATING, ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]),
        (MUTATING, ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"]),
    ],
)
async def test_a_policy_is_read_with_its_binding(
    api: Scripted, caller: Api, kind: str, paths: list[str]
) -> None:
    api.answer(200, {"kind": "policy"})
    api.answer(200, {"kind": "binding"})

    found = await KubeAdmissionCluster(caller).policy(kind, "guard-status")

    assert found == Found(kind, "guard-status", {"kind": "policy"}, {"kind": "binding"})
    assert [a.path for a in api.asked] == [f"{BASE}/{path}/guard-status" for path in paths]


async def test_what_is_not_there_is_none(api: Scripted, caller: Api) -> None:
    api.answer(404)

    assert await KubeAdmissionCluster(caller).policy(MUTATING, "x") == Found(MUTATING, "x")


async def test_what_may_not_be_read_is_a_problem(api: Scripted, caller: Api) -> None:
    api.answer(403, {"message": "no right"})

    found = await KubeAdmissionCluster(caller).policy(VALIDATING, "x")

    assert "no right" in (found.problem or "")


async def test_a_server_that_is_away_proves_nothing(api: Scripted, caller: Api) -> None:
    api.hang_up()

    with pytest.raises(Unreachable):
        await KubeAdmissionCluster(caller).policy(VALIDATING, "x")
