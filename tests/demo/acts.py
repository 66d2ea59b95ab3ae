"""The acts of the play, in order."""

from collections.abc import Callable
from typing import NamedTuple

from demo import group, plugin, recording, refusal, releases, rollback, speed
from demo.stage import Stage


class Act(NamedTuple):
    """A title, and what happens."""

    title: str
    play: Callable[[Stage], None]


ACTS = (
    Act("Two releases, both successful", releases.play),
    Act("What the operator has recorded", recording.play),
    Act("A preview, then the rollback", rollback.play),
    Act("A second request is refused, with advice", refusal.play),
    Act("How long it took", speed.play),
    Act("A release of three, with steps, in reverse order", group.play),
    Act("Once more, by the kubectl plugin", plugin.play),
)
