"""One call to the API server: authenticated by the session, tried again while that may help."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
import stamina
from yarl import URL

from rollback_operator.domain.nesting import loads
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Invalid, Unreachable
from rollback_operator.kube.answers import error_of, is_error, warnings_of
from rollback_operator.kube.encoding import encoded

JSON_PATCH = "application/json-patch+json"
CALL_TIMEOUT = aiohttp.ClientTimeout(total=30)
ATTEMPTS = 6
WATCH_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)
"""For who waits for changes: how long, they decide themselves."""
LONGEST_PAUSE = 10.0
"""Seconds that a server may make one call wait: beyond, the caller's own deadlines count."""


@dataclass(frozen=True)
class Answer:
    """What the API server answered; warnings are those of its `Warning` headers."""

    body: JsonObject
    warnings: tuple[str, ...] = ()


class Api:
    """The API server behind a session."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server.rstrip("/")
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=ATTEMPTS, timeout=60, wait_initial=0.1, wait_jitter=0.1, wait_max=5
        ).on(backoff)

    async def call(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        accept: str = "application/json",
    ) -> Answer:
        """Call the API, again while that may help.

        Raises:
            KubeError: it did not do what it was for.
        """
        return await self._retrying(self._call_once, verb, path, query, body, accept)

    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncIterator[JsonObject]:
        """Yield the events of a watch until it ends; it is not opened again.

        Raises:
            KubeError: it could not be opened, or broke.
        """
        try:
            async with self._session.get(
                self._address(path), params=query, timeout=WATCH_TIMEOUT
            ) as response:
                if is_error(response):
                    refusal = error_of("GET", path, response, await response.text())
                    raise refusal
                async for line in response.content:
                    yield loads(line.decode())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            message = f"the watch on {path} broke ({error!r})"
            raise Unreachable(message) from error

    def _address(self, path: str) -> URL:
        """Return the address, letter by letter: no part of a path may lead to another object."""
        if {"", ".", ".."} & set(path.split("/")[1:]):
            message = f"{path} is no path of the API"
            raise Invalid(message)
        return URL(self._server + quote(path), encoded=True)

    async def _call_once(
        self, verb: str, path: str, query: Mapping[str, str] | None, body: object, accept: str
    ) -> Answer:
        content = JSON_PATCH if verb == "PATCH" else "application/json"
        data = None if body is None else encoded(body)
        try:
            async with self._session.request(
                verb,
                self._address(path),
                params=query,
                data=data,
                headers={"Content-Type": content, "Accept": accept},
                timeout=CALL_TIMEOUT,
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"{verb} {path}: no answer from the API server ({error!r})"
            raise Unreachable(message) from error
        if is_error(response):
            raise error_of(verb, path, response, text)
        return Answer(loads(text), warnings_of(response))


def backoff(error: Exception) -> bool | float:
    """Tell whether, or after how many seconds, to try again."""
    if not isinstance(error, Unreachable):
        return False
    return True if error.retry_after is None else min(error.retry_after, LONGEST_PAUSE)
