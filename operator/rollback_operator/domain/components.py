"""The separately revertible things that differ between two templates, and how to revert some.

A component is named as DESIGN has it: `web/image`, `web/config`, `web` (a container that only one
of the two has), `pod`, `labels`, `annotations`; an image volume is `volume:<name>/image`. A
container that is called like one of those three is `container:pod` and so on.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollback_operator.domain.names import RESTARTED_AT
from rollback_operator.domain.template import CONTAINER_LISTS, JsonObject, Template, digest

ABSENT = "(absent)"
CHANGED = "(changed)"
VOLUME = "volume:"
CONTAINER = "container:"
RESERVED = frozenset({"pod", "labels", "annotations"})
"""What a component may be called that is no container: one of that name needs to be told apart."""


@dataclass(frozen=True)
class Component:
    """One altered component; `live` and `wanted` are texts that hold no secret."""

    name: str
    live: str
    wanted: str

    @property
    def is_artifact(self) -> bool:
        """Whether it is an image, of a container or of a volume."""
        return self.name.endswith("/image")


def altered(live: Template, wanted: Template) -> tuple[Component, ...]:
    """Return what must change for `live` to become `wanted`, in the order of the template."""
    common = _names(live) & _names(wanted)
    ours, theirs = _parts(live, common), _parts(wanted, common)
    names = [*ours, *(name for name in theirs if name not in ours)]
    whole = {name for name in names if "/" not in name and ours.get(name) != theirs.get(name)}
    return tuple(
        _component(name, ours.get(name), theirs.get(name))
        for name in names
        if ours.get(name) != theirs.get(name) and name.rpartition("/")[0] not in whole
    )


def revert(live: Template, wanted: Template, names: Collection[str]) -> Template:
    """Return `live` with the named components as `wanted` has them, and nothing else touched."""
    body = copy.deepcopy(dict(live.body))
    for name in names:
        _set(body, name, wanted)
    if "pod" in names:
        _order_containers(body, wanted)
    return Template(body)


def fingerprint(template: Template, names: Collection[str]) -> str:
    """Return a digest of the named components: it changes if and only if one of them does."""
    parts = _parts(template, {container_of(name.rpartition("/")[0]) for name in names})
    return digest([[name, parts.get(name)] for name in sorted(names)])


def container_of(name: str) -> str:
    """Return the container that a component without its `/image` or `/config` is called after."""
    return name.removeprefix(CONTAINER)


def component_names(template: Template) -> set[str]:
    """Return every name that `components.names` may have for this template."""
    return set(_parts(template, _names(template)))


def needed_volumes(template: Template) -> dict[str, str]:
    """Return, by container, a volume that it mounts and that the pod does not have."""
    present = {volume["name"] for volume in template.spec.get("volumes") or ()}
    return {
        container["name"]: mount["name"]
        for _, container in template.containers()
        for field in ("volumeMounts", "volumeDevices")
        for mount in container.get(field) or ()
        if mount["name"] not in present
    }


def _names(template: Template) -> set[str]:
    """Return what a template names: its containers and image volumes."""
    return set(template.images)


def _parts(template: Template, common: Collection[str]) -> dict[str, Any]:
    """Return the value of every component.

    `common` are the containers and image volumes that both templates have: the order of the rest
    does not count, and an image volume that only one has belongs to the pod.
    """
    parts: dict[str, Any] = {}
    for field, container in template.containers():
        name = _component_of(container["name"])
        parts[name] = field
        parts[f"{name}/image"] = container.get("image")
        parts[f"{name}/config"] = {k: v for k, v in container.items() if k not in {"name", "image"}}
    parts |= {
        f"{name}/image": image
        for name, image in template.images.items()
        if name.startswith(VOLUME) and name in common
    }
    parts["pod"] = _pod(template, common)
    parts |= {field: template.comparable["metadata"].get(field) for field in _METADATA}
    return parts


def _component_of(container: str) -> str:
    return f"{CONTAINER}{container}" if container in RESERVED else container


_METADATA = ("labels", "annotations")


def _pod(template: Template, common: Collection[str]) -> JsonObject:
    """Return the pod's own settings; the order of the containers is one of them."""
    pod = {k: v for k, v in template.spec.items() if k not in {*CONTAINER_LISTS, "volumes"}}
    volumes = template.spec.get("volumes") or ()
    pod["volumes"] = [_without_reference(v) if VOLUME + v["name"] in common else v for v in volumes]
    pod["order"] = [c["name"] for _, c in template.containers() if c["name"] in common]
    return pod


