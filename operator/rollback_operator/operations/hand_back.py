"""Give what a rollback took of the template to its owners, so that their next release works."""

import logging

from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.hand_back import hand_back as patch_of
from rollback_operator.domain.owner import HELM_RELEASE
from rollback_operator.domain.secrecy import redact
from rollback_operator.errors import Missing, Refused, Stale, Unreachable
from rollback_operator.kube.cluster import Cluster

logger = logging.getLogger(__name__)

TRIES = 10
"""How often ownership is looked at anew because it changed meanwhile, as in a rollout it may."""


async def hand_back(cluster: Cluster, before: Deployment | None, after: Deployment) -> str | None:
    """Hand back what we own of the template; nothing is written where nobody is hindered.

    `before` is the Deployment as it was patched, or None where that is not known any more, after
    a crash; `after` is how it came back from the patch, or any later state. Doing it twice does
    nothing the second time. Whatever hinders it ends nothing, and is not waited for, as the
    rollback is what counts; it is returned, for people to be told.
    """
    try:
        problem = await _hand_back(cluster, before, after)
    except (Refused, Unreachable) as error:
        templates = [d.template for d in (before, after) if d is not None]
        problem = redact(str(error), templates, (after.name, after.namespace))
    if problem is not None:
        logger.warning("%s: its fields were not handed back: %s", after, problem)
    return problem


async def _hand_back(cluster: Cluster, before: Deployment | None, after: Deployment) -> str | None:
    known = before.managed_fields if before is not None else None
    current: Deployment | None = after
    for _ in range(TRIES):
        if current is None or current.uid != after.uid:
            return None
        by_helm = current.annotation(HELM_RELEASE) is not None
        patch = patch_of(known, current.managed_fields, by_helm=by_helm)
        if patch is None:
            return None
        try:
            await cluster.patch(current, patch)
        except Stale:
            current = await cluster.deployment(after.namespace, after.name)
        except Missing:
            return None
        else:
            logger.info("%s: fields handed back to their owners", after)
            return None
    return f"they changed {TRIES} times meanwhile"
