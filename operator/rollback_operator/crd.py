"""Writes the CustomResourceDefinition from the models that the operator reads requests with."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from rollback_operator.domain.names import GROUP, KIND, PLURAL, VERSION
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.schema import rule
from rollback_operator.domain.spec import MAY_CHANGE, Spec
from rollback_operator.domain.status import Status
from rollback_operator.domain.template import JsonObject
from rollback_operator.structural_schema import LIST_MAP_KEYS, RULES, structural, structural_node

HEADER: Final = "# Generated from domain/rollback_request.py by `make generate`; do not edit.\n"

NOT_SEEN_YET: Final = {"phase": "Queued", "observedGeneration": -1}
"""The status of a request that no operator has looked at; kstatus takes -1 for "not yet"."""


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get rbr`; one of priority 1 is shown by `-o wide` only."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0

    def as_json(self) -> JsonObject:
        """Return the column as the CRD has it."""
        wide = {"priority": self.priority} if self.priority else {}
        return {"name": self.name, "type": self.type, "jsonPath": self.path, **wide}


COLUMNS: Final = (
    Column("Phase", ".status.phase"),
    Column("Targets", ".status.targetNames"),
    Column("Change", ".status.change"),
    Column("Reason", ".status.reason"),
    Column("Requester", ".status.requester"),
    Column("Duration", ".status.duration"),
    Column("Age", ".metadata.creationTimestamp", type="date"),
    Column("Why", ".spec.reason", priority=1),
    Column("Message", ".status.message", priority=1),
)


def definition() -> JsonObject:
    """Return the CustomResourceDefinition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["rbr"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [column.as_json() for column in COLUMNS],
                    "schema": {"openAPIV3Schema": resource_schema()},
                }
            ],
        },
    }


def resource_schema() -> JsonObject:
    """Return the schema of a whole request."""
    spec, status = structural(Spec), structural(Status)
    spec[RULES] = [*spec[RULES], *_immutability(spec["properties"])]
    return structural_node(
        {
            "description": RollbackRequest.__doc__,
            "type": "object",
            "required": ["spec"],
            "properties": {"spec": spec, "status": status | {"default": NOT_SEEN_YET}},
        },
        {},
    )


def rendered() -> str:
    """Return the CRD's file."""
    body = yaml.dump(definition(), Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True)
    return HEADER + body


class _Plain(yaml.SafeDumper):
    """Repeats what occurs twice, as readers of a CRD expect, instead of writing `*id001`."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _immutability(properties: JsonObject) -> Iterator[JsonObject]:
    """Yield a rule per field, so that a new field is immutable unless it is said to be not.

    They stand at the spec, not at the fields: a rule at an optional field is not asked when the
    field is added or removed.
    """
    may_change = {Spec.model_fields[name].alias for name in MAY_CHANGE}
    for name in (n for n in properties if n not in may_change):
        yield rule(
            _is_unchanged(name, properties[name].get(LIST_MAP_KEYS, ())),
            f"{name} cannot be changed: make a new request under another name",
            f".{name}",
            "FieldValueForbidden",
        )


def _is_unchanged(name: str, keys: Sequence[str]) -> str:
    """Return the CEL; equality of keyed lists overlooks their order, which means something here.

    `self.?field == oldSelf.?field` would be shorter, but its cost is estimated as unbounded.
    """
    new, old = f"self.{name}", f"oldSelf.{name}"
    order = "".join(f" && {new}.map(e, e.{key}) == {old}.map(e, e.{key})" for key in keys)
    return f"has({new}) ? has({old}) && {new} == {old}{order} : !has({old})"


def write(text: str, output: Path | None) -> None:
    """Write to a file, or to standard output where none is named."""
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the CRD, or write it to a file."""
    parser = argparse.ArgumentParser(prog="python -m rollback_operator.crd", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    write(rendered(), parser.parse_args().output)


if __name__ == "__main__":
    main()
