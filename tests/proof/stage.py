"""What a campaign plays on: a control plane with the custom resource, and operators on it."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import harness
from harness.install import install
from harness.operator_process import OperatorProcess


@dataclass(frozen=True)
class Stage:
    """A control plane, a directory and a signing key; its operators end with it."""

    cluster: harness.Cluster
    directory: Path
    key_file: Path
    operators: list[OperatorProcess] = field(default_factory=list)

    def start_operator(self, kubeconfig: Path | None = None, **settings: str) -> OperatorProcess:
        """Start an operator for all namespaces, as the administrator unless told otherwise."""
        log = self.directory / f"operator-{len(self.operators)}.log"
        own = {"ROLLBACK_KEY_FILES": str(self.key_file), **settings}
        operator = OperatorProcess(kubeconfig or self.cluster.kubeconfig, log, own).start()
        self.operators.append(operator)
        return operator

    def stop_operators(self) -> None:
        """End them all."""
        for operator in self.operators:
            operator.stop()


@contextmanager
def a_stage() -> Iterator[Stage]:
    """Set it up, and end all that was started on it."""
    with TemporaryDirectory(prefix="rollback-proof-") as place, ExitStack() as stack:
        directory = Path(place)
        running = harness.start(directory / "cluster")
        stack.callback(running.stop)
        install(running)
        key_file = directory / "key"
        key_file.write_text(secrets.token_hex(32))
        stage = Stage(running, directory, key_file)
        stack.callback(stage.stop_operators)
        yield stage
