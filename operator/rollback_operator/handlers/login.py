"""Find the API server and the credentials: a pod's ServiceAccount, or the current kubeconfig."""

import logging
import os
from dataclasses import replace
from pathlib import Path

import kopf
import yaml

logger = logging.getLogger(__name__)

TOKEN_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def find_credentials(settings: kopf.OperatorSettings) -> kopf.ConnectionInfo:
    """Return how to reach the API server.

    Raises:
        kopf.LoginError: there is neither a ServiceAccount nor a kubeconfig.
    """
    if in_pod := kopf.login_with_service_account(logger=logger, settings=settings):
        return replace(in_pod, server=_server_of_pod() or in_pod.server)
    if found := kopf.login_with_kubeconfig(logger=logger, settings=settings):
        return found
    message = "no ServiceAccount token and no kubeconfig: set KUBECONFIG, or run in a pod"
    raise kopf.LoginError(message)


def find_token_file() -> Path | None:
    """Return the file in which the token is renewed, if it comes from a file."""
    if TOKEN_FILE.exists():
        return TOKEN_FILE
    return _token_file_of(os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config"))


def _server_of_pod() -> str | None:
    """Return the address that the kubelet gives to every pod: no name server is needed for it."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not host or not port:
        return None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _token_file_of(kubeconfig: str) -> Path | None:
    """Return the `tokenFile` of the current user; of several files the first that has a say."""
    paths = [Path(text).expanduser() for text in kubeconfig.split(os.pathsep) if text.strip()]
    files = [(path, yaml.safe_load(path.read_text()) or {}) for path in paths if path.exists()]
    current = next((f["current-context"] for _, f in files if f.get("current-context")), None)
    contexts = [c for _, file in files for c in file.get("contexts") or ()]
    name = next((c["context"]["user"] for c in contexts if c["name"] == current), None)
    for path, file in files:
        for user in file.get("users") or ():
            token_file = (user.get("user") or {}).get("tokenFile")
            if token_file and user["name"] == name:
                return path.parent / str(token_file)
    return None
