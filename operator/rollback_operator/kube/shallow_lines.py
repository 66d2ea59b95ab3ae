"""A watch of which each line can be parsed, whatever one of the objects is like."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from rollback_operator.domain.nesting import shallow_line


class Chunked(Protocol):
    """What Kopf reads of the content of a watch."""

    def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        """Yield what has come, so many bytes at most at a time."""
        ...


class ShallowLines:
    """The lines of a watch, each cut where it is too deep for whoever parses it."""

    def __init__(self, content: Chunked) -> None:
        self._content = content

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it has
        """Be the content in all else, as when the response is closed."""
        return getattr(self._content, name)

    async def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        """Yield line by line."""
        rest = b""
        async for chunk in self._content.iter_chunked(n):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield shallow_line(line) + b"\n"
        if rest:
            yield shallow_line(rest)
