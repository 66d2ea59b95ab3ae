"""People's own tools at a Deployment: Helm and kubectl, each applying on the server or the client.

All of them release one Deployment `web`, with one container `app`, from an image, environment
variables and one value that has nothing to do with pods.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from harness.objects import a_deployment
from harness.shop import Shop

CHART = """\
apiVersion: v2
name: web
version: 1.0.0
"""

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {team: {{ .Values.team | quote }}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: {{ .Values.image | quote }}
          {{- with .Values.env }}
          env:
            {{- range $name, $value := . }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
          {{- end }}
"""


class Releases(Protocol):
    """A tool that releases the Deployment."""

    def release(self, image: str, *, team: str = "a", env: Mapping[str, str] | None = None) -> None:
        """Install it, or release it again, and wait until the rollout is done."""


class HelmReleases:
    """The release `web` of a chart that is written for the test."""

    def __init__(self, shop: Shop, directory: Path, *, server_side: bool) -> None:
        self._shop = shop
        self._mode = f"--server-side={str(server_side).lower()}"
        self._chart = directory / "chart"
        self._is_installed = False
        (self._chart / "templates").mkdir(parents=True)
        (self._chart / "Chart.yaml").write_text(CHART)
        (self._chart / "templates" / "deployment.yaml").write_text(TEMPLATE)

    def release(self, image: str, *, team: str = "a", env: Mapping[str, str] | None = None) -> None:
        """Install the chart, or upgrade the release: as it was installed, server-side or not."""
        values = json.dumps({"image": image, "team": team, "env": dict(env or {})})
        if self._is_installed:
            self.helm("upgrade", "web", str(self._chart), "--values", "-", input=values)
        else:
            install = ("install", "web", str(self._chart), self._mode, "--values", "-")
            self.helm(*install, input=values)
            self._is_installed = True
        self._shop.until_done()

    def go_back(self, revision: int) -> None:
        """Run `helm rollback` and wait until the rollout is done."""
        self.helm("rollback", "web", str(revision))
        self._shop.until_done()

    def statuses(self) -> list[tuple[int, str]]:
        """Return the release's revisions with what became of each, as Helm tells it."""
        listed = json.loads(self.helm("history", "web", "--output", "json"))
        return [(entry["revision"], entry["status"]) for entry in listed]

    def helm(self, *arguments: str, input: str | None = None) -> str:
        """Run helm in the namespace, as an administrator."""
        cluster = self._shop.cluster
        place = ["--kubeconfig", str(cluster.kubeconfig), "--namespace", self._shop.namespace]
        done = subprocess.run(
            [str(cluster.bin / "helm"), *arguments, *place],
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"helm {' '.join(arguments)}: {done.stderr}"
            raise AssertionError(message)
        return done.stdout


class KubectlReleases:
    """A manifest that `kubectl apply` is given."""

    def __init__(self, shop: Shop, *, server_side: bool) -> None:
        self._shop = shop
        self.options = ("--server-side",) if server_side else ()

    def release(self, image: str, *, team: str = "a", env: Mapping[str, str] | None = None) -> None:
        """Apply the manifest."""
        manifest = self.manifest(image, team=team, env=env)
        self._shop.kubectl("apply", *self.options, "-f", "-", input=json.dumps(manifest))
        self._shop.until_done()

    def manifest(
        self, image: str, *, team: str = "a", env: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the manifest as its author writes it, without defaults."""
        variables = [{"name": name, "value": value} for name, value in (env or {}).items()]
        container = {"name": "app", "image": image, **({"env": variables} if variables else {})}
        return a_deployment("web", image, labels={"team": team}, pod={"containers": [container]})


TOOLS: dict[str, Callable[[Shop, Path], Releases]] = {
    "helm": lambda shop, path: HelmReleases(shop, path, server_side=True),
    "helm-client-side": lambda shop, path: HelmReleases(shop, path, server_side=False),
    "kubectl": lambda shop, _: KubectlReleases(shop, server_side=True),
    "kubectl-client-side": lambda shop, _: KubectlReleases(shop, server_side=False),
}
"""Each tool for a namespace, with a directory to write in."""

COMMON = {"COMMON": "1"}
"""Variables of all versions: without any, `env` goes as a whole, with all that was left in it."""
OLD, BAD = {**COMMON, "FOO": "1"}, {**COMMON, "BAR": "1"}
