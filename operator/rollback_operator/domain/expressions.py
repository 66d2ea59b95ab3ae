"""`${…}` in the environment and arguments of steps: CEL over the record, never over today.

`$${` is a literal `${`. An unknown name is an error, which is found when a request is judged,
before the first write.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

LIMIT = 512
"""Characters of one expression: enough for any sensible one."""

_LOOP = re.compile(r"\.\s*(all|exists|exists_one|filter|map)\s*\(")
"""The macros that loop: one inside another could take for ever."""
_PLACE = re.compile(r"\$(\$\{)|\$\{([^}]*)\}")


class BadExpressionError(ValueError):
    """An expression cannot be read, or names what the record does not have."""


def render(text: str, record: Mapping[str, Any]) -> str:
    """Return the text with every expression replaced by its value.

    Raises:
        BadExpressionError: naming the expression and what is wrong with it.
    """
    return _PLACE.sub(lambda place: place[1] or _evaluate(place[2], record), text)


def _evaluate(expression: str, record: Mapping[str, Any]) -> str:
    import celpy  # noqa: PLC0415 - it takes a tenth of a second, and few rollouts have steps

    if len(expression) > LIMIT:
        message = f"${{{expression[:40]}…}} is longer than {LIMIT} characters"
        raise BadExpressionError(message)
    if len(_LOOP.findall(expression)) > 1:
        message = f"${{{expression}}} has more than one of all, exists, exists_one, filter and map"
        raise BadExpressionError(message)
    names: Any = {name: celpy.adapter.json_to_cel(value) for name, value in record.items()}
    try:
        value = _compiled(expression).evaluate(names)
    except Exception as error:  # whatever the library makes of somebody's text, the text is wrong
        raise BadExpressionError(_explain(expression, error, record)) from error
    kinds = celpy.celtypes
    texts = (kinds.StringType, kinds.IntType, kinds.UintType, kinds.DoubleType, kinds.BoolType)
    if not isinstance(value, texts):
        message = f"${{{expression}}} is neither text nor a number, nor true or false"
        raise BadExpressionError(message)
    return str(value).lower() if isinstance(value, kinds.BoolType) else str(value)


@cache
def _environment() -> Any:  # noqa: ANN401 - imported late
    import celpy  # noqa: PLC0415 - see above

    return celpy.Environment()


def _compiled(expression: str) -> Any:  # noqa: ANN401 - imported late
    environment = _environment()
    return environment.program(environment.compile(expression))


def _explain(expression: str, error: Exception, record: Mapping[str, Any]) -> str:
    """Say what is wrong in one line; what the library says holds the whole record."""
    told = str(error.args[0]) if error.args else ""
    wrong = (
        "cannot be read" if "Parse" in type(error).__name__ else told.split(" (in activation")[0]
    )
    return f"${{{expression}}}: {wrong}; known are {', '.join(sorted(record))}"
