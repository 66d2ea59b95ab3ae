"""Of several reasons at once, the one that comes first in the specification is given."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pytest

from builders import (
    HistoryBuilder,
    RequestBuilder,
    Version,
    WorldBuilder,
    a_deployment,
    a_history,
    a_preparation,
    a_request,
    a_snapshot,
    a_template,
    a_world,
)
from rollback_operator.domain.decisions import End
from rollback_operator.domain.judge import judge
from rollback_operator.domain.reasons import Reason


@dataclass(frozen=True)
class Scene:
    """What is wrong, all at once: versions A, B and C are on record."""

    unadmitted: bool = False
    disabled: bool = False
    executed: bool = False
    mistyped: bool = False
    outdated: bool = False
    claimed: bool = False
    prepared: bool = False
    paused: bool = False
    unfinished: bool = False
    to: int | None = None
    returned: bool = False
    gap: bool = False
    unverified: bool = False
    unsigned: bool = False
    artifacts: bool = False

    def build(self) -> WorldBuilder:
        world = a_world(self._history())
        if self.claimed:
            world = world.rolling_back_to(1)
        elif self.unfinished:
            world = world.unfinished("Z", 4)
        if self.paused:
            live = world.deployment or a_deployment(self._newest()).at_revision(3)
            world = world.live(live.paused())
        world = world.asked(self._request())
        return world.with_(
            unadmitted="nobody checked it" if self.unadmitted else None,
            disabled_by="a label" if self.disabled else None,
            was_executed=self.executed,
            preparations=(a_preparation(target="another"),) if self.prepared else (),
        )

    def _newest(self) -> Version:
        return a_template("B", args=["x"]) if self.artifacts else "C"

    def _history(self) -> HistoryBuilder:
        a, b = a_snapshot("A", 1), a_snapshot("B", 2, verified=not self.unverified)
        newest = a_snapshot(
            self._newest(),
            3,
            below=b.id,
            gap=self.gap,
            returned_to=a.id if self.returned else None,
        )
        known = a_history().history
        signed = not self.unsigned
        return HistoryBuilder(replace(known, snapshots=(a, b, newest), signed=signed))

    def _request(self) -> RequestBuilder:
        request = a_request()
        if self.mistyped:
            request = request.from_(images={"web": "nginx:typo"})
        elif self.outdated:
            request = request.from_(images={"web": "nginx:B" if self.claimed else "nginx:A"})
        if self.to is not None:
            request = request.to(revision=self.to)
        return request.artifacts() if self.artifacts else request


Cause = Callable[[Scene], Scene]


def so(**changes: Any) -> Cause:
    return lambda scene: replace(scene, **changes)


ORDER: list[tuple[Reason, Cause]] = [
    (Reason.ADMISSION_MISSING, so(unadmitted=True)),
    (Reason.DISABLED, so(disabled=True)),
    (Reason.ALREADY_EXECUTED, so(executed=True)),
    (Reason.UNKNOWN_FROM, so(mistyped=True)),
    (Reason.NOT_APPLICABLE, so(outdated=True)),
    (Reason.ROLLBACK_IN_PROGRESS, so(claimed=True)),
    (Reason.ROLLBACK_IN_PROGRESS, so(prepared=True)),
    (Reason.PAUSED, so(paused=True)),
    (Reason.ROLLOUT_NOT_COMPLETED, so(unfinished=True)),
    (Reason.UNKNOWN_TARGET, so(to=99)),
    (Reason.ALREADY_ROLLED_BACK, so(returned=True)),
    (Reason.HISTORY_GAP, so(gap=True)),
    (Reason.NOT_VERIFIED, so(unverified=True)),
    (Reason.UNSIGNED_SNAPSHOT, so(unsigned=True)),
    (Reason.NO_ARTIFACT_CHANGED, so(artifacts=True)),
]
NO_PAIR = {
    # Both say what `from` is; and a history with a gap is not whole, so nothing in it is a typo.
    (Reason.UNKNOWN_FROM, Reason.NOT_APPLICABLE),
    (Reason.UNKNOWN_FROM, Reason.HISTORY_GAP),
}
PAIRS = [
    (first, then) for first, then in combinations(ORDER, 2) if (first[0], then[0]) not in NO_PAIR
]


def reason_of(scene: Scene) -> Reason | None:
    verdict = judge(scene.build().build())
    return verdict.reason if isinstance(verdict, End) else None


def test_the_scene_alone_is_refused_for_nothing() -> None:
    assert reason_of(Scene()) is None


@pytest.mark.parametrize(("reason", "cause"), ORDER, ids=[reason.value for reason, _ in ORDER])
def test_each_cause_alone_has_its_reason(reason: Reason, cause: Cause) -> None:
    assert reason_of(cause(Scene())) is reason


@pytest.mark.parametrize(("first", "then"), PAIRS, ids=[f"{a[0]}-{b[0]}" for a, b in PAIRS])
def test_of_two_causes_the_first_one_counts(
    first: tuple[Reason, Cause], then: tuple[Reason, Cause]
) -> None:
    assert reason_of(first[1](then[1](Scene()))) is first[0]
