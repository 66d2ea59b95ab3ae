"""A bare client of the API server: JSON in and out, and watches as lines."""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes import client, config

Object = dict[str, Any]

DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"
REQUESTS = "/apis/rollback-operator.dev/v1alpha1/namespaces/{}/rollbackrequests"
LINE = 2**20
"""Bytes that one event of a watch may have."""


class Api:
    """One session with the API server."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, path: str) -> Object:
        """Read an object or a list."""
        async with self._session.get(path) as response:
            return await _answer(response)

    async def create(self, path: str, body: Object) -> Object:
        """Create an object in the collection at that path."""
        async with self._session.post(path, json=body) as response:
            return await _answer(response)

    async def attempt(self, path: str, body: Object) -> tuple[int, Object]:
        """Try to create an object; return the status of the answer too."""
        async with self._session.post(path, json=body) as response:
            return response.status, await response.json()

    async def patch(self, path: str, operations: list[Object]) -> None:
        """Send a JSON Patch; the answer is not looked at beyond its status."""
        headers = {"Content-Type": "application/json-patch+json"}
        data = json.dumps(operations)
        async with self._session.patch(path, data=data, headers=headers) as response:
            if not response.ok:
                await _answer(response)

    async def delete(self, path: str) -> None:
        """Delete an object."""
        async with self._session.delete(path) as response:
            await _answer(response)

    async def watch(self, path: str, version: str) -> AsyncIterator[bytes]:
        """Yield the events since a resource version, one JSON text each."""
        query = {"watch": "true", "resourceVersion": version}
        endless = aiohttp.ClientTimeout(total=None)
        async with self._session.get(
            path, params=query, timeout=endless, read_bufsize=LINE
        ) as response:
            async for line in response.content:
                yield line


@asynccontextmanager
async def connect(kubeconfig: Path, user_agent: str) -> AsyncIterator[Api]:
    """Open a session with the credentials of a kubeconfig."""
    found = client.Configuration()
    config.load_kube_config(str(kubeconfig), client_configuration=found)
    async with aiohttp.ClientSession(
        found.host,
        connector=aiohttp.TCPConnector(limit=0, ssl=_tls(found), keepalive_timeout=60),
        headers={"User-Agent": user_agent, **_token(found)},
    ) as session:
        yield Api(session)


def _tls(found: client.Configuration) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=found.ssl_ca_cert)
    if found.cert_file:
        context.load_cert_chain(found.cert_file, found.key_file)
    return context


def _token(found: client.Configuration) -> Mapping[str, str]:
    token = found.get_api_key_with_prefix("authorization")
    return {"Authorization": token} if token else {}


async def _answer(response: aiohttp.ClientResponse) -> Object:
    answer: Object = await response.json()
    if not response.ok:
        message = f"{response.method} {response.url.path}: {answer.get('message')}"
        raise RuntimeError(message)
    return answer
