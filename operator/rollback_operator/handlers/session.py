"""The sessions with the API server: ours for everything, and one for Kopf's own watches."""

import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import aiohttp
import kopf

from rollback_operator import __version__
from rollback_operator.domain.health import Watched
from rollback_operator.domain.names import FIELD_MANAGER
from rollback_operator.domain.nesting import loads
from rollback_operator.kube.addresses import Subject, subject
from rollback_operator.kube.shallow_lines import ShallowLines
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.vitals import Vitals

USER_AGENT: Final = f"{FIELD_MANAGER}/{__version__}"
FREE: Final = frozenset({"leases", "selfsubjectaccessreviews"})
"""What a standby may send: how it comes to lead, and questions about its own rights."""
PING_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)


class NotLeadingError(aiohttp.ClientConnectionError):
    """Nothing is written by a replica that does not lead, or does not any more."""


class NotNowError(aiohttp.ClientConnectionError):
    """The API server answers, but not what was asked for: to Kopf as good as no connection."""


class OutdatedError(aiohttp.ClientPayloadError):
    """A list cannot be continued: to Kopf a reason to begin it again."""


class LenientResponse(aiohttp.ClientResponse):
    """A response of which Kopf can read each list, whatever one of the objects is like."""

    async def json(self, **options: Any) -> Any:  # noqa: ANN401 - any JSON
        """Parse the body."""
        return await super().json(**{"loads": loads, **options})


class Sessions:
    """Opens sessions that authenticate every call, say who we are, and tell what they see."""

    def __init__(
        self,
        found: kopf.ConnectionInfo,
        token_file: Path | None,
        vitals: Vitals,
        observer: Observer,
    ) -> None:
        self._found = found
        self._token_file = token_file
        self._vitals = vitals
        self._observer = observer

    def ours(self, may_write: Callable[[], bool]) -> aiohttp.ClientSession:
        """Open a session that writes only while it may."""

        async def fence(
            request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
        ) -> aiohttp.ClientResponse:
            about = _subject(request)
            if request.method != "GET" and about.resource not in FREE and not may_write():
                message = f"this replica does not lead and may not {about.verb} {about.resource}"
                raise NotLeadingError(message)
            return await handler(request)

        return self._open(fence)

    def kopfs(self) -> aiohttp.ClientSession:
        """Open a session for Kopf, which gives up too early by itself (decisions/0008)."""
        return self._open(_endure, LenientResponse)

    def _open(
        self,
        first: aiohttp.ClientMiddlewareType,
        response_class: type[aiohttp.ClientResponse] = aiohttp.ClientResponse,
    ) -> aiohttp.ClientSession:
        token = [self._fresh_token] if self._token_file else []
        middlewares = (first, self._notice, *token)
        return open_session(self._found, *middlewares, response_class=response_class)

    async def _notice(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Count and time the call, and listen to what it opens."""
        about, begun, code = _subject(request), time.monotonic(), "none"
        try:
            response = await handler(request)
            code = str(response.status)
        finally:
            seconds = time.monotonic() - begun
            self._observer.called(about.verb, about.resource, code, seconds)
        self._vitals.heard(response.status)
        if about.verb == "watch" and response.status == HTTPStatus.OK:
            self._vitals.opened(Watched(about.resource, about.namespace), response.content)
        return response

    async def _fresh_token(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send the token as it is in the file now: the kubelet renews it before it expires."""
        if self._token_file:
            # One kilobyte that lives in memory: no reason to leave the event loop.
            request.headers["Authorization"] = f"Bearer {self._token_file.read_text().strip()}"
        return await handler(request)


def open_session(
    found: kopf.ConnectionInfo,
    *middlewares: aiohttp.ClientMiddlewareType,
    response_class: type[aiohttp.ClientResponse] = aiohttp.ClientResponse,
) -> aiohttp.ClientSession:
    """Open a session that authenticates every call and says who we are."""
    connector = aiohttp.TCPConnector(limit=0, ssl=found.as_ssl_context(), keepalive_timeout=60)
    return aiohttp.ClientSession(
        connector=connector,
        middlewares=middlewares,
        response_class=response_class,
        headers={"User-Agent": USER_AGENT, **found.as_http_headers()},
        proxy=found.proxy_url,
        trust_env=found.trust_env,
    )


async def ping(session: aiohttp.ClientSession, server: str) -> None:
    """Ask the API server whether it is there; what counts is what the session notices."""
    try:
        async with session.get(f"{server.rstrip('/')}/readyz", timeout=PING_TIMEOUT) as response:
            await response.read()
    except (aiohttp.ClientError, TimeoutError, OSError):
        return


async def _endure(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Turn answers at which Kopf would end into those at which it tries again, or can go on."""
    response = await handler(request)
    if response.status == HTTPStatus.GONE and _subject(request).verb == "list":
        response.release()
        message = f"{request.url.path}: the list has expired (410)"
        raise OutdatedError(message)
    if (
        response.status == HTTPStatus.UNAUTHORIZED
        or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        response.release()
        message = f"{request.url.path}: {response.status} {response.reason}"
        raise NotNowError(message)
    if _subject(request).verb == "watch":
        response.content = cast("aiohttp.StreamReader", ShallowLines(response.content))
    return response


def _subject(request: aiohttp.ClientRequest) -> Subject:
    return subject(request.method, request.url.path, request.url.query)
