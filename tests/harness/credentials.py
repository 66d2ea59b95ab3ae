"""Kubeconfigs for users and ServiceAccounts, which start without any rights."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness import certificates, kubeconfig
from harness.errors import HarnessError
from harness.kubectl import Kubectl
from harness.waiting import wait_until

LIFETIME = "720h"


def path_for_user(directory: Path, user: str, groups: Sequence[str]) -> Path:
    """Return where the kubeconfig of this user with these groups is kept."""
    suffix = "".join(f"+{group}" for group in sorted(groups))
    return directory / "users" / f"{quote(user + suffix, safe='@+')}.kubeconfig"


def for_service_account(kubectl: Kubectl, directory: Path, namespace: str, name: str) -> Path:
    """Write a kubeconfig with a token of the ServiceAccount, which is created if missing."""
    in_namespace = ("--namespace", namespace)
    try:
        kubectl("create", "serviceaccount", name, *in_namespace)
    except HarnessError as error:
        if "already exists" not in str(error):
            raise
    token = kubectl("create", "token", name, *in_namespace, f"--duration={LIFETIME}")
    path = directory / "users" / f"serviceaccount-{namespace}-{name}.kubeconfig"
    shown = kubeconfig.with_token(token.strip())
    return kubeconfig.write(path, _cluster(kubectl), shown, name=name, namespace=namespace)


def for_user(kubectl: Kubectl, directory: Path, user: str, groups: Sequence[str]) -> Path:
    """Write a kubeconfig with a certificate that the cluster itself signs on request."""
    request = certificates.signing_request(user, groups)
    name = f"harness-{hashlib.sha256(request.certificate).hexdigest()[:16]}"
    document = _signing_request(name, request.certificate)
    kubectl("create", "--filename", "-", stdin=json.dumps(document))
    kubectl("certificate", "approve", name)
    signed = wait_until(lambda: _signed(kubectl, name), f"a certificate for {user}")
    pair = certificates.Pair(signed, request.key)
    path = path_for_user(directory, user, groups)
    shown = kubeconfig.with_certificate(pair)
    return kubeconfig.write(path, _cluster(kubectl), shown, name=user)


def _signing_request(name: str, request: bytes) -> dict[str, Any]:
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name},
        "spec": {
            "request": base64.b64encode(request).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
        },
    }


def _signed(kubectl: Kubectl, name: str) -> bytes:
    status = kubectl.json("get", "certificatesigningrequest", name)["status"]
    return base64.b64decode(status.get("certificate", ""))


def _cluster(kubectl: Kubectl) -> dict[str, Any]:
    view = kubectl.json("config", "view", "--raw", "--minify", "--flatten")
    cluster: dict[str, Any] = view["clusters"][0]["cluster"]
    return cluster
