"""Runs helm against one cluster, in a home of its own, and installs the operator's chart."""

import base64
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from harness.certificates import write_secret
from harness.cluster import Cluster
from harness.errors import HarnessError
from harness.kubectl import Kubectl
from harness.waiting import wait_until
from rollback_operator.domain.admission import SETTLING
from rollback_operator.domain.times import parse_time

CHART = Path(__file__).parents[2] / "charts" / "rollback-operator"
DEFINITION = ("crd", "rollbackrequests.rollback-operator.dev")
SIGNING_KEY = ("secret", "rollback-operator-signing-key", "--namespace=rollback-system")
"""What outlives a release, as kubectl names it."""
KEYS = "/etc/rollback-operator/keys"
"""Where the chart mounts the signing keys."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Helm:
    """A helm binary, the kubeconfig that it is used with, and a home for what it keeps."""

    binary: Path
    kubeconfig: Path
    home: Path

    @classmethod
    def of(cls, cluster: Cluster) -> "Helm":
        """Return the helm of a cluster."""
        return cls(cluster.bin / "helm", cluster.kubeconfig, cluster.directory / "helm")

    def __call__(self, *arguments: str) -> str:
        """Return what helm printed, or fail with what it complained about."""
        done = subprocess.run(
            [self.binary, *arguments],
            env=self._environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            complaint = done.stderr.strip() or done.stdout.strip()
            message = f"helm {' '.join(arguments)} failed: {complaint}"
            raise HarnessError(message)
        return done.stdout

    def template(self, *flags: str, release: str = "rollback-operator") -> list[Object]:
        """Return the objects that the chart renders to, without asking the cluster."""
        return objects_of(self.manifest(*flags, release=release))

    def manifest(self, *flags: str, release: str = "rollback-operator") -> str:
        """Return the text that the chart renders to."""
        return self("template", release, str(CHART), "--namespace=rollback-system", *flags)

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HELM_")}
        homes = ("CACHE", "CONFIG", "DATA")
        own = {f"HELM_{what}_HOME": str(self.home / what.lower()) for what in homes}
        return {**kept, **own, "KUBECONFIG": str(self.kubeconfig)}


def objects_of(manifest: str) -> list[Object]:
    """Return the objects of a manifest, by the parser in C where there is one."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [found for found in yaml.load_all(manifest, loader) if found]


@dataclass(frozen=True)
class Installation:
    """A release of the chart in a cluster, whose pods are played: a process does their work."""

    cluster: Cluster
    namespace: str = "rollback-system"
    release: str = "rollback-operator"
    flags: Sequence[str] = ()
    chart: Path = CHART

    @property
    def helm(self) -> Helm:
        """The helm that installs it."""
        return Helm.of(self.cluster)

    @property
    def kubectl(self) -> Kubectl:
        """An administrator's kubectl."""
        return Kubectl(self.cluster.bin / "kubectl", self.cluster.kubeconfig)

    def install(self) -> str:
        """Install the chart, or upgrade it, until all of it is in force; return what helm said."""
        said = self.helm(*self._installing(str(self.chart)))
        self.until_in_force()
        return said

    def until_in_force(self) -> None:
        """Wait until a request that is made now would be served, checked and carried out."""
        wait_until(self._is_served, "the custom resource to be served")
        wait_until(self._is_heeded, "requests to count as checked by the policies")

    def _is_served(self) -> bool:
        """Whether admission knows the resource, which takes it a moment after it is listed."""
        request = yaml.safe_dump(
            {
                "apiVersion": "rollback-operator.dev/v1alpha1",
                "kind": "RollbackRequest",
                "metadata": {"name": "any", "namespace": self.namespace},
                "spec": {"targets": [{"name": "any"}]},
            }
        )
        try:
            self.kubectl("create", "--dry-run=server", "--filename=-", stdin=request)
        except HarnessError as refusal:
            return "There can be a delay" not in str(refusal)
        return True

    def _is_heeded(self) -> bool:
        """Whether a request that is made now is younger than the policies, as the operator asks."""
        kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings"
        found = self.kubectl.json("get", kinds)["items"]
        made = [parse_time(policy["metadata"]["creationTimestamp"]) for policy in found]
        whole_seconds = datetime.now(UTC).replace(microsecond=0)
        return not made or whole_seconds > max(made) + SETTLING + timedelta(seconds=1)

    def command(self) -> str:
        """Return what a user would type in the repository to do that."""
        chart = str(self.chart.relative_to(CHART.parents[1]))
        return f"helm {shlex.join(self._installing(chart))}"

    def _installing(self, chart: str) -> tuple[str, ...]:
        where = (f"--namespace={self.namespace}", "--create-namespace")
        waiting = ("--wait", "--timeout=120s")
        return ("upgrade", "--install", self.release, chart, *where, *waiting, *self.flags)

    def uninstall(self) -> str:
        """Uninstall the release."""
        where = (f"--namespace={self.namespace}", "--wait", "--timeout=120s")
        return self.helm("uninstall", self.release, *where)

    def is_installed(self) -> bool:
        """Tell whether there is such a release."""
        listed = self.helm("list", "--short", f"--namespace={self.namespace}")
        return self.release in listed.split()

    def deployment(self) -> Object:
        """Read the operator's Deployment."""
        labels = f"--selector=app.kubernetes.io/instance={self.release}"
        listed = self.kubectl.json("get", "deployments", f"--namespace={self.namespace}", labels)
        [found] = listed["items"]
        return dict(found)

    def service_account(self) -> str:
        """Return the name of the ServiceAccount that the pods run as."""
        return str(self.deployment()["spec"]["template"]["spec"]["serviceAccountName"])

    def kubeconfig(self) -> Path:
        """Return a kubeconfig with a token of that ServiceAccount."""
        return self.cluster.kubeconfig_for_service_account(self.namespace, self.service_account())

    def settings(self) -> dict[str, str]:
        """Return the environment of the container, with keys where a process can read them."""
        pod = self.deployment()["spec"]["template"]["spec"]
        keys = self._keys(pod)
        [container] = pod["containers"]
        variables = {e["name"]: self._value(e) for e in container["env"]}
        found = {name: value.replace(KEYS, str(keys)) for name, value in variables.items()}
        # A pod has all ports for itself; here another operator may have taken it.
        return {**found, "ROLLBACK_PORT": "0"}

    def _value(self, variable: Object) -> str:
        """Return the value of a variable as the kubelet sets it."""
        if "valueFrom" not in variable:
            return str(variable.get("value", ""))
        fields = {"metadata.namespace": self.namespace, "metadata.name": f"{self.release}-0"}
        return fields[variable["valueFrom"]["fieldRef"]["fieldPath"]]

    def _keys(self, pod: Mapping[str, Any]) -> Path:
        """Write the Secret's keys into files, as the kubelet does."""
        [name] = [v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v]
        secret = self.kubectl.json("get", "secret", name, f"--namespace={self.namespace}")
        directory = self.cluster.directory / "configuration" / f"{self.namespace}-{name}"
        directory.mkdir(parents=True, exist_ok=True)
        for key, value in secret["data"].items():
            write_secret(directory / key, base64.b64decode(value))
        return directory
