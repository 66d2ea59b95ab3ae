"""Says in a structural schema what pydantic says of a model.

A CRD takes a subset of JSON Schema: no references, no unions, and a type everywhere. What pydantic
says in other words is put into that subset; what cannot be is an error.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from rollback_operator.domain.schema import PATTERN_MESSAGE, rule
from rollback_operator.domain.template import JsonObject

RULES: Final = "x-kubernetes-validations"
LIST_MAP_KEYS: Final = "x-kubernetes-list-map-keys"

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


def structural(model: type[BaseModel]) -> JsonObject:
    """Return the schema of a model as a CRD may have it."""
    schema = model.model_json_schema(by_alias=True)
    return structural_node(schema, schema.pop("$defs", {}))


def structural_node(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> JsonObject:
    """Return one node of the schema, and all below it."""
    node = _one_type(raw, definitions)
    if patterns := node.pop("patternProperties", None):
        [node["additionalProperties"]] = patterns.values()
    _forget(node)
    _say_in_words(node, keys=node.pop("propertyNames", {}), key_patterns=patterns or {})
    if "description" in node:
        node["description"] = " ".join(node["description"].split())
    for keyword in {"items", "additionalProperties"} & node.keys():
        node[keyword] = structural_node(node[keyword], definitions)
    if "properties" in node:
        node["properties"] = {
            name: structural_node(child, definitions) for name, child in node["properties"].items()
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
