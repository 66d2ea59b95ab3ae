"""JSON written letter by letter as the API server writes it.

It compares what a JSON Patch tests with its own as both are encoded, not as they are meant, and Go
writes `&`, `<` and `>` as escapes, but no letter of any script. Who does otherwise is told that the
object has changed, for ever.
"""

import json
from typing import Final

ESCAPED: Final = {ord(character): f"\\u{ord(character):04x}" for character in "&<>\u2028\u2029"}
"""What Go's encoder writes as escapes and Python's does not."""


def encoded(value: object) -> bytes:
    """Return a JSON value as Go's `encoding/json` writes it; half characters are none there."""
    text = json.dumps(value, ensure_ascii=False).translate(ESCAPED)
    return text.encode(errors="replace")
