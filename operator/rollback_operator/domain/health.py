"""Whether the operator is well: rules on what its loop, the API server and the watches showed.

Live is what cannot be mended but by a new process; ready adds what may come right by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

LOOP_LIMIT: Final = 10.0
"""Seconds that the event loop may not turn."""
SILENCE_LIMIT: Final = 30.0
"""Seconds that the API server may not answer."""
REJECTION_LIMIT: Final = 60.0
"""Seconds that it may answer that our credentials are wrong: a token may be about to be renewed."""
NEEDED: Final = frozenset({"deployments", "rollbackrequests"})
"""What a leader must be watching to be of any use."""


@dataclass(frozen=True)
class Watched:
    """What a watch is on: a resource, and a namespace unless it is all of them."""

    resource: str
    namespace: str = ""

    def __str__(self) -> str:
        """Name it as it is logged."""
        return f"{self.resource} in {self.namespace}" if self.namespace else self.resource


@dataclass(frozen=True)
class Signs:
    """What was seen, all on one monotonic clock."""

    now: float
    turned_at: float
    """When the event loop turned last."""
    heard_at: float
    """When the API server answered last, or the process began."""
    rejected_since: float | None
    """Since when it has answered nothing but 401."""
    watches: Mapping[Watched, float]
    """When each watch, once it was opened, was heard of last; an idle one has bookmarks."""
    is_leader: bool
    watch_limit: float
    """Seconds after which a silent watch is dead."""

    @property
    def oldest_by_resource(self) -> Mapping[str, float]:
        """When the watch on each resource that is silent for longest was heard of last."""
        oldest: dict[str, float] = {}
        for watched, at in self.watches.items():
            oldest[watched.resource] = min(at, oldest.get(watched.resource, at))
        return oldest


Rule: TypeAlias = Callable[[Signs], str | None]


def loop_is_stuck(signs: Signs) -> str | None:
    """The event loop does not turn, or what watches it has ended."""
    stuck = signs.now - signs.turned_at
    return f"the event loop has not turned for {stuck:.0f} s" if stuck > LOOP_LIMIT else None


def watch_is_dead(signs: Signs) -> str | None:
    """A watch is silent though the API server answers: it will not come back by itself."""
    if api_is_lost(signs):
        return None
    dead = sorted(str(w) for w, at in signs.watches.items() if signs.now - at > signs.watch_limit)
    return f"nothing is heard of the watch on {', '.join(dead)}" if dead else None


def credentials_are_rejected(signs: Signs) -> str | None:
    """The API server does not know us any more."""
    if signs.rejected_since is None or signs.now - signs.rejected_since <= REJECTION_LIMIT:
        return None
    since = signs.now - signs.rejected_since
    return f"the API server has rejected the operator's credentials (401) for {since:.0f} s"


def api_is_lost(signs: Signs) -> str | None:
    """The API server does not answer; it may be restarting."""
    silence = signs.now - signs.heard_at
    if silence <= SILENCE_LIMIT:
        return None
    return f"the API server has not answered for {silence:.0f} s"


def leader_does_not_watch_yet(signs: Signs) -> str | None:
    """A leader that has not listed everything misses what happens."""
    missing = sorted(NEEDED - {watched.resource for watched in signs.watches})
    return f"not watching {', '.join(missing)} yet" if signs.is_leader and missing else None


FATAL: Final[tuple[Rule, ...]] = (watch_is_dead, credentials_are_rejected)
"""What ends the process, so that it is started anew."""
LIVE: Final[tuple[Rule, ...]] = (loop_is_stuck, *FATAL)
READY: Final[tuple[Rule, ...]] = (*LIVE, api_is_lost, leader_does_not_watch_yet)


def problems(rules: Iterable[Rule], signs: Signs) -> list[str]:
    """Return what is wrong, in the order of the rules."""
    return [problem for rule in rules if (problem := rule(signs))]
