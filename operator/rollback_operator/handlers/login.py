"""Find the API server and the credentials: a pod's ServiceAccount, or the current kubeconfig."""

import logging
from pathlib import Path

import aiohttp
import kopf

from rollback_operator import __version__
from rollback_operator.domain.names import FIELD_MANAGER

logger = logging.getLogger(__name__)

TOKEN_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
USER_AGENT = f"{FIELD_MANAGER}/{__version__}"


def find_credentials(settings: kopf.OperatorSettings) -> kopf.ConnectionInfo:
    """Return how to reach the API server.

    Raises:
        kopf.LoginError: there is neither a ServiceAccount nor a kubeconfig.
    """
    found = kopf.login_with_service_account(logger=logger, settings=settings)
    found = found or kopf.login_with_kubeconfig(logger=logger, settings=settings)
    if found is None:
        message = "no ServiceAccount token and no kubeconfig: set KUBECONFIG, or run in a pod"
        raise kopf.LoginError(message)
    return found


def open_session(found: kopf.ConnectionInfo) -> aiohttp.ClientSession:
    """Open a session that authenticates every call and says who we are."""
    connector = aiohttp.TCPConnector(limit=0, ssl=found.as_ssl_context(), keepalive_timeout=60)
    return aiohttp.ClientSession(
        connector=connector,
        middlewares=[_fresh_token] if TOKEN_FILE.exists() else [],
        headers={"User-Agent": USER_AGENT, **found.as_http_headers()},
        proxy=found.proxy_url,
        trust_env=found.trust_env,
    )


def _read_token() -> str:
    """Read a file of one kilobyte that lives in memory: no reason to leave the event loop."""
    return TOKEN_FILE.read_text().strip()


async def _fresh_token(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send the token as it is in the file now: the kubelet renews it before it expires."""
    request.headers["Authorization"] = f"Bearer {_read_token()}"
    return await handler(request)


def log_in(registry: kopf.OperatorRegistry) -> None:
    """Let Kopf's own watches use such a session too."""

    @kopf.on.login(registry=registry)
    async def log_in_kopf(settings: kopf.OperatorSettings, **_: object) -> kopf.AiohttpSession:
        found = find_credentials(settings)
        return kopf.AiohttpSession(server=found.server, aiohttp_session=open_session(found))
