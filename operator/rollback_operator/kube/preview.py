"""What a dry run asks the API server, beyond what a rollback does; it writes nothing.

It reads no more than it must: of ConfigMaps and their like only the metadata, and of Secrets
nothing. Where the operator has no right to look, the answer is None, never a failure.
"""

from typing import Final, Protocol

from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import FIELD_MANAGER
from rollback_operator.domain.preview import Rehearsal
from rollback_operator.domain.references import Kind, Reference
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Missing, Refused, Unreachable
from rollback_operator.kube.api import Api

METADATA_ONLY: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
RESOURCES: Final = {
    Kind.CONFIG_MAP: "configmaps",
    Kind.SERVICE_ACCOUNT: "serviceaccounts",
    Kind.VOLUME_CLAIM: "persistentvolumeclaims",
}
"""The kinds that may be looked at."""

NO_DRY_RUN: Final = "does not support dry run"
"""What the API server says where a webhook with side effects stands in the way."""


class PreviewCluster(Protocol):
    """What a preview needs of a cluster."""

    async def rehearse(self, deployment: Deployment, patch: Operations) -> Rehearsal:
        """Ask the API server what it would say to a patch."""

    async def is_there(self, namespace: str, reference: Reference) -> bool | None:
        """Whether an object is there to stay; None where that may not be read."""

    async def quotas(self, namespace: str) -> list[JsonObject] | None:
        """List the ResourceQuotas; None where that may not be read."""

    async def disruption_budgets(self, namespace: str) -> list[JsonObject] | None:
        """List the PodDisruptionBudgets; None where that may not be read."""


class KubePreviewCluster:
    """The cluster behind an API server, for looking only."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def rehearse(self, deployment: Deployment, patch: Operations) -> Rehearsal:
        """Ask the API server what it would say to a patch.

        Raises:
            Stale: the Deployment is not as it was judged; judge again.
        """
        path = f"/apis/apps/v1/namespaces/{deployment.namespace}/deployments/{deployment.name}"
        query = {"fieldManager": FIELD_MANAGER, "dryRun": "All"}
        try:
            answer = await self._api.call("PATCH", path, query=query, body=patch)
        except (Refused, Unreachable) as error:
            # Where only this is unreachable, it is a webhook that does not answer.
            said = str(error).removeprefix(f"PATCH {path}: ")
            is_denial = NO_DRY_RUN not in said
            return Rehearsal(denial=said) if is_denial else Rehearsal(unknown=said)
        return Rehearsal(stored=answer.body, warnings=answer.warnings)

    async def is_there(self, namespace: str, reference: Reference) -> bool | None:
        """Whether an object is there to stay; None where that may not be read."""
        if reference.kind not in RESOURCES:
            return None
        resource = RESOURCES[reference.kind]
        path = f"/api/v1/namespaces/{namespace}/{resource}/{reference.name}"
        try:
            found = await self._api.call("GET", path, accept=METADATA_ONLY)
        except Missing:
            return False
        except Refused:
            return None
        return "deletionTimestamp" not in found.body["metadata"]

    async def quotas(self, namespace: str) -> list[JsonObject] | None:
        """List the ResourceQuotas; None where that may not be read."""
        return await self._listed(f"/api/v1/namespaces/{namespace}/resourcequotas")

    async def disruption_budgets(self, namespace: str) -> list[JsonObject] | None:
        """List the PodDisruptionBudgets; None where that may not be read."""
        path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
        return await self._listed(path)

    async def _listed(self, path: str) -> list[JsonObject] | None:
        try:
            answer = await self._api.call("GET", path)
        except (Refused, Missing):
            return None
        items: list[JsonObject] = answer.body["items"]
        return items
