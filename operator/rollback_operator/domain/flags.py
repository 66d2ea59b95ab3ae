"""The feature flag (S12): per Deployment, namespace and operator; the most specific one wins."""

from collections.abc import Mapping
from typing import Any

from rollback_operator.domain.names import ENABLED_LABEL, RECORD_LABEL

ON, OFF = "enabled", "disabled"


def marks_of_namespace(metadata: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the labels of a namespace, with the flag also where only an annotation has it.

    On a Deployment only the label counts: its annotations go along with copies and undos.
    """
    annotations: Mapping[str, str] = metadata.get("annotations") or {}
    flag = {ENABLED_LABEL: annotations[ENABLED_LABEL]} if ENABLED_LABEL in annotations else {}
    return {**flag, **(metadata.get("labels") or {})}


def disabled_by(
    deployment: Mapping[str, str], namespace: Mapping[str, str], *, enabled: bool
) -> str | None:
    """Return what turns rollbacks off, in words, or None if nothing does.

    `deployment` are labels and `namespace` are marks. What is not recorded cannot be rolled back
    either.
    """
    if deployment.get(RECORD_LABEL) == OFF:
        return f"the label {RECORD_LABEL}={OFF} on the Deployment"
    places = (("label", "Deployment", deployment), ("flag", "namespace", namespace))
    for mark, place, marks in places:
        match marks.get(ENABLED_LABEL):
            case "disabled":
                return f"the {mark} {ENABLED_LABEL}={OFF} on the {place}"
            case "enabled":
                return None
            case _:
                continue
    return None if enabled else "the operator's setting ROLLBACK_ENABLED=false"