def _without_reference(volume: Mapping[str, Any]) -> Mapping[str, Any]:
    if "image" not in volume:
        return volume
    return {**volume, "image": {k: v for k, v in volume["image"].items() if k != "reference"}}


def _component(name: str, live: object, wanted: object) -> Component:
    """Show images as they are and everything else as changed: values may be secret."""
    if name.endswith("/image"):
        return Component(name, str(live or ABSENT), str(wanted or ABSENT))
    shown = [ABSENT if value is None else CHANGED for value in (live, wanted)]
    if ABSENT in shown:
        shown = [text if text == ABSENT else "(present)" for text in shown]
    return Component(name, *shown)


def _set(body: JsonObject, name: str, wanted: Template) -> None:
    if name in _METADATA:
        _set_metadata(body, name, wanted)
    elif name == "pod":
        _set_pod(body, wanted)
    elif name.startswith(VOLUME):
        _set_volume_image(body, name, wanted)
    else:
        _set_container(body, name, wanted)


def _set_metadata(body: JsonObject, field: str, wanted: Template) -> None:
    """Set labels or annotations; the live `restartedAt` stays, as it is not a component."""
    metadata = body.setdefault("metadata", {})
    values = dict(wanted.comparable["metadata"].get(field) or {})
    restarted = (metadata.get(field) or {}).get(RESTARTED_AT)
    if restarted is not None:
        values[RESTARTED_AT] = restarted
    metadata[field] = values


def _set_pod(body: JsonObject, wanted: Template) -> None:
    """Set the pod's own settings; the references of image volumes stay as they are."""
    live = body.get("spec") or {}
    kept = {field: live[field] for field in CONTAINER_LISTS if field in live}
    references = Template(body).images
    spec = copy.deepcopy({k: v for k, v in wanted.spec.items() if k not in CONTAINER_LISTS})
    for volume in spec.get("volumes") or ():
        reference = references.get(VOLUME + volume["name"])
        if "image" in volume and reference is not None:
            volume["image"]["reference"] = reference
    body["spec"] = kept | spec


def _set_volume_image(body: JsonObject, name: str, wanted: Template) -> None:
    name_of_image = name.removesuffix("/image")
    volume_name = name_of_image.removeprefix(VOLUME)
    for volume in body["spec"].get("volumes") or ():
        if volume["name"] == volume_name and "image" in volume and name_of_image in wanted.images:
            volume["image"]["reference"] = wanted.images[name_of_image]


def _set_container(body: JsonObject, name: str, wanted: Template) -> None:
    component, _, part = name.partition("/")
    container_name = container_of(component)
    theirs = _find(wanted.spec, container_name)
    if not part:
        _replace_container(body["spec"], container_name, theirs, wanted)
        return
    ours = _find(body["spec"], container_name)
    if ours is None or theirs is None:
        return
    container, other = ours[1], theirs[1]
    if part == "image":
        container["image"] = other["image"]
        return
    kept = {k: container[k] for k in ("name", "image") if k in container}
    container.clear()
    container.update(copy.deepcopy(dict(other)) | kept)


def _find(spec: Mapping[str, Any], name: str) -> tuple[str, Any] | None:
    """Return (list name, container), or None."""
    for field in CONTAINER_LISTS:
        for container in spec.get(field) or ():
            if container["name"] == name:
                return field, container
    return None


def _replace_container(
    spec: JsonObject, name: str, theirs: tuple[str, Mapping[str, Any]] | None, wanted: Template
) -> None:
    for field in CONTAINER_LISTS:
        if field in spec:
            spec[field] = [c for c in spec[field] if c["name"] != name]
            if not spec[field]:
                del spec[field]  # as the API server does, or the stored template would differ
    if theirs is not None:
        field, container = theirs
        present = spec.setdefault(field, [])
        place = _place_before(present, name, [c["name"] for c in wanted.spec[field]])
        present.insert(place, copy.deepcopy(dict(container)))


def _place_before(present: Sequence[JsonObject], name: str, order: Sequence[str]) -> int:
    """Return where `name` goes: before the first of those that follow it in `order`."""
    followers = set(order[order.index(name) + 1 :])
    places = (place for place, c in enumerate(present) if c["name"] in followers)
    return next(places, len(present))


def _order_containers(body: JsonObject, wanted: Template) -> None:
    """Put the containers in the order of `wanted`; those it lacks keep their place at the end."""
    for field in CONTAINER_LISTS:
        order = [c["name"] for c in wanted.spec.get(field) or ()]
        if body["spec"].get(field):
            body["spec"][field].sort(key=lambda c: _place(order, c["name"]))


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
