"""Writes kubeconfig files that carry all they need inside them."""

import base64
from pathlib import Path
from typing import Any

import yaml

from harness.certificates import Pair, write_secret


def cluster(url: str, authority: bytes) -> dict[str, Any]:
    """Return the `cluster` of a kubeconfig: where it is, and who signed its certificate."""
    return {"server": url, "certificate-authority-data": _base64(authority)}


def with_certificate(pair: Pair) -> dict[str, Any]:
    """Return the `user` of a kubeconfig who shows a certificate."""
    return {
        "client-certificate-data": _base64(pair.certificate),
        "client-key-data": _base64(pair.key),
    }


def with_token(token: str) -> dict[str, Any]:
    """Return the `user` of a kubeconfig who shows a token."""
    return {"token": token}


def write(
    path: Path,
    cluster: dict[str, Any],
    user: dict[str, Any],
    *,
    name: str,
    namespace: str = "default",
) -> Path:
    """Write a kubeconfig with one context and return its path."""
    context = {"cluster": "cluster", "user": name, "namespace": namespace}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": context}],
        "current-context": name,
    }
    write_secret(path, yaml.safe_dump(document, sort_keys=False).encode())
    return path


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
