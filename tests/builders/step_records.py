"""Steps as they are declared, and as they are recorded with a rollout."""

from typing import Any

from rollback_operator.domain.step import Step, When


def a_step(when: When = When.BEFORE, *, args: str = "", **pod: Any) -> Step:
    """Return a step that can be run, unless it is told otherwise."""
    container = {"name": "step", "image": "tools:1", "args": [args]}
    return Step(
        when, "drain", {"spec": {"template": {"spec": {"containers": [container], **pod}}}}, None
    )


def a_cron_job(**container: Any) -> dict[str, Any]:
    """Return what declares a step: a CronJob that never runs by itself."""
    template = {"spec": {"containers": [{"name": "step", "image": "tools:1", **container}]}}
    return {"spec": {"suspend": True, "jobTemplate": {"spec": {"template": template}}}}


def missing(when: When = When.BEFORE) -> Step:
    """Return a step that was not there when its rollout was recorded."""
    return Step(when, "drain", None, "there is no CronJob drain")
