"""A pod template as a tree of maps: lists whose entries have a name of their own become maps too.

The path of an entry `LEVEL` of `env` ends in `[LEVEL]`; a list without such names is one leaf.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

Path: TypeAlias = tuple[str, ...]

NAMED_BY: Final = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "sysctls": "name",
    "httpHeaders": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "hostAliases": "ip",
    "ports": "containerPort",
}
"""The field that tells the entries of a list apart."""

REFERRING: Final = frozenset({"envFrom", "sources"})
"""Lists whose entries are told apart by the object that they refer to."""


def as_tree(value: Any, field: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with every list that can be one turned into a map; the order stays."""
    if isinstance(value, Mapping):
        return {key: as_tree(child, key) for key, child in value.items()}
    if isinstance(value, list):
        names = [_name(field, entry) for entry in value]
        if value and len(set(names) - {None}) == len(names):
            pairs = zip(names, value, strict=True)
            return {f"[{name}]": as_tree(entry) for name, entry in pairs}
    return value


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    """Yield every value that is no map, with its path."""
    if not isinstance(tree, Mapping):
        yield path, tree
        return
    for key, child in tree.items():
        yield from leaves(child, (*path, key))


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield the texts in a leaf, which may be a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from texts(child)
    elif isinstance(value, Sequence):
        for child in value:
            yield from texts(child)


def is_entry(key: str) -> bool:
    """Whether a key of a path is that of a list's entry."""
    return key.startswith("[")


def path_text(path: Path) -> str:
    """Return a path as people write it: `env[LEVEL].valueFrom`."""
    return "".join(key if is_entry(key) else f".{key}" for key in path).removeprefix(".")


def _name(field: str, entry: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if not isinstance(entry, Mapping):
        return None
    if field in REFERRING:
        kinds = [k for k in entry if isinstance(entry[k], Mapping) and "name" in entry[k]]
        return f"{kinds[0].removesuffix('Ref')} {entry[kinds[0]]['name']}" if kinds else None
    name = entry.get(NAMED_BY.get(field, ""))
    protocol = entry.get("protocol")
    return f"{name}/{protocol}" if name and protocol else name and str(name)
