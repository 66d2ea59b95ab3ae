"""A pod template: what a rollout carries out, compared the way people compare it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, cast

from rollback_operator.domain.names import POD_TEMPLATE_HASH, RESTARTED_AT

JsonObject: TypeAlias = dict[str, Any]

CONTAINER_LISTS = ("initContainers", "containers")
"""Where a template keeps containers; names are unique across both lists."""


def canonical(value: object) -> str:
    """Return the one JSON text that equal values share."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: object) -> str:
    """Return 16 hexadecimal digits that stand for `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Template:
    """The pod template of a Deployment or ReplicaSet, as the API server shows it.

    Two templates are the same rollout's work when everything but `restartedAt` and the
    ReplicaSet controller's hash label agrees (trap 19: the hash itself varies with
    `collisionCount` and with new API fields).
    """

    body: Mapping[str, Any]

    @classmethod
    def parse(cls, body: object) -> "Template":
        """Read what may have been written by anyone.

        Raises:
            ValueError: it is not a pod template.
        """
        if not _is_template(body):
            message = "not a pod template"
            raise ValueError(message)
        return cls(cast(JsonObject, body))

    @cached_property
    def comparable(self) -> JsonObject:
        """The body without what a restart or the ReplicaSet controller writes into it."""
        metadata: JsonObject = {}
        for field, left_out in (("labels", POD_TEMPLATE_HASH), ("annotations", RESTARTED_AT)):
            kept = {k: v for k, v in self._metadata(field).items() if k != left_out}
            if kept:
                metadata[field] = kept
        return {"metadata": metadata, "spec": self.spec}

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits, equal for templates that differ by restarts only."""
        return digest(self.comparable)

    @property
    def spec(self) -> Mapping[str, Any]:
        """The pod spec."""
        spec: Mapping[str, Any] = self.body.get("spec") or {}
        return spec

    @property
    def restarted_at(self) -> str | None:
        """When `kubectl rollout restart` last stamped it."""
        return self._metadata("annotations").get(RESTARTED_AT)

    def same_as(self, other: "Template") -> bool:
        """Whether the two differ by restarts at most."""
        return self.digest == other.digest

    def without_hash(self) -> "Template":
        """Return a ReplicaSet's template as its Deployment had it: without the hash label."""
        labels = {k: v for k, v in self._metadata("labels").items() if k != POD_TEMPLATE_HASH}
        return Template(
            {**self.body, "metadata": {**(self.body.get("metadata") or {}), "labels": labels}}
        )

    def containers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield (list name, container), init containers and native sidecars first."""
        for field in CONTAINER_LISTS:
            for container in self.spec.get(field) or ():
                yield field, container

    @cached_property
    def images(self) -> dict[str, str]:
        """Image by container name; an image volume appears as `volume:<name>` (trap 25)."""
        images = {c["name"]: c.get("image", "") for _, c in self.containers()}
        for volume in self.spec.get("volumes") or ():
            if "image" in volume:
                images[f"volume:{volume['name']}"] = volume["image"].get("reference", "")
        return images

    def runs(self, images: Mapping[str, str]) -> bool:
        """Whether each container named has just that image."""
        return all(self.images.get(name) == image for name, image in images.items())

    def _metadata(self, field: str) -> Mapping[str, str]:
        metadata: Mapping[str, Any] = self.body.get("metadata") or {}
        values: Mapping[str, str] = metadata.get(field) or {}
        return values


def name_images(images: Mapping[str, str]) -> str:
    """Return the images with their containers, also a single one."""
    return ", ".join(f"{name}={image}" for name, image in images.items())


def _is_template(body: object) -> bool:
    """Whether it has the shape that is relied on here; the API server judges the rest."""
    if not isinstance(body, dict) or not isinstance(body.get("spec"), dict):
        return False
    metadata, spec = body.get("metadata") or {}, body["spec"]
    maps = [metadata.get(f) or {} for f in ("labels", "annotations")] if metadata else []
    containers = [spec.get(field) or [] for field in CONTAINER_LISTS]
    return (
        isinstance(metadata, dict)
        and all(isinstance(m, dict) for m in maps)
        and bool(spec.get("containers"))
        and all(_are_named(items, "image") for items in containers)
        and _are_named(spec.get("volumes") or [])
        and all(isinstance(v.get("image") or {}, dict) for v in spec.get("volumes") or [])
    )


def _are_named(items: object, *fields: str) -> bool:
    return isinstance(items, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("name"), str)
        and all(isinstance(item.get(field, ""), str) for field in fields)
        for item in items
    )


def describe_images(images: Mapping[str, str]) -> str:
    """Return the images as people read them: one bare, several by container."""
    if len(images) == 1:
        return next(iter(images.values()))
    return name_images(images)
