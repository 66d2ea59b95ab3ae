"""Makes objects from a structural schema: values that it allows, and ones just beside."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "ü",
    "\U0001d4b3",
    "../..",
    "${x}",
    "-",
    "a" * 64,
    "a" * 5000,
    "0",
    "\n",
)
ODD_NUMBERS = (-1, 0, 1, 2**31 - 1, 2**31, 2**63 - 1, -(2**63), 1.5)
ODD: tuple[Any, ...] = (None, True, [], {}, [None], {"": ""}, *ODD_TEXTS, *ODD_NUMBERS)
USUAL, FEW = 0.3, 3
"""How often an optional field is given, and how many entries a list has at most."""


@dataclass(frozen=True)
class Shapes:
    """Draws values; `words` are those that mean something, by the name of the field or map."""

    draw: random.Random
    words: Mapping[str, Sequence[Any]]

    def value(self, schema: Schema, name: str = "") -> Any:
        """Return a value that the schema allows, as far as its types and bounds go."""
        match schema["type"]:
            case "object":
                return self._object(schema, name)
            case "array":
                many = range(self.draw.randint(schema.get("minItems", 0), FEW))
                return [self.value(schema["items"], name) for _ in many]
            case "boolean":
                return self.draw.random() < USUAL
            case "integer" | "string":
                return self.draw.choice(self._choices(schema, name))
            case unknown:
                message = f"nothing is known of the type {unknown}"
                raise AssertionError(message)

    def bent(self, value: Any) -> Any:
        """Return a value with one thing changed somewhere in it, at any depth."""
        if isinstance(value, dict) and value and self.draw.random() < 1 - USUAL:
            key = self.draw.choice(list(value))
            return {**value, key: self.bent(value[key])}
        if isinstance(value, list) and value and self.draw.random() < 1 - USUAL:
            place = self.draw.randrange(len(value))
            return [*value[:place], self.bent(value[place]), *value[place + 1 :]]
        return self._other(value)

    def _choices(self, schema: Schema, name: str) -> Sequence[Any]:
        if found := schema.get("enum") or self.words.get(name):
            return list(found)
        if schema["type"] == "string":
            return self.words[""]
        low, high = schema.get("minimum", 0), schema.get("maximum", 2**31)
        return low, low + 1, self.draw.randint(low, high), high

    def _object(self, schema: Schema, name: str) -> dict[str, Any]:
        if of := schema.get("additionalProperties"):
            many = range(self.draw.randint(schema.get("minProperties", 0), FEW))
            keys = self.words.get(f"{name}.key") or self.words[""]
            return {self.draw.choice(keys): self.value(of, f"{name}.value") for _ in many}
        needed = schema.get("required", ())
        return {
            key: self.value(of, key)
            for key, of in schema.get("properties", {}).items()
            if key in needed or self.draw.random() < USUAL
        }

    def _other(self, value: Any) -> Any:
        changes = [self.draw.choice(ODD)]
        if isinstance(value, dict):
            changes += [value | {"": 1}, value | {"unknown": value}]
            changes += [{k: v for k, v in value.items() if k != key} for key in value]
        if isinstance(value, list):
            changes += [value * 2, value * 40, [*value, None]]
        if isinstance(value, str):
            changes += [value.upper(), f"{value} ", value * 30, [value]]
        if isinstance(value, int):
            changes += [-value, value + 0.5, str(value), value * 10**9]
        return self.draw.choice(changes)
