"""Each line of a watch can be read, also one that is nested too deep for Python."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp.base_protocol import BaseProtocol

from rollback_operator.kube.shallow_lines import ShallowLines


class Content:
    """What a watch sends, in pieces."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        assert n
        for chunk in self._chunks:
            yield chunk


async def test_in_all_else_it_is_the_content() -> None:
    """A response that is closed tells its content so."""
    content = aiohttp.StreamReader(BaseProtocol(asyncio.get_running_loop()), limit=1024)
    broken = ConnectionError("closed")

    ShallowLines(content).set_exception(broken)

    assert content.exception() is broken


async def lines(*chunks: bytes) -> list[Any]:
    read = [chunk async for chunk in ShallowLines(Content(*chunks)).iter_chunked(1024)]
    return [json.loads(line) for line in b"".join(read).splitlines()]


async def test_each_line_of_a_watch_can_be_read() -> None:
    deep = b'{"f:a":' * 9_990 + b"1" + b"}" * 9_990

    found = await lines(b'{"a": 1}\n{"b"', b": 2}\n" + deep[:500], deep[500:] + b'\n{"c": 3}')

    assert found[:2] == [{"a": 1}, {"b": 2}]
    assert list(found[2]) == ["f:a"]
    assert found[3:] == [{"c": 3}]
