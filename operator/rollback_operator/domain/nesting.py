"""JSON that is nested too deep to be read, cut where it is: one object must not stop the operator.

The API server keeps managedFields that are nested up to ten thousand levels deep, which anyone may
write who may write the object. Python's parser may give up before, as that of 3.11 at one thousand,
and then neither the list that the object is in nor a watch that shows it can be read. Whoever walks
through what was parsed minds `DEEPEST` too: the parser of 3.13 reads nearly all of it.
"""

import json
import re
from typing import Any, Final

DEEPEST: Final = 200
"""Levels that are kept; real objects have about thirty."""
SUSPICIOUS: Final = 800
"""Brackets of a text that may be too deep: fewer cannot be nested so that Python gives up."""

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def loads(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Parse a text, with null for what lies too deep.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(shallow(text))


def shallow(text: str) -> str:
    """Return a JSON text with null in place of what lies too deep."""
    kept, depth, begin = list[str](), 0, 0
    for token in _TOKEN.finditer(text):
        mark = token[0][0]
        if mark in "{[":
            depth += 1
            if depth == DEEPEST + 1:
                kept += [text[begin : token.start()], "null"]
        elif mark in "}]":
            if depth == DEEPEST + 1:
                begin = token.end()
            depth -= 1
    return "".join([*kept, text[begin:]])


def shallow_line(line: bytes) -> bytes:
    """Return a line of a watch as it can be parsed."""
    if line.count(b"{") + line.count(b"[") < SUSPICIOUS:
        return line
    return shallow(line.decode()).encode()
