"""The objects that a pod template names: without them, its pods cannot start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rollback_operator.domain.template import Template


class Kind(StrEnum):
    """The kinds of object that pods depend on."""

    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"  # noqa: S105 - a kind, not a password
    SERVICE_ACCOUNT = "ServiceAccount"
    VOLUME_CLAIM = "PersistentVolumeClaim"


@dataclass(frozen=True)
class Reference:
    """An object of the pod's own namespace."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """Name it as people do."""
        return f"{self.kind} {self.name}"


def references(template: Template) -> list[Reference]:
    """Return what the template cannot do without, each once; `optional: true` is not that.

    A pod that names no ServiceAccount gets `default`, which the cluster keeps by itself.
    """
    return list(dict.fromkeys(_references(template)))


def _references(template: Template) -> Iterator[Reference]:
    spec = template.spec
    if name := spec.get("serviceAccountName") or spec.get("serviceAccount"):
        yield Reference(Kind.SERVICE_ACCOUNT, name)
    for secret in spec.get("imagePullSecrets") or ():
        yield from _named(Kind.SECRET, secret)
    for volume in spec.get("volumes") or ():
        yield from _of_volume(volume)
    for _, container in template.containers():
        yield from _of_container(container)


def _of_volume(volume: Mapping[str, Any]) -> Iterator[Reference]:
    yield from _named(Kind.CONFIG_MAP, volume.get("configMap"))
    yield from _named(Kind.SECRET, volume.get("secret"), "secretName")
    yield from _named(Kind.VOLUME_CLAIM, volume.get("persistentVolumeClaim"), "claimName")
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield from _named(Kind.CONFIG_MAP, source.get("configMap"))
        yield from _named(Kind.SECRET, source.get("secret"))
    for driver in (value for value in volume.values() if isinstance(value, Mapping)):
        yield from _named(Kind.SECRET, driver.get("secretRef"))
        yield from _named(Kind.SECRET, driver.get("nodePublishSecretRef"))


def _of_container(container: Mapping[str, Any]) -> Iterator[Reference]:
    variables = [variable.get("valueFrom") or {} for variable in container.get("env") or ()]
    for source in [*variables, *(container.get("envFrom") or ())]:
        yield from _named(Kind.CONFIG_MAP, source.get("configMapKeyRef"))
        yield from _named(Kind.CONFIG_MAP, source.get("configMapRef"))
        yield from _named(Kind.SECRET, source.get("secretKeyRef"))
        yield from _named(Kind.SECRET, source.get("secretRef"))


def _named(
    kind: Kind, reference: Mapping[str, Any] | None, field: str = "name"
) -> Iterator[Reference]:
    if reference and reference.get(field) and not reference.get("optional"):
        yield Reference(kind, reference[field])
