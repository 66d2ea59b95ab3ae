"""A cluster that is there already is used, and never ended."""

from pathlib import Path

import pytest

from harness import cluster as choice
from harness.embedded import EmbeddedCluster
from harness.errors import HarnessError
from harness.kubectl import Kubectl


def test_an_existing_cluster_is_taken_over_and_left_alone(
    cluster: EmbeddedCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTER", "existing")
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))

    started = choice.start(tmp_path, detached=True)
    attached = choice.attach(tmp_path)
    jane = Kubectl(attached.bin / "kubectl", attached.kubeconfig_for_user("jane", ["some"]))
    robot = Kubectl(
        attached.bin / "kubectl",
        attached.kubeconfig_for_service_account("default", "robot"),
    )

    assert started.version == cluster.version
    assert attached.is_healthy()
    user = jane.json("auth", "whoami")["status"]["userInfo"]
    assert (user["username"], "some" in user["groups"]) == ("jane", True)
    assert robot.json("auth", "whoami")["status"]["userInfo"]["username"].endswith(":robot")
    attached.stop()
    assert cluster.is_healthy()
    assert cluster.kubeconfig.exists()
    assert not (tmp_path / "kubeconfig").exists()


def test_without_a_kubeconfig_the_error_says_what_to_set(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTER", "existing")
    monkeypatch.delenv("KUBECONFIG", raising=False)

    with pytest.raises(HarnessError, match=r"\$KUBECONFIG, which is not set"):
        choice.start(tmp_path)
