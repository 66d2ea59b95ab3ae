"""The manifest that client-side apply keeps in an annotation, and what a rollback means for it.

`kubectl apply` removes what this manifest has and the new one lacks. After a rollback it still
speaks of the version that was left, so that what came back with the old one would stay behind in
every later release.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rollback_operator.domain.template import JsonObject, Template, canonical

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

MERGE_KEYS: Mapping[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "resourceClaims": "name",
}
"""The lists that are merged item by item, with the field that tells the items apart."""

SHARED_MAPS = frozenset({"labels", "annotations", "nodeSelector"})
"""The maps that have no defaults, and that anyone may add to."""

ABSENT: Final = object()


def rewrite(text: str | None, left: Template, result: Template) -> str | None:
    """Return the manifest as it would read had its author applied the version put back.

    None where there is nothing to rewrite: no manifest, one that cannot be read, or one that says
    the same already.

    The author's text for the old version is gone, and the recorded template is no stand-in: it is
    full of the API server's defaults, which `kubectl apply` would then take for the author's and
    remove when the next manifest lacks them. So only the differences between the template that is
    left and the one that is put back are carried over, and all that agrees stays as the author
    wrote it, or did not. The stamp of a restart is no part of any manifest.
    """
    manifest = _parse(text)
    if text is None or manifest is None:
        return None
    template = manifest["spec"]["template"]
    rewritten = _carry(template, left.comparable, result.comparable, "template")
    if rewritten == template:
        return None
    manifest["spec"]["template"] = rewritten
    return canonical(manifest) + ("\n" if text.endswith("\n") else "")


def brought_back(left: Template, result: Template) -> tuple[str, ...]:
    """Name what the version put back has and the one that was left had not.

    It stays behind in later releases where the owner compares with its own last release only.
    """
    return tuple(_added(left.comparable, result.comparable, ""))


def _parse(text: str | None) -> JsonObject | None:
    try:
        manifest = json.loads(text or "")
        is_usable = isinstance(manifest["spec"]["template"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return manifest if is_usable else None


def _carry(mine: Any, left: Any, result: Any, field: str) -> Any:  # noqa: ANN401 - any JSON
    """Return `mine` with the difference between `left` and `result` made to it."""
    if left == result:
        return mine
    if result is ABSENT:
        return ABSENT
    stated = {} if mine is ABSENT else mine
    if _are_objects(stated, left, result):
        carried = _carry_each(stated, left, result, is_shared=field in SHARED_MAPS)
        return carried if carried or mine is not ABSENT else ABSENT
    if keyed := _keyed(field, mine, left, result):
        merged = _carry_each(*keyed, is_shared=True)
        order = {key: place for place, key in enumerate(keyed[2])}
        items = [merged[key] for key in sorted(merged, key=lambda k: order.get(k, len(order)))]
        return items if items or mine is not ABSENT else ABSENT
    return copy.deepcopy(result)


def _carry_each(
    mine: Mapping[Any, Any], left: Mapping[Any, Any], result: Mapping[Any, Any], *, is_shared: bool
) -> dict[Any, Any]:
    """Carry each field or item.

    What the author does not state and the version that is left has, is a default, and then the old
    version may have stated it. Where anyone may add (`is_shared`) it is somebody else's.
    """
    others = [k for k in result if k not in mine and not (is_shared and k in left)]
    carried = {
        k: _carry(mine.get(k, ABSENT), left.get(k, ABSENT), result.get(k, ABSENT), str(k))
        for k in (*mine, *others)
    }
    return {k: value for k, value in carried.items() if value is not ABSENT}


def _are_objects(*values: object) -> bool:
    return all(isinstance(value, Mapping) for value in values)


def _keyed(field: str, *lists: object) -> list[dict[Any, Any]] | None:
    """Return the lists as objects by merge key; None if they are not to be told apart so."""
    key = MERGE_KEYS.get(field)
    if key is None:
        return None
    found = [_by_key(key, items) for items in lists]
    return [items for items in found if items is not None] if None not in found else None


def _by_key(key: str, items: object) -> dict[Any, Any] | None:
    """Return the items by their key; None if one has none that is a key, or two have the same."""
    if items is ABSENT:
        return {}
    if not isinstance(items, Sequence) or not all(_has_key(item, key) for item in items):
        return None
    found = {item[key]: item for item in items}
    return found if len(found) == len(items) else None


def _has_key(item: object, key: str) -> bool:
    """Whether an item is told apart by this key: anyone may write anything into the annotation."""
    return isinstance(item, Mapping) and isinstance(item.get(key), str | int)


def _added(left: Any, result: Any, at: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if _are_objects(left, result):
        for field, value in result.items():
            place = f"{at}.{field}" if at else field
            if field not in left:
                yield place
            elif keyed := _keyed(field, left[field], value):
                yield from _added_items(keyed[0], keyed[1], place)
            else:
                yield from _added(left[field], value, place)


def _added_items(left: Mapping[Any, Any], result: Mapping[Any, Any], at: str) -> Iterator[str]:
    for key, item in result.items():
        if key in left:
            yield from _added(left[key], item, f"{at}[{key}]")
        else:
            yield f"{at}[{key}]"
