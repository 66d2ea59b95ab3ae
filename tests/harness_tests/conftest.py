"""One embedded cluster for the tests that only look at how it behaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import embedded
from harness.embedded import EmbeddedCluster
from harness.kubectl import Kubectl


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    """Give an embedded cluster of the newest minor."""
    directory = tmp_path_factory.mktemp("cluster")
    started = embedded.start(directory, detached=False, say=print)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def kubectl(cluster: EmbeddedCluster) -> Kubectl:
    """Give the administrator's kubectl."""
    return kubectl_of(cluster.bin, cluster.kubeconfig)


def kubectl_of(binaries: Path, kubeconfig: Path) -> Kubectl:
    """Return kubectl as somebody in particular."""
    return Kubectl(binaries / "kubectl", kubeconfig)
