"""Follows a request until it is over, telling what happens to each target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rollback_operator.cli import clock, problems
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.problems import Problem
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.request import log_line
from rollback_operator.cli.views.request import RequestView, view
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.template import JsonObject

GLANCE_SECONDS: Final = 1
"""How long one look for a change lasts; counters of pods are read as often."""
SILENCE_SECONDS: Final = 10
"""After which it is said that no operator has looked at the request; normally it takes 0.1 s."""


@dataclass(frozen=True)
class Patience:
    """How long to wait; for ever, where no `seconds` are given."""

    seconds: int | None = None

    def is_over(self, passed: float) -> bool:
        """Whether it was long enough."""
        return self.seconds is not None and passed >= self.seconds


class Follower:
    """Follows one request."""

    def __init__(self, cluster: Cluster, screen: Screen) -> None:
        self._cluster = cluster
        self._screen = screen
        self._told: set[tuple[str, str]] = set()
        self._is_warned = False

    def follow(self, request: JsonObject, patience: Patience, *, quiet: bool = False) -> JsonObject:
        """Return the request as it ended.

        Raises:
            Problem: it is not over when patience is, or nobody answers.
        """
        begun = clock.monotonic()
        with self._screen.progress() as show:
            while not (seen := view(request)).is_over:
                if not quiet:
                    self._tell(seen, show)
                self._look_at_the_time(seen, clock.monotonic() - begun, patience)
                request = self._cluster.changed(request, GLANCE_SECONDS)
        if not quiet:
            self._tell_log(seen)
        return request

    def _look_at_the_time(self, seen: RequestView, passed: float, patience: Patience) -> None:
        is_silent = not seen.answered and passed >= SILENCE_SECONDS
        if patience.is_over(passed) or (is_silent and not self._is_warned):
            late = problems.not_over(seen.namespace, seen.name, passed)
            if not (seen.answered or self._is_warned):
                late = problems.nobody_answers(seen.namespace, seen.name, passed)
            if patience.is_over(passed):
                raise late
            self._is_warned = True
            self._screen.note((late.what, "yellow"))
            self._screen.note(late.advice)

    def _tell(self, seen: RequestView, show: Callable[[str], None]) -> None:
        self._tell_log(seen)
        if self._screen.err.is_terminal:
            show(self._progress(seen))

    def _tell_log(self, seen: RequestView) -> None:
        for entry in seen.log:
            if entry not in self._told:
                self._told.add(entry)
                self._screen.note(*log_line(*entry))

    def _progress(self, seen: RequestView) -> str:
        """Return how far the targets at work have come, by their pods."""
        if not seen.answered:
            return "waiting for the operator …"
        at_work = [target.name for target in seen.targets if target.is_at_work]
        return "; ".join(f"{name}: {self._pods(name)}" for name in at_work) or seen.message

    def _pods(self, name: str) -> str:
        try:
            return Deployment.from_object(self._cluster.deployment(name)).progress
        except Problem as problem:
            return problem.what
