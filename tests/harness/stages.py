"""Turns the stages, which say how nodes and pods behave, into kwok's configuration."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

STAGES = Path(__file__).with_name("stages")
# kwok touches only nodes with this label, and only the pods on them.
FAKE_NODE = {"rollback-operator.dev/fake-node": "true"}


def write_configuration(path: Path) -> Path:
    """Write the configuration file that kwok is started with."""
    selector = ",".join(f"{name}={value}" for name, value in FAKE_NODE.items())
    options = {
        "manageNodesWithLabelSelector": selector,
        "cidr": "10.128.0.0/12",
        "nodeIP": "10.127.0.1",
        "nodeLeaseDurationSeconds": 40,
        "nodeLeaseParallelism": 4,
        "nodePlayStageParallelism": 4,
        "podPlayStageParallelism": 16,
        "podsOnNodeSyncParallelism": 4,
    }
    head = {"apiVersion": "config.kwok.x-k8s.io/v1alpha1", "kind": "KwokConfiguration"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all([head | {"options": options}, *stages()]))
    return path


def stages() -> Iterator[dict[str, Any]]:
    """Yield every stage; those of pods can use the common definitions."""
    definitions = (STAGES / "definitions.gotpl").read_text()
    for file in sorted(STAGES.glob("*.yaml")):
        stage: dict[str, Any] = yaml.safe_load(file.read_text())
        for step in stage["spec"]["steps"]:
            if stage["spec"]["resourceRef"]["kind"] == "Pod" and "patch" in step:
                step["patch"]["template"] = definitions + step["patch"]["template"]
        yield stage
