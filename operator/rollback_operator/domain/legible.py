"""Text of others made fit to be shown: no control characters, no end without end.

Change causes, images, termination messages and errors of webhooks end up in terminals and logs,
where an escape sequence or a line break could make them say what was never written.
"""

import unicodedata
from typing import Any, Final

TEXT_LIMIT: Final = 4096
"""Characters of one text in a status: without a bound, status writes fail one day (trap 35)."""
HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what acts on a text instead of being seen in it."""


def legible(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return the text with what cannot be seen written out, and cut where it is too long."""
    if not text.isprintable():
        text = "".join(_shown(character) for character in text[:limit])
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def legible_object(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON value with all of its texts legible; keys are names, which the API checks."""
    match value:
        case str():
            return legible(value)
        case list():
            return [legible_object(each) for each in value]
        case dict():
            return {key: legible_object(each) for key, each in value.items()}
        case _:
            return value


def _shown(character: str) -> str:
    if unicodedata.category(character) not in HIDDEN:
        return character
    return {"\n": "⏎", "\t": " "}.get(character) or f"<U+{ord(character):04X}>"
