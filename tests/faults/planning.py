"""From the traces of undisturbed runs to plans: one for each request or event, and each fault."""

from collections import Counter
from collections.abc import Iterator, Sequence

from faults.kinds import Kind, Moment, Plan, WatchKind
from faults.storms import a_storm

MOMENTS = {
    Kind.KILL: (Moment.BEFORE, Moment.AFTER, Moment.REPLIED),
    Kind.DELAY: (Moment.BEFORE,),
}
BOTH = (Moment.BEFORE, Moment.AFTER)
STORMS = 40
"""How many storms each scenario has to stand."""


def plans_of(scenario: str, traces: Sequence[Sequence[str]]) -> list[Plan]:
    """Return all plans for what each of the traces has, and the storms."""
    storms = [a_storm(scenario, seed) for seed in range(1, STORMS + 1)]
    return [*_plans_of_each(scenario, traces), *storms]


def _plans_of_each(scenario: str, traces: Sequence[Sequence[str]]) -> list[Plan]:
    counted = [Counter(trace) for trace in traces]
    common = {signature: min(c[signature] for c in counted) for signature in sorted(set(traces[0]))}
    return [
        plan
        for signature, times in common.items()
        for number in range(1, times + 1)
        for plan in _plans(scenario, signature, number)
    ]


def _plans(scenario: str, signature: str, number: int) -> Iterator[Plan]:
    if signature.startswith("WATCH"):
        for watch_kind in WatchKind:
            yield Plan(scenario, signature, number, watch_kind)
        return
    is_read = signature.startswith("GET")
    for kind in Kind:
        if kind is Kind.STORM or (is_read and kind is Kind.KILL):
            continue
        for moment in (Moment.BEFORE,) if is_read else MOMENTS.get(kind, BOTH):
            yield Plan(scenario, signature, number, kind, moment)
