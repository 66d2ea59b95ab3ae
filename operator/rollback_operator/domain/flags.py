"""The feature flag (S12): per Deployment, namespace and operator; the most specific one wins."""

from collections.abc import Mapping

from rollback_operator.domain.names import ENABLED_LABEL, RECORD_LABEL

ON, OFF = "enabled", "disabled"


def disabled_by(
    deployment: Mapping[str, str], namespace: Mapping[str, str], *, enabled: bool
) -> str | None:
    """Return what turns rollbacks off, in words, or None if nothing does.

    `deployment` and `namespace` are labels. What is not recorded cannot be rolled back either.
    """
    if deployment.get(RECORD_LABEL) == OFF:
        return f"the label {RECORD_LABEL}={OFF} on the Deployment"
    for place, labels in (("Deployment", deployment), ("namespace", namespace)):
        match labels.get(ENABLED_LABEL):
            case "disabled":
                return f"the label {ENABLED_LABEL}={OFF} on the {place}"
            case "enabled":
                return None
            case _:
                continue
    return None if enabled else "the operator's setting ROLLBACK_ENABLED=false"
