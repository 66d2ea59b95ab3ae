"""Writes the CustomResourceDefinition, from the same models that the operator reads requests with.

A CRD takes a subset of JSON Schema (a "structural schema"): no references, no unions, and a type
everywhere. What pydantic says in other words is put into that subset; what cannot be is an error.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml
from pydantic import BaseModel

from rollback_operator.domain.names import GROUP, KIND, PLURAL, VERSION
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.schema import PATTERN_MESSAGE, rule
from rollback_operator.domain.spec import MAY_CHANGE, Spec
from rollback_operator.domain.status import Status

JsonObject: TypeAlias = dict[str, Any]

RULES: Final = "x-kubernetes-validations"
LIST_MAP_KEYS: Final = "x-kubernetes-list-map-keys"

HEADER: Final = "# Generated from domain/rollback_request.py by `make generate`; do not edit.\n"

NOT_SEEN_YET: Final = {"phase": "Queued", "observedGeneration": -1}
"""The status of a request that no operator has looked at; kstatus takes -1 for "not yet"."""

KEYWORDS: Final = (
    "description",
    "type",
    "format",
    "enum",
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "x-kubernetes-list-type",
    LIST_MAP_KEYS,
    RULES,
    "required",
    "properties",
    "items",
    "additionalProperties",
)
"""What may stand in a node, in the order in which it is written."""

RULE_KEYWORDS: Final = ("rule", "message", "fieldPath", "reason")


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
    return _node(
        {
            "description": RollbackRequest.__doc__,
            "type": "object",
            "required": ["spec"],
            "properties": {"spec": spec, "status": status | {"default": NOT_SEEN_YET}},
        },
        {},
    )


def structural(model: type[BaseModel]) -> JsonObject:
    """Return the schema of a model as a CRD may have it."""
    schema = model.model_json_schema(by_alias=True)
    return _node(schema, schema.pop("$defs", {}))


def rendered() -> str:
    """Return the CRD's file."""
    body = yaml.dump(definition(), Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True)
    return HEADER + body


class _Plain(yaml.SafeDumper):
    """Repeats what occurs twice, as readers of a CRD expect, instead of writing `*id001`."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _node(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> JsonObject:
    """Return one node of the schema, and all below it."""
    node = _one_type(raw, definitions)
    if patterns := node.pop("patternProperties", None):
        [node["additionalProperties"]] = patterns.values()
    _forget(node)
    _say_in_words(node, keys=node.pop("propertyNames", {}), key_patterns=patterns or {})
    if "description" in node:
        node["description"] = " ".join(node["description"].split())
    for keyword in {"items", "additionalProperties"} & node.keys():
        node[keyword] = _node(node[keyword], definitions)
    if "properties" in node:
        node["properties"] = {
            name: _node(child, definitions) for name, child in node["properties"].items()
        }
    return _in_order(node)


def _one_type(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> JsonObject:
    """Inline what is referred to, and drop the null of an optional field: absent is absent."""
    node = dict(raw)
    while node.keys() & {"$ref", "anyOf"}:
        if "$ref" in node:
            meant = definitions[node.pop("$ref").rpartition("/")[2]]
        else:
            [meant] = (option for option in node.pop("anyOf") if option != {"type": "null"})
        node = {**meant, **node}
    return node


def _forget(node: JsonObject) -> None:
    """Drop what the API server would refuse or what says nothing."""
    node.pop("title", None)
    if node.get("additionalProperties") is False:
        # Pruning does it, and strict validation reports it.
        del node["additionalProperties"]
    default = node.get("default")
    if default is None:
        node.pop("default", None)
    elif isinstance(default, dict):
        node["default"] = {k: v for k, v in default.items() if v is not None}


def _say_in_words(node: JsonObject, keys: JsonObject, key_patterns: Mapping[str, Any]) -> None:
    """Turn patterns into rules, whose message is ours; keys of maps can be checked only so."""
    rules = list(node.get(RULES, ()))
    if message := node.pop(PATTERN_MESSAGE, None):
        rules.append(rule(f"self.matches({_literal(node.pop('pattern'))})", message))
    for pattern in key_patterns:
        cel = f"self.all(key, key.matches({_literal(pattern)}))"
        rules.append(rule(cel, keys[PATTERN_MESSAGE]))
    if rules:
        node[RULES] = [_sorted(each, RULE_KEYWORDS) for each in rules]


def _literal(pattern: str) -> str:
    """Return a CEL string that no character of the pattern can end or escape."""
    if "'" in pattern:
        message = f"a pattern with a quote: {pattern}"
        raise ValueError(message)
    return f"r'{pattern}'"


def _in_order(node: JsonObject) -> JsonObject:
    if unknown := node.keys() - set(KEYWORDS):
        message = f"a CRD cannot say {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return _sorted(node, KEYWORDS)


def _sorted(values: JsonObject, order: Sequence[str]) -> JsonObject:
    return {key: values[key] for key in order if key in values}


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
