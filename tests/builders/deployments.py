"""Deployments and ReplicaSets as the API server shows them."""

import copy
from dataclasses import dataclass, field
from typing import Any, Self

from builders.templates import Version, a_template, letter_of
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.names import POD_TEMPLATE_HASH, REVISION, REVISION_HISTORY
from rollback_operator.domain.template import JsonObject

NAMESPACE, NAME, UID = "shop", "web", "deployment-uid"


def a_deployment_object(name: str = NAME, version: Version = "A") -> JsonObject:
    """Return a Deployment of two replicas that the controller has not seen."""
    return {
        "metadata": {
            "namespace": NAMESPACE,
            "name": name,
            "uid": UID if name == NAME else f"{name}-uid",
            "resourceVersion": "1",
            "generation": 1,
            "annotations": {REVISION: "1"},
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": copy.deepcopy(dict(a_template(version).body)),
        },
        "status": {},
    }


def counters(updated: int, total: int, available: int, observed: int = 1) -> JsonObject:
    """Return the status that counts these pods."""
    return {
        "observedGeneration": observed,
        "replicas": total,
        "updatedReplicas": updated,
        "availableReplicas": available,
    }


@dataclass(frozen=True)
class DeploymentBuilder:
    """Builds a Deployment of two replicas whose rollout is done."""

    obj: JsonObject = field(default_factory=a_deployment_object)

    def build(self) -> Deployment:
        return Deployment.from_object(self.obj)

    def of(self, version: Version) -> Self:
        return self._with("spec", template=dict(a_template(version).body))

    def at_revision(self, revision: int) -> Self:
        return self.annotated({REVISION: str(revision)})

    def annotated(self, annotations: dict[str, str]) -> Self:
        present = self.obj["metadata"].get("annotations") or {}
        return self._with("metadata", annotations={**present, **annotations})

    def without_annotations(self) -> Self:
        return self._with("metadata", annotations=None)

    def labelled(self, **labels: str) -> Self:
        return self._with("metadata", labels=labels)

    def paused(self) -> Self:
        return self._with("spec", paused=True)

    def deleted(self) -> Self:
        return self._with("metadata", deletionTimestamp="2030-01-01T00:00:00Z")

    def scaled_to(self, replicas: int) -> Self:
        return self._with("spec", replicas=replicas).counting(replicas, replicas, replicas)

    def counting(self, updated: int, total: int, available: int, observed: int = 1) -> Self:
        return self._with("status", **counters(updated, total, available, observed))

    def rolling_out(self) -> Self:
        return self.counting(1, 3, 2)

    def saying(self, kind: str, reason: str, status: str = "True", **fields: str) -> Self:
        said = {"type": kind, "reason": reason, "status": status, "message": "", **fields}
        present = self.obj["status"].get("conditions") or []
        return self._with("status", conditions=[*present, said])

    def written_by(self, manager: str, at: str = "2030-01-01T12:00:00Z", **entry: Any) -> Self:
        owned: JsonObject = {"f:spec": {"f:template": {"f:spec": {}}}}
        written = {"manager": manager, "time": at, "fieldsV1": owned, **entry}
        present = self.obj["metadata"].get("managedFields") or []
        return self._with("metadata", managedFields=[*present, written])

    def named(self, name: str) -> Self:
        return self._with("metadata", name=name)

    def of_uid(self, uid: str) -> Self:
        return self._with("metadata", uid=uid)

    def _with(self, part: str, **values: Any) -> Self:
        return type(self)({**self.obj, part: {**self.obj[part], **values}})


def a_deployment(version: Version = "A") -> DeploymentBuilder:
    """Begin with a Deployment of that version, its rollout done."""
    return DeploymentBuilder().of(version).counting(2, 2, 2)


def a_replica_set_object(
    version: Version,
    revision: int,
    *,
    earlier: tuple[int, ...] = (),
    available: int = 2,
    replicas: int = 2,
    owner: str = UID,
    annotations: dict[str, str] | None = None,
) -> JsonObject:
    """Return a ReplicaSet; its UID is made of the version, as one version has one ReplicaSet."""
    template, name = a_template(version), f"web-{letter_of(a_template(version))}"
    body = copy.deepcopy(dict(template.body))
    body["metadata"]["labels"] = {**body["metadata"].get("labels", {}), POD_TEMPLATE_HASH: name}
    return {
        "metadata": {
            "name": name,
            "uid": uid_of(template),
            "ownerReferences": [{"uid": owner, "controller": True}],
            "annotations": {
                REVISION: str(revision),
                **({REVISION_HISTORY: ",".join(map(str, earlier))} if earlier else {}),
                **(annotations or {}),
            },
        },
        "spec": {"template": body},
        "status": {"replicas": replicas, "availableReplicas": available},
    }


def a_replica_set(version: Version, revision: int, **changes: Any) -> ReplicaSet:
    """Return a ReplicaSet as the domain sees it."""
    return ReplicaSet.from_object(a_replica_set_object(version, revision, **changes))


def uid_of(version: Version) -> str:
    """Return the UID of the ReplicaSet of a version; a restart makes another ReplicaSet."""
    template = a_template(version)
    return f"rs-{template.digest}-{template.restarted_at or ''}"
