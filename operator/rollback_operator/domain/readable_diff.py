"""What a rollback would change, line by line, for people; values that may be secret are not shown.

`web/config: resources.limits.cpu 500m → 250m`, but `web/config: env[TOKEN].value (changed)`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rollback_operator.domain.components import VOLUME, altered, container_of
from rollback_operator.domain.secrecy import is_shown
from rollback_operator.domain.template import CONTAINER_LISTS, Template
from rollback_operator.domain.tree import Path, as_tree, is_entry, path_text

VALUE_LIMIT: Final = 160

_MISSING: Final = object()
_ORDER: Final = object()


class Difference(NamedTuple):
    """A leaf that differs, or an entry of a list that only one side has."""

    path: Path
    old: object
    new: object

    def text(self, below: int) -> str:
        """Return it as people read it; the first `below` keys of the path go without saying."""
        name = path_text(self.path[below:])
        if self.new is _ORDER:
            return f"order of {name} (changed)"
        return f"{name} {self.change}"

    @property
    def change(self) -> str:
        """Old and new value, or how it changed where a value may be secret."""
        whole = any(isinstance(value, Mapping) for value in (self.old, self.new))
        if is_shown(self.path) and not whole:
            return f"{_shown(self.old)} → {_shown(self.new)}"
        if self.old is _MISSING:
            return "(added)"
        return "(removed)" if self.new is _MISSING else "(changed)"


def diff_lines(live: Template, result: Template) -> list[str]:
    """Return a line for each thing that must change for `live` to become `result`."""
    ours, theirs = as_tree(live.comparable), as_tree(result.comparable)
    return [
        f"{component.name}{text}"
        for component in altered(live, result)
        for text in _of_component(component.name, ours, theirs)
    ]


def shortened(lines: Sequence[str], limit: int) -> list[str]:
    """Return at most `limit` lines, at least one; the last one counts those that are left out."""
    kept = max(limit, 1) - 1
    if len(lines) <= kept + 1:
        return list(lines)
    return [*lines[:kept], f"… and {len(lines) - kept} more"]


def _of_component(name: str, live: Any, result: Any) -> list[str]:  # noqa: ANN401
    component, _, part = name.rpartition("/")
    container = container_of(component)
    if part == "image":
        found = _difference(_image_path(container, live), live, result)
        return [f": {found.change}"]
    if container:
        path = _container_path(container, live)
        found_below = [d for d in _below(path, live, result) if d.path != (*path, "image")]
    elif name in {"labels", "annotations"}:
        path = ("metadata", name)
        found_below = list(_below(path, live, result))
    elif name == "pod":
        path = ("spec",)
        found_below = [d for d in _below(path, live, result) if not _belongs_elsewhere(d)]
    else:
        return [_of_whole_container(container_of(name), live, result)]
    return [f": {d.text(len(path))}" for d in found_below] or [" (changed)"]


def _of_whole_container(name: str, live: Any, result: Any) -> str:  # noqa: ANN401
    before, after = _list_of(name, live), _list_of(name, result)
    if after is None:
        return " (removed)"
    image = _at(result, ("spec", after, f"[{name}]", "image"))
    return f" (added): {image}" if before is None else f" (moved): {before} → {after}"


def _belongs_elsewhere(difference: Difference) -> bool:
    """Whether a difference in a pod spec is that of a container, or of an image volume's image."""
    path, of_container = difference.path, difference.path[1] in CONTAINER_LISTS
    is_order = difference.new is _ORDER and len(path) == len(("spec", "containers"))
    both_there = _MISSING not in (difference.old, difference.new)
    return (of_container and not is_order) or (path[-2:] == ("image", "reference") and both_there)


def _below(path: Path, live: Any, result: Any) -> Iterator[Difference]:  # noqa: ANN401
    yield from _differences(path, _at(live, path), _at(result, path))


def _differences(path: Path, old: Any, new: Any) -> Iterator[Difference]:  # noqa: ANN401
    """Yield what differs; a map that only one side has is gone through, an entry is not."""
    maps = [value for value in (old, new) if isinstance(value, Mapping)]
    is_one_sided = _MISSING in (old, new) and not is_entry(path[-1])
    if len(maps) == 1 and is_one_sided:
        old, new = (value if isinstance(value, Mapping) else {} for value in (old, new))
    elif len(maps) < len((old, new)):
        if old != new:
            yield Difference(path, old, new)
        return
    for key in [*old, *(key for key in new if key not in old)]:
        yield from _differences((*path, key), old.get(key, _MISSING), new.get(key, _MISSING))
    common = [[key for key in side if key in old and key in new] for side in (old, new)]
    if common[0] != common[1] and any(is_entry(key) for key in common[0]):
        yield Difference(path, _ORDER, _ORDER)


def _difference(path: Path, live: Any, result: Any) -> Difference:  # noqa: ANN401
    return Difference(path, _at(live, path), _at(result, path))


def _image_path(container: str, tree: Any) -> Path:  # noqa: ANN401 - a tree of any JSON
    if container.startswith(VOLUME):
        return ("spec", "volumes", f"[{container.removeprefix(VOLUME)}]", "image", "reference")
    return (*_container_path(container, tree), "image")


def _container_path(container: str, tree: Any) -> Path:  # noqa: ANN401 - a tree of any JSON
    return ("spec", _list_of(container, tree) or "containers", f"[{container}]")


def _list_of(container: str, tree: Any) -> str | None:  # noqa: ANN401 - a tree of any JSON
    found = (f for f in CONTAINER_LISTS if f"[{container}]" in (tree["spec"].get(f) or {}))
    return next(found, None)


def _at(tree: Any, path: Path) -> Any:  # noqa: ANN401 - a tree of any JSON
    for key in path:
        if not isinstance(tree, Mapping) or key not in tree:
            return _MISSING
        tree = tree[key]
    return tree


def _shown(value: object) -> str:
    if value is _MISSING:
        return "(absent)"
    if isinstance(value, list):
        text = ", ".join(str(item) for item in value)
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}…"
