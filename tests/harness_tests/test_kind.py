"""What kind is told; the cluster itself needs a Docker daemon."""

from pathlib import Path

import pytest
import yaml

from harness import cluster, embedded, kind, kind_configuration
from harness.errors import HarnessError


def test_the_audit_log_is_shared_with_this_machine(tmp_path: Path) -> None:
    path = kind_configuration.write_configuration(tmp_path, "1.36")

    (node,) = yaml.safe_load(path.read_text())["nodes"]
    (mount,) = node["extraMounts"]
    patch = yaml.safe_load(node["kubeadmConfigPatches"][0])
    flags = patch["apiServer"]["extraArgs"]
    (volume,) = patch["apiServer"]["extraVolumes"]
    assert mount["hostPath"] == str(tmp_path / "audit")
    assert mount["containerPath"] == volume["hostPath"] == volume["mountPath"]
    assert flags["audit-log-path"] == f"{volume['mountPath']}/audit.log"
    assert flags["audit-policy-file"] == f"{volume['mountPath']}/policy.yaml"
    assert flags["audit-log-mode"] == "blocking-strict"
    assert (tmp_path / "audit.log").resolve() == tmp_path / "audit" / "audit.log"
    assert yaml.safe_load((tmp_path / "audit" / "policy.yaml").read_text())["kind"] == "Policy"


@pytest.mark.parametrize("component", ["apiServer", "controllerManager", "scheduler"])
def test_every_component_pretends_to_be_the_minor_that_is_wanted(component: str) -> None:
    older = kind_configuration.cluster_patch("1.34")
    newest = kind_configuration.cluster_patch(None)

    assert older[component]["extraArgs"]["emulated-version"] == "1.34"
    assert "emulated-version" not in newest[component]["extraArgs"]


def test_flags_are_strings_as_kubeadm_wants_them() -> None:
    patch = kind_configuration.cluster_patch("1.35")

    for component in ("apiServer", "controllerManager", "scheduler"):
        assert {type(value) for value in patch[component]["extraArgs"].values()} == {str}


def test_the_cluster_is_created_apart_from_the_users_own(tmp_path: Path) -> None:
    line = kind.create_command(tmp_path)

    assert line[:3] == [str(tmp_path / "bin" / "kind"), "create", "cluster"]
    assert f"--kubeconfig={tmp_path / 'kubeconfig'}" in line
    assert f"--name={kind.cluster_name(tmp_path)}" in line
    assert kind.cluster_name(tmp_path) != kind.cluster_name(tmp_path / "other")


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Docker absent, whatever this machine has."""
    monkeypatch.setattr(cluster, "docker_answers", lambda: False)


@pytest.mark.usefixtures("no_docker")
def test_kind_without_docker_is_an_error_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTER", "kind")

    with pytest.raises(HarnessError, match="needs a Docker daemon, and none answers") as caught:
        cluster.start(tmp_path)

    assert len(str(caught.value).splitlines()) == 1


class Started(Exception):
    """Stands for an embedded cluster."""


@pytest.mark.parametrize("docker", [False, True], ids=["without Docker", "kind fails"])
def test_unset_falls_back_to_embedded_and_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    docker: bool,
) -> None:
    said: list[str] = []
    monkeypatch.delenv("CLUSTER", raising=False)
    monkeypatch.setattr(cluster, "docker_answers", lambda: docker)
    monkeypatch.setattr(kind, "start", _fails)
    monkeypatch.setattr(embedded, "start", _starts)

    with pytest.raises(Started):
        cluster.start(tmp_path, say=said.append)

    assert len(said) == 1
    assert "embedded" in said[0]


def _fails(*_: object, **__: object) -> None:
    message = "no room for it\n  and more"
    raise HarnessError(message)


def _starts(*_: object, **__: object) -> None:
    raise Started
