"""Wait for the custom resource, which Kopf looks for once and never again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from rollback_operator.domain.names import GROUP, PLURAL

logger = logging.getLogger(__name__)

PAUSE: Final = 2.0
"""Seconds between two looks."""


async def until_served(is_served: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the custom resource is served; say once that it is not, and what to do."""
    if await is_served():
        return
    logger.warning(
        "waiting: the API server does not know %s.%s; install the chart, or the "
        "CustomResourceDefinition by `kubectl apply -f crds/`",
        PLURAL,
        GROUP,
    )
    while not await is_served():  # noqa: ASYNC110 - nothing but a look tells
        await asyncio.sleep(PAUSE)
    logger.info("%s.%s are served now", PLURAL, GROUP)
