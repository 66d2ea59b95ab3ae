"""The command line of every process of an embedded cluster."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness import certificates, kubeconfig
from harness.processes import Component
from harness.stages import write_configuration

POLICY = Path(__file__).with_name("audit-policy.yaml")
SERVICES = "10.96.0.0/16"
HOSTS = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "localhost",
    "127.0.0.1",
    "10.96.0.1",
)
AUDIT_FLAGS = {
    # The entry is written before the request is over …
    "audit-log-mode": "blocking-strict",
    # … and the log is never rotated, so that positions in it stay valid.
    "audit-log-maxsize": "100000",
}


@dataclass(frozen=True)
class Plan:
    """Where a cluster's files are, which ports it uses, and which minor it pretends to be."""

    directory: Path
    api_port: int
    etcd_port: int
    emulated: str | None

    @property
    def url(self) -> str:
        """The API server's address."""
        return f"https://127.0.0.1:{self.api_port}"

    @property
    def pki(self) -> Path:
        """Where keys and certificates are."""
        return self.directory / "pki"

    @property
    def configuration(self) -> Path:
        """Where the components' configuration files are."""
        return self.directory / "configuration"

    @property
    def audit_log(self) -> Path:
        """Where the API server writes who did what."""
        return self.directory / "audit.log"

    def components(self) -> list[Component]:
        """Return all components, in the order in which they have to start."""
        return [
            self._component("etcd", self._etcd()),
            self._component("kube-apiserver", self._apiserver()),
            self._component("kube-controller-manager", self._controller_manager()),
            self._component("kube-scheduler", self._scheduler()),
            self._component("kwok", self._kwok()),
        ]

    def write_files(self) -> None:
        """Write keys, certificates and configuration files."""
        authority = certificates.new_authority()
        authority.save(self.pki, "ca")
        certificates.server(authority, HOSTS).save(self.pki, "apiserver")
        certificates.write_secret(self.pki / "tokens.key", certificates.signing_key())
        self.configuration.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(POLICY, self.configuration / "audit-policy.yaml")
        write_configuration(self.configuration / "kwok.yaml")
        self._write_scheduler_configuration()
        for name, groups in (
            ("kube-controller-manager", ()),
            ("kube-scheduler", ()),
            ("kwok", ("system:masters",)),
        ):
            self.write_kubeconfig(self._kubeconfig(name), f"system:{name}", groups)
        self.write_kubeconfig(self.directory / "kubeconfig", "admin", ("system:masters",))

    def write_kubeconfig(self, path: Path, user: str, groups: tuple[str, ...]) -> Path:
        """Write a kubeconfig for `user`, whose certificate the cluster's authority signs."""
        authority = certificates.Pair.load(self.pki, "ca")
        shown = kubeconfig.with_certificate(certificates.client(authority, user, groups))
        cluster = kubeconfig.cluster(self.url, authority.certificate)
        return kubeconfig.write(path, cluster, shown, name=user)

    def _component(self, name: str, arguments: list[str]) -> Component:
        binary = self.directory / "bin" / name
        return Component(name, [str(binary), *arguments], self.directory / "logs" / f"{name}.log")

    def _kubeconfig(self, name: str) -> Path:
        return self.configuration / f"{name}.kubeconfig"

    def _etcd(self) -> list[str]:
        url = f"http://127.0.0.1:{self.etcd_port}"
        return [
            f"--data-dir={self.directory / 'etcd'}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            "--listen-peer-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]

    def _apiserver(self) -> list[str]:
        return [
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self.api_port}",
            f"--tls-cert-file={self.pki / 'apiserver.crt'}",
            f"--tls-private-key-file={self.pki / 'apiserver.key'}",
            f"--client-ca-file={self.pki / 'ca.crt'}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-signing-key-file={self.pki / 'tokens.key'}",
            f"--service-account-key-file={self.pki / 'tokens.key'}",
            f"--service-cluster-ip-range={SERVICES}",
            "--authorization-mode=RBAC",
            f"--audit-policy-file={self.configuration / 'audit-policy.yaml'}",
            f"--audit-log-path={self.audit_log}",
            *(f"--{flag}={value}" for flag, value in AUDIT_FLAGS.items()),
            "--profiling=false",
            *self._emulation(),
        ]

    def _controller_manager(self) -> list[str]:
        return [
            f"--kubeconfig={self._kubeconfig('kube-controller-manager')}",
            "--secure-port=0",
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={self.pki / 'tokens.key'}",
            f"--root-ca-file={self.pki / 'ca.crt'}",
            f"--cluster-signing-cert-file={self.pki / 'ca.crt'}",
            f"--cluster-signing-key-file={self.pki / 'ca.key'}",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            "--concurrent-deployment-syncs=20",
            "--concurrent-replicaset-syncs=20",
            *self._emulation(),
        ]

    def _scheduler(self) -> list[str]:
        return [
            f"--config={self.configuration / 'scheduler.yaml'}",
            "--secure-port=0",
            *self._emulation(),
        ]

    def _kwok(self) -> list[str]:
        return [
            f"--kubeconfig={self._kubeconfig('kwok')}",
            f"--config={self.configuration / 'kwok.yaml'}",
            "--v=WARN",
        ]

    def _emulation(self) -> list[str]:
        return [f"--emulated-version={self.emulated}"] if self.emulated else []

    def _write_scheduler_configuration(self) -> None:
        kubeconfig_path = str(self._kubeconfig("kube-scheduler"))
        document = {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "clientConnection": {"kubeconfig": kubeconfig_path, "qps": 500, "burst": 1000},
            "leaderElection": {"leaderElect": False},
        }
        # JSON is YAML.
        (self.configuration / "scheduler.yaml").write_text(json.dumps(document))
