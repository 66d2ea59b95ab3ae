"""The part of Deployments and ReplicaSets that we read, and whether a rollout is done."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from rollback_operator.domain.names import CLAIM, FIELD_MANAGER, REVISION, REVISION_HISTORY
from rollback_operator.domain.secrecy import redact
from rollback_operator.domain.template import JsonObject, Template, canonical
from rollback_operator.domain.times import parse_time


@dataclass(frozen=True)
class Counters:
    """What `status` of a Deployment counts; `generation` is the one that was observed."""

    generation: int
    replicas: int
    updated: int
    available: int
    terminating: int | None

    @classmethod
    def from_status(cls, status: Mapping[str, Any]) -> Self:
        """Read the status of a Deployment; what is absent there is zero."""
        return cls(
            generation=status.get("observedGeneration", 0),
            replicas=status.get("replicas", 0),
            updated=status.get("updatedReplicas", 0),
            available=status.get("availableReplicas", 0),
            terminating=status.get("terminatingReplicas"),
        )


@dataclass(frozen=True)
class Deployment:
    """A Deployment as it was read at one resourceVersion."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    generation: int
    template: Template
    replicas: int
    paused: bool
    deleted: bool
    selector: Mapping[str, Any]
    annotations: Mapping[str, str] | None
    labels: Mapping[str, str]
    counters: Counters
    conditions: Sequence[JsonObject] = ()
    managed_fields: Sequence[JsonObject] = field(default=(), repr=False)

    @classmethod
    def from_object(cls, obj: Mapping[str, Any]) -> Self:
        """Read the API object."""
        metadata, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
        return cls(
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
            generation=metadata.get("generation", 0),
            template=Template(spec["template"]),
            replicas=spec.get("replicas", 1),
            paused=bool(spec.get("paused")),
            deleted="deletionTimestamp" in metadata,
            selector=spec["selector"],
            annotations=metadata.get("annotations"),
            labels=metadata.get("labels") or {},
            counters=Counters.from_status(status),
            conditions=status.get("conditions") or (),
            managed_fields=metadata.get("managedFields") or (),
        )

    def __str__(self) -> str:
        """Name it as kubectl does."""
        return f"deployment {self.namespace}/{self.name}"

    def annotation(self, name: str) -> str | None:
        """Return one annotation."""
        return (self.annotations or {}).get(name)

    @property
    def revision(self) -> int:
        """The controller's number of the rollout that it saw last; 0 before it gave one."""
        return parse_revision(self.annotations)

    @property
    def is_observed(self) -> bool:
        """Whether the status speaks of the spec as it is now (trap 11)."""
        return self.counters.generation >= self.generation

    @property
    def is_done(self) -> bool:
        """Whether every wanted pod is of the live template and available.

        `NewReplicaSetAvailable` is not that: after a rollback to an existing ReplicaSet it is
        true with no updated pod (trap 8), and `readyReplicas` forgets `minReadySeconds` (trap 15).
        """
        seen = self.counters
        return self.is_observed and (
            seen.updated == seen.replicas == seen.available == self.replicas
        )

    @property
    def was_available_once(self) -> bool:
        """Whether the controller says that the newest ReplicaSet became available."""
        reason = self.condition("Progressing").get("reason")
        return self.is_observed and reason == "NewReplicaSetAvailable"

    def condition(self, kind: str) -> JsonObject:
        """Return the condition of that type, or an empty object."""
        return next((c for c in self.conditions if c.get("type") == kind), {})

    @property
    def progress(self) -> str:
        """The counters in words, with what the controller complains about.

        Until it has seen the live spec they speak of the one before (trap 11).
        """
        if not self.is_observed:
            return "the deployment controller has not seen the change yet"
        seen = self.counters
        text = f"{seen.updated} of {self.replicas} updated, {seen.available} available"
        failure = self.condition("ReplicaFailure")
        if failure.get("status") == "True":
            said = f"{failure.get('reason')}: {failure.get('message')}"
            # It has what an admission webhook says of a pod, and who says no quotes.
            text += f"; {redact(said, (self.template,), (self.name, self.namespace))}"
        return text

    @property
    def claimed_at(self) -> datetime | None:
        """When we wrote the claim, by the API server's clock; None if we do not own it."""
        for entry in self.managed_fields:
            owned = (entry.get("fieldsV1") or {}).get("f:metadata", {}).get("f:annotations", {})
            is_ours = entry.get("manager", "").startswith(FIELD_MANAGER)
            if is_ours and not entry.get("subresource") and f"f:{CLAIM}" in owned:
                return parse_time(entry["time"])
        return None

    @cached_property
    def last_writer(self) -> "Writer | None":
        """Who changed the pod template last, from the managed fields.

        Their times are whole seconds; of two in one second, who owns less came later: an update
        takes only what it changed from the one who made the object.
        """
        writers = [w for e in self.managed_fields if (w := Writer.of_template(e))]
        return max(writers, key=lambda writer: (writer.at, -writer.owns), default=None)


