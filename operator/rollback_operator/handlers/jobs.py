"""Wake whoever waits for the Deployment that a step's Job belongs to."""

from typing import Any

import kopf

from rollback_operator.domain.step_marks import STEP_LABEL
from rollback_operator.operations.wakeups import Key, Wakeups
from rollback_operator.settings import Settings


def watch_jobs(
    registry: kopf.OperatorRegistry,
    kopf_settings: kopf.OperatorSettings,
    settings: Settings,
    wakeups: Wakeups,
) -> None:
    """Register the handler; only Jobs of steps are watched."""
    kopf_settings.watching.label_selectors["batch", "v1", "jobs"] = STEP_LABEL

    @kopf.on.event("batch", "v1", "jobs", registry=registry)
    async def job_changed(event: kopf.RawEvent, **_: Any) -> None:  # noqa: ANN401 - Kopf's
        metadata: dict[str, Any] = dict(event["object"]["metadata"])
        if not settings.watches(metadata["namespace"]):
            return
        for owner in metadata.get("ownerReferences") or ():
            wakeups.wake(Key("deployment", metadata["namespace"], owner["name"]))
