"""The proxy changes nothing that it passes on."""

import json
from pathlib import Path

from harness.embedded import EmbeddedCluster
from harness.kubectl import Kubectl
from small_proxy import SmallProxy

LARGE = 150 * 1024
"""Bytes; from 128 KiB on the API server compresses what it answers."""


def test_large_answers_come_through_compressed_as_they_are(
    cluster: EmbeddedCluster, kubectl: Kubectl, tmp_path: Path
) -> None:
    text = "x" * LARGE
    kubectl("create", "configmap", "large", f"--from-literal=text={text[:100_000]}")
    kubectl("patch", "configmap", "large", "-p", json.dumps({"data": {"more": text[100_000:]}}))

    with SmallProxy(cluster.kubeconfig).running() as proxy:
        through = Kubectl(cluster.bin / "kubectl", proxy.kubeconfig(tmp_path / "kubeconfig"))
        found = through.json("get", "configmap", "large")["data"]

    assert found["text"] + found["more"] == text
