"""What to say to the plugin next, where the advice of a reason speaks of fields of the resource."""

from typing import Final

from rollback_operator.domain.reasons import Reason

A_VERSION: Final = "`kubectl rollback history DEPLOYMENT` lists the versions; choose by --revision."

HINTS: Final = {
    Reason.ALREADY_ROLLED_BACK: A_VERSION,
    Reason.HISTORY_GAP: A_VERSION,
    Reason.NOT_VERIFIED: A_VERSION,
    Reason.NO_EARLIER_SNAPSHOT: A_VERSION,
    Reason.UNKNOWN_TARGET: A_VERSION,
    Reason.ROLLOUT_NOT_COMPLETED: "Give --unfinished abandon to leave it, or --unfinished wait.",
    Reason.NO_ARTIFACT_CHANGED: "Leave --artifacts out: `kubectl rollback diff` shows the rest.",
    Reason.UNKNOWN_COMPONENT: "`kubectl rollback preview` without --component lists them.",
    Reason.CANNOT_REVERT_ALONE: "Give a further --component, or none for all.",
    Reason.DIGEST_UNKNOWN: "Leave --pin out.",
    Reason.OTHER_TARGET_REFUSED: "Give --on-failure continue to let the others go on.",
    Reason.DEPLOYMENT_NOT_FOUND: "The namespace is chosen by -n.",
}
"""By the reason of a refusal."""


def hint(reason: str) -> str:
    """Return what to say next; nothing where the advice says it all, or for an unknown reason."""
    return next((text for known, text in HINTS.items() if known == reason), "")
