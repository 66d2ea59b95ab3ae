"""Feed Deployments to the recorder and to whoever waits for them.

`on.event` is the only decorator that writes nothing to what it watches (DESIGN fact 6).
"""

import logging
from typing import Any

import kopf

from rollback_operator.domain.deployment import Deployment
from rollback_operator.operations.recent import RecentDeployments
from rollback_operator.operations.second_looks import SecondLooks
from rollback_operator.operations.wakeups import Key, Wakeups
from rollback_operator.settings import Settings

logger = logging.getLogger(__name__)


def watch_deployments(
    registry: kopf.OperatorRegistry,
    kopf_settings: kopf.OperatorSettings,
    settings: Settings,
    second_looks: SecondLooks,
    recent: RecentDeployments,
    wakeups: Wakeups,
) -> None:
    """Register the handler; what the label selector leaves out is never sent to us."""
    if settings.label_selector:
        selectors = kopf_settings.watching.label_selectors
        selectors["apps", "v1", "deployments"] = settings.label_selector

    @kopf.on.event("apps", "v1", "deployments", registry=registry)
    async def deployment_changed(event: kopf.RawEvent, **_: Any) -> None:  # noqa: ANN401 - Kopf's
        deployment = Deployment.from_object(event["object"])
        if not settings.watches(deployment.namespace):
            return
        if event["type"] == "DELETED":
            second_looks.forget(deployment.uid)
            recent.forget(deployment.namespace, deployment.name)
        else:
            recent.saw(deployment, event["object"])
        wakeups.wake(Key("deployment", deployment.namespace, deployment.name))
        try:
            if event["type"] != "DELETED" and settings.records(deployment.labels):
                # What is listed, at the start or after a break of the watch, has no event type.
                await second_looks.observe(deployment, first=event["type"] is None)
        finally:
            version = deployment.resource_version
            logger.debug("%s is looked after as of resourceVersion %s", deployment, version)
