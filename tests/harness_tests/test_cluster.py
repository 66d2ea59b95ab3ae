"""The embedded cluster does what tests and the demo rely on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import audit, embedded
from harness.embedded import EmbeddedCluster
from harness.errors import HarnessError
from harness.existing import server_version
from harness.kubectl import Kubectl
from harness.waiting import wait_until


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCluster]:
    """Give a second cluster, which pretends to be older."""
    monkeypatch.setenv("KUBERNETES", "1.35")
    started = embedded.start(tmp_path, detached=False, say=print)
    yield started
    started.stop()


def test_two_clusters_live_side_by_side_and_one_is_older(
    kubectl: Kubectl,
    older: EmbeddedCluster,
) -> None:
    other = Kubectl(older.bin / "kubectl", older.kubeconfig)
    kubectl("create", "namespace", "only-in-one")

    assert not other.succeeds("get", "namespace", "only-in-one")
    assert server_version(other) == older.version == "1.35"
    v1 = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
    assert kubectl.succeeds("get", "--raw", v1)
    assert not other.succeeds("get", "--raw", v1)


def test_a_minor_that_cannot_be_emulated_is_refused_by_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBERNETES", "1.12")

    with pytest.raises(HarnessError, match=r"KUBERNETES=1\.12 is none of 1\.34, .*1\.37"):
        embedded.start(tmp_path, detached=False, say=print)


def test_everybody_starts_without_rights(cluster: EmbeddedCluster, kubectl: Kubectl) -> None:
    for kubeconfig, called in (
        (cluster.kubeconfig_for_user("jane", ["developers"]), "jane"),
        (
            cluster.kubeconfig_for_service_account("default", "robot"),
            "system:serviceaccount:default:robot",
        ),
    ):
        somebody = Kubectl(cluster.bin / "kubectl", kubeconfig)

        assert somebody.json("auth", "whoami")["status"]["userInfo"]["username"] == called
        assert not somebody.succeeds("get", "pods")

    kubectl("create", "rolebinding", "developers", "--clusterrole=view", "--group=developers")
    jane = Kubectl(cluster.bin / "kubectl", cluster.kubeconfig_for_user("jane", ["developers"]))
    wait_until(lambda: jane.succeeds("get", "pods"), "the group's rights to be jane's")


def test_the_audit_log_shows_who_wrote_what(cluster: EmbeddedCluster, kubectl: Kubectl) -> None:
    assert cluster.audit_log
    since = audit.mark(cluster.audit_log)
    kubectl("create", "deployment", "audited", "--image=web:1")
    kubectl("scale", "deployment", "audited", "--replicas=2")
    kubectl("label", "deployment", "audited", "tier=none", "--dry-run=server")
    log = cluster.audit_log

    def by_admin() -> list[audit.AuditEvent]:
        mine = audit.writes(log, since=since, user="admin", resource="deployments", name="audited")
        return mine if len(mine) == 3 else []

    create, scale, label = wait_until(by_admin, "three writes in the audit log")
    assert (create.verb, create.code, create.namespace) == ("create", 201, "default")
    assert create.user_agent.startswith("kubectl")
    assert isinstance(create.request_object, dict)
    assert create.request_object["metadata"]["name"] == "audited"
    assert create.response_object
    assert create.response_object["metadata"]["generation"] == 1
    assert (scale.subresource, scale.dry_run) == ("scale", False)
    assert (label.verb, label.dry_run, label.succeeded) == ("patch", True, False)


def test_the_audit_log_has_the_reads_of_users_but_not_of_controllers(
    cluster: EmbeddedCluster,
) -> None:
    assert cluster.audit_log
    log = cluster.audit_log
    since = audit.mark(log)
    robot = cluster.kubeconfig_for_service_account("default", "reader")
    assert not Kubectl(cluster.bin / "kubectl", robot).succeeds("get", "secrets")

    reads = wait_until(
        lambda: [e for e in audit.events(log, since=since, verbs=audit.READS) if e.code],
        "a read in the audit log",
    )
    mine = [e for e in reads if e.user == "system:serviceaccount:default:reader"]
    assert ("list", "secrets", 403) in {(e.verb, e.resource, e.code) for e in mine}
    everyone = {e.user for e in audit.events(log, verbs=audit.READS)}
    assert not [user for user in everyone if user.startswith("system:kube-")]


def test_helm_and_kubectl_know_their_versions(kubectl: Kubectl) -> None:
    client = kubectl.json("version", "--client")["clientVersion"]

    assert client["gitVersion"].startswith("v1.37.")


def test_a_component_can_be_killed_and_restarted(
    cluster: EmbeddedCluster, kubectl: Kubectl
) -> None:
    kubectl("create", "configmap", "survivor")

    cluster.kill("kube-apiserver")
    assert not kubectl.succeeds("get", "--raw", "/readyz")
    assert not cluster.is_healthy()
    cluster.restart("kube-apiserver")

    assert cluster.is_healthy()
    assert kubectl.json("get", "configmap", "survivor")["metadata"]["name"] == "survivor"


def test_a_thousand_pods_fit(kubectl: Kubectl) -> None:
    nodes = kubectl.json("get", "nodes")["items"]

    assert sum(int(node["status"]["allocatable"]["pods"]) for node in nodes) >= 5000
    assert not [node for node in nodes if "taints" in node["spec"]]
