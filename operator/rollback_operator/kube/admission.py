"""Read the admission policies that guard requests, one by one: listing them is a right too many."""

from typing import Protocol

from rollback_operator.domain.admission import MUTATING, VALIDATING, Found
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Missing, Refused
from rollback_operator.kube.api import Api

RESOURCES = {VALIDATING: "validatingadmissionpolic", MUTATING: "mutatingadmissionpolic"}
"""Stems of the resources' names: `…ies` are policies, `…ybindings` their bindings."""


class AdmissionCluster(Protocol):
    """What the check of admission needs of a cluster."""

    async def policy(self, kind: str, name: str) -> Found:
        """Read a policy and the binding of the same name."""


class KubeAdmissionCluster:
    """The policies behind an API server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def policy(self, kind: str, name: str) -> Found:
        """Read a policy and the binding of the same name.

        Raises:
            Unreachable: the API server does not answer.
        """
        stem = f"/apis/admissionregistration.k8s.io/v1/{RESOURCES[kind]}"
        try:
            policy = await self._get_or_none(f"{stem}ies/{name}")
            binding = await self._get_or_none(f"{stem}ybindings/{name}")
        except Refused as refusal:
            return Found(kind, name, problem=str(refusal))
        return Found(kind, name, policy, binding)

    async def _get_or_none(self, path: str) -> JsonObject | None:
        try:
            return (await self._api.call("GET", path)).body
        except Missing:
            return None
