"""Calls of a proxy to the API server, which leave no connection behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp


@asynccontextmanager
async def calling(
    session: aiohttp.ClientSession, method: str, url: str, **options: Any
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Call; whoever leaves before the answer has ended, such as a watch, cuts the connection.

    aiohttp would take leave of the other side and wait for its reply, in a loop that may be closed
    before that comes: an open socket would be found later, in another test.
    """
    async with session.request(method, url, **options) as answer:
        try:
            yield answer
        finally:
            if answer.connection is not None and answer.connection.transport is not None:
                answer.connection.transport.abort()