@dataclass(frozen=True)
class Writer:
    """A field manager and when it wrote last. A manager is not a user: see the audit log."""

    manager: str
    at: datetime
    owns: int
    """Size of what it owns, to compare with others."""

    @classmethod
    def of_template(cls, entry: Mapping[str, Any]) -> Self | None:
        """Read a managedFields entry; None where it owns no field of the pod template."""
        owned = (entry.get("fieldsV1") or {}).get("f:spec", {}).get("f:template")
        if owned is None or entry.get("subresource") or "time" not in entry:
            return None
        size = len(canonical(owned))
        return cls(entry.get("manager", "unknown"), parse_time(entry["time"]), size)

    @property
    def is_us(self) -> bool:
        """Whether it is this operator."""
        return self.manager.startswith(FIELD_MANAGER)


@dataclass(frozen=True)
class ReplicaSet:
    """A ReplicaSet that the Deployment owns: the controller's copy of a rollout."""

    name: str
    uid: str
    revision: int
    earlier_revisions: frozenset[int]
    template: Template
    replicas: int
    available: int
    annotations: Mapping[str, str]

    @classmethod
    def from_object(cls, obj: Mapping[str, Any]) -> Self:
        """Read the API object."""
        metadata, annotations = obj["metadata"], obj["metadata"].get("annotations") or {}
        counted = obj.get("status") or {}
        return cls(
            name=metadata["name"],
            uid=metadata["uid"],
            revision=parse_revision(annotations),
            earlier_revisions=frozenset(_numbers(annotations.get(REVISION_HISTORY, ""))),
            template=Template(obj["spec"]["template"]),
            replicas=counted.get("replicas", 0),
            available=counted.get("availableReplicas", 0),
            annotations=annotations,
        )

    def carried(self, revision: int) -> bool:
        """Whether it was, or is, what that revision rolled out."""
        return revision == self.revision or revision in self.earlier_revisions


def owned_by(uid: str, objects: Iterable[Mapping[str, Any]]) -> tuple[ReplicaSet, ...]:
    """Return the ReplicaSets whose controller is the Deployment with that UID, newest first."""
    owned = [ReplicaSet.from_object(o) for o in objects if controller(o) == uid]
    return tuple(sorted(owned, key=lambda replica_set: -replica_set.revision))


def live_replica_set(
    deployment: Deployment, replica_sets: Iterable[ReplicaSet]
) -> ReplicaSet | None:
    """Return the ReplicaSet that carries the live template out, if there is one already.

    There is none until the controller has seen the template, and while the Deployment is paused.
    """
    of_revision = (r for r in replica_sets if r.revision == deployment.revision)
    return next((r for r in of_revision if r.template.same_as(deployment.template)), None)


def controller(obj: Mapping[str, Any]) -> str | None:
    """Return the UID of the object that controls this one."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def parse_revision(annotations: Mapping[str, str] | None) -> int:
    """Return the revision annotation as a number; 0 where it is absent or not a number."""
    return next(iter(_numbers((annotations or {}).get(REVISION, ""))), 0)


NUMBER = re.compile("[0-9]{1,10}")
"""Revisions are read from annotations, into which anyone may write anything."""


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if NUMBER.fullmatch(part.strip())]
