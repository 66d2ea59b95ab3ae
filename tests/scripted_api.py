"""An API server of a few lines: it answers as it is told and remembers what it was asked."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Asked:
    """A call that came in."""

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass
class Scripted:
    """Answers with what is next in `answers`, the last one again and again; None hangs up."""

    answers: deque[tuple[int, Any, dict[str, str]] | None] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, status: int = 200, body: Any = None, **headers: str) -> None:
        """Say what comes next."""
        self.answers.append((status, body or {}, headers))

    def hang_up(self) -> None:
        """Break the connection next."""
        self.answers.append(None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a call."""
        body = await request.json() if request.can_read_body else None
        self.asked.append(
            Asked(request.method, request.path, dict(request.query), request.headers, body)
        )
        following = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if following is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        status, answer, headers = following
        if isinstance(answer, str):
            return web.Response(status=status, text=answer, headers=headers)
        return web.json_response(answer, status=status, headers=headers)
