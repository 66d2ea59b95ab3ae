"""What all parts of the custom resource share: the base of its models, and CEL rules.

The CRD is generated from the models (`make generate`), so the docstring under each field is what
`kubectl explain` shows.
"""

from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

PATTERN_MESSAGE: Final = "patternMessage"
"""What the API server says instead of showing the pattern that a text does not match."""


def must(*rules: JsonDict) -> JsonDict:
    """Return what the API server checks besides the schema: CEL, each rule with its message."""
    return {"x-kubernetes-validations": list(rules)}


def rule(cel: str, message: str, field: str | None = None, reason: str | None = None) -> JsonDict:
    """Return one CEL rule; the message is the user's error message, so it says what to do."""
    where: JsonDict = {"fieldPath": field} if field else {}
    why: JsonDict = {"reason": reason} if reason else {}
    return {"rule": cel, "message": message, **where, **why}


class Model(BaseModel):
    """What all parts of the resource share: camelCase names, immutability, no unknown field."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        frozen=True,
        extra="forbid",
    )
