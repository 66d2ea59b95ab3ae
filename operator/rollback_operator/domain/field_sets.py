"""Sets of fields as `managedFields` writes them, with the algebra that sets have.

`fieldsV1` is a trie: `f:image` is a field, `k:{"name":"web"}` the list item with that key, and
`.` says that the place itself is a member, where members lie below it too. A leaf is a member
without saying so. As a set of paths it is a plain `frozenset`, so union, difference and
intersection are Python's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from rollback_operator.domain.nesting import DEEPEST
from rollback_operator.domain.template import JsonObject

Path: TypeAlias = tuple[str, ...]
FieldSet: TypeAlias = frozenset[Path]

SELF = "."
NOTHING: FieldSet = frozenset()


def parse(fields_v1: Mapping[str, Any]) -> FieldSet:
    """Read the text's form; what lies too deep to be a field of anything is left out."""
    return frozenset(_members(fields_v1, ()))


def render(fields: Iterable[Path]) -> JsonObject:
    """Write the text's form: just what the API server would write for these members."""
    root: JsonObject = {}
    for path in sorted(fields):  # A path comes before all that lie below it.
        place = root
        for depth, element in enumerate(path, start=1):
            if element not in place:
                place[element] = {}
            elif not place[element] and depth < len(path):
                place[element][SELF] = {}
            place = place[element]
    return root


def below(fields: FieldSet, root: Path) -> FieldSet:
    """Return the members at that place and below it."""
    return frozenset(path for path in fields if path[: len(root)] == root)


def places(fields: Iterable[Path]) -> FieldSet:
    """Return the members and all places on the way to them."""
    return frozenset(path[:steps] for path in fields for steps in range(1, len(path) + 1))


def nearness(visited: FieldSet, path: Path) -> int:
    """Return how many steps of `path` lead through those places."""
    steps = len(path)
    while steps and path[:steps] not in visited:
        steps -= 1
    return steps


def _members(node: Mapping[str, Any], at: Path) -> Iterator[Path]:
    if len(at) >= DEEPEST:
        return
    for element, children in node.items():
        if element == SELF:
            if at:
                yield at
        elif children:
            yield from _members(children, (*at, element))
        else:
            yield (*at, element)
