"""Writes the tables of the chart's README from its values.yaml and the combinations in ci/.

`python -m chart_readme` is behind `make generate`. What a value is for stands above it, in
values.yaml.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[1] / "charts" / "rollback-operator"
BEGIN, END = "<!-- generated: {} -->", "<!-- end of {} -->"


@dataclass(frozen=True)
class Value:
    """One row: a value, or a group of them, which has no default of its own."""

    path: str
    default: str | None
    description: str


def values() -> list[Value]:
    """Return the values in the order of values.yaml."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    root = yaml.compose(text)
    assert root is not None, "values.yaml is empty"
    return list(_values(root, text.splitlines(), ""))


def combinations() -> list[tuple[str, str]]:
    """Return the files of values that the chart is checked with, and what each is for."""
    return [(file.name, _first_comment(file)) for file in sorted((CHART / "ci").glob("*.yaml"))]


def readme() -> str:
    """Return the README with its tables made anew."""
    text = (CHART / "README.md").read_text(encoding="utf-8")
    rows = [
        (f"`{v.path}`", "" if v.default is None else f"`{v.default}`", v.description)
        for v in values()
    ]
    files = [(f"[`{name}`](ci/{name})", what) for name, what in combinations()]
    text = _replaced(text, "values", _table(("value", "default", "what it is for"), rows))
    return _replaced(text, "combinations", _table(("values", "what they are for"), files))


def _values(node: yaml.Node, lines: list[str], prefix: str) -> Iterator[Value]:
    for key, value in node.value:
        path = f"{prefix}{key.value}"
        description = _comment_above(lines, key.start_mark.line)
        if _is_group(value, lines):
            if description:
                yield Value(path, None, description)
            yield from _values(value, lines, f"{path}.")
        else:
            yield Value(path, json.dumps(_default(value)), description)


def _is_group(node: yaml.Node, lines: list[str]) -> bool:
    """Whether what is below is explained piece by piece."""
    if not isinstance(node, yaml.MappingNode) or not node.value:
        return False
    return bool(_comment_above(lines, node.value[0][0].start_mark.line))


def _comment_above(lines: list[str], line: int) -> str:
    found: list[str] = []
    while line and lines[line - 1].strip().startswith("#"):
        line -= 1
        found.insert(0, lines[line].strip().removeprefix("#").strip())
    return " ".join(found)


def _default(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


def _first_comment(file: Path) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    comment = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    return " ".join(comment)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [head, ["---" for _ in head], *rows]
    return "".join(f"| {' | '.join(map(_escaped, row))} |\n" for row in cells)


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|")


def _replaced(text: str, name: str, table: str) -> str:
    begin, end = BEGIN.format(name), END.format(name)
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{table}\n{end}{after}"


if __name__ == "__main__":
    (CHART / "README.md").write_text(readme(), encoding="utf-8")
