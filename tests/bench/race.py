"""The race: every contestant rolls its Deployments back, one at a time, in random order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.contestants import Contestant, milliseconds
from bench.fleet import names


@dataclass(frozen=True)
class Times:
    """The times of one contestant, in milliseconds."""

    samples: Sequence[float]

    @property
    def p50(self) -> float:
        """The median."""
        return median(self.samples)

    @property
    def p99(self) -> float:
        """What one in a hundred exceeds; with fewer samples, little less than the slowest."""
        return quantiles(self.samples, n=100, method="inclusive")[98]


async def race(contestants: Sequence[Contestant], rounds: int) -> dict[str, Times]:
    """Return the times of all; each waits until what the one before caused is over.

    A random order within each round, so that nobody always comes after the same other.
    """
    samples: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for deployment in names(rounds):
        for contestant in random.sample(contestants, len(contestants)):
            samples[contestant.name].append(await milliseconds(contestant, deployment))
            await contestant.settle(deployment)
    return {name: Times(times) for name, times in samples.items()}
