"""Settings of Kopf and of Python for a feed of very many objects that Kopf must never write to."""

import gc
from typing import Any, cast

import kopf


class NothingToCompare(kopf.AnnotationsDiffBaseStorage):
    """Spares Kopf a deep copy of every object that it sees.

    Kopf builds the essence of an object to find changes for its state-changing handlers. There are
    none here, and the copy is most of its work for each event.
    """

    def build(self, **_: Any) -> kopf.BodyEssence:  # noqa: ANN401 - Kopf's
        """Return an empty essence."""
        return cast(kopf.BodyEssence, {})


class NoProgress(kopf.StatusProgressStorage):
    """Keeps no progress, as nothing here is retried by Kopf."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """Return the essence as it is, uncopied."""
        return essence


def tuned() -> kopf.OperatorSettings:
    """Return the settings, each for a measured reason (`docs/decisions/0003-kopf.md`)."""
    settings = kopf.OperatorSettings()
    settings.persistence.diffbase_storage = NothingToCompare()
    settings.persistence.progress_storage = NoProgress()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.watching.chunk_size = 200
    settings.queueing.idle_timeout = 0.5
    settings.networking.error_backoffs = (0.1, 0.5, 1, 2, 3, *[5] * 10)
    return settings


def spare_the_collector() -> None:
    """Keep what lives for ever out of garbage collection, and let it look often at the rest.

    The pauses for what lives for ever were the slowest answers. Kopf leaves each object that a
    watch shows in a cycle of references, and what is collected late is memory that is never given
    back: with collections a hundred times rarer than usual the process grew by 85 MB in an hour.
    After the last line Python no longer waits for a quarter of what is frozen to pile up first.
    """
    gc.set_threshold(700, 10, 3)
    gc.collect()
    gc.freeze()
    gc.collect()
