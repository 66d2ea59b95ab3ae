"""Label selectors, as a query understands them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Selector: TypeAlias = Mapping[str, Any]
"""A label selector as the API writes it: `matchLabels`, `matchExpressions`."""


def selector_text(selector: Selector) -> str:
    """Return a label selector as a query understands it."""
    labels = (f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items())
    others = (_requirement(r) for r in selector.get("matchExpressions") or ())
    return ",".join([*labels, *others])


def _requirement(requirement: Mapping[str, Any]) -> str:
    key, values = requirement["key"], ",".join(requirement.get("values") or ())
    match requirement["operator"]:
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
        case operator:
            return f"{key} {operator.lower()} ({values})"
