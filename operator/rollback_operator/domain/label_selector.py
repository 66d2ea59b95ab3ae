"""Label selectors as the API server understands them."""

import re
from collections.abc import Mapping
from typing import Any, Final

_KEY: Final = r"(?:[a-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VALUE: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?"
_FORMS: Final = {
    "In": re.compile(rf"({_KEY})\s*==?\s*({_VALUE})|({_KEY})\s+in\s*\(([^()]*)\)"),
    "NotIn": re.compile(rf"({_KEY})\s*!=\s*({_VALUE})|({_KEY})\s+notin\s*\(([^()]*)\)"),
    "Exists": re.compile(rf"({_KEY})"),
    "DoesNotExist": re.compile(rf"!\s*({_KEY})"),
}
"""How kubectl writes requirements: `a=b`, `a in (b, c)`, `a!=b`, `a notin (b, c)`, `a` and `!a`."""


def parse_selector(text: str) -> dict[str, Any]:
    """Read a label selector as kubectl writes it.

    Raises:
        ValueError: naming the requirement that cannot be read.
    """
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text)]
    return {"matchExpressions": [_requirement(part) for part in parts if part]}


def _requirement(text: str) -> dict[str, Any]:
    for operator, form in _FORMS.items():
        if found := form.fullmatch(text):
            key, *given = (group for group in found.groups() if group is not None)
            values = [value.strip() for part in given for value in part.split(",")]
            if all(re.fullmatch(_VALUE, value) for value in values):
                return {"key": key, "operator": operator, **({"values": values} if given else {})}
    message = f"{text!r} is no requirement of a label selector, such as team=shop or !legacy"
    raise ValueError(message)


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a selector matches the labels: an empty one all, none at all none."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(requirement, labels) for requirement in selector.get("matchExpressions") or ()
    )


def _meets(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(requirement["key"]), requirement.get("values") or ()
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None
