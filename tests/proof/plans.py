"""The fault campaign: learn the trace of each scenario, then play a plan for each fault in it."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from faults.kinds import Kind, Plan, WatchKind
from faults.planning import plans_of
from faults.player import Played, Player
from proof.ledger import PLACE, Entry, Ledger, Shard
from proof.stage import a_stage

CLEAN_RUNS = 3
SIDE_BY_SIDE = {True: 5, False: 20}
"""Plans at once: few where each needs a process of the operator for itself, to be killed."""


@contextmanager
def a_player() -> Iterator[Player]:
    """Start a cluster and a proxy before it, and end both."""
    with a_stage() as stage:
        player = Player(stage.cluster, stage.directory / "operators", stage.key_file)
        yield player
        player.close()


def learn(player: Player, scenario: str) -> dict[str, Any]:
    """Return the undisturbed outcome and the traces; all undisturbed runs must agree."""
    kept = PLACE / f"clean-{scenario}.json"
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    runs = player.play(scenario, [None] * CLEAN_RUNS)
    for run in runs:
        if run.problem or run.found != runs[0].found:
            message = f"undisturbed runs of {scenario} differ: {run.problem or run.found}"
            raise AssertionError(message)
    clean = {"found": runs[0].found, "traces": [run.trace for run in runs]}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(clean))
    return clean


def prove(
    player: Player,
    scenarios: Sequence[str],
    shard: Shard,
    most: int | None,
    say: Callable[[str], None],
) -> int:
    """Play the plans that have not passed yet, at most so many a scenario; count the failed."""
    ledger, failed = Ledger("faults"), 0
    for scenario in scenarios:
        clean = learn(player, scenario)
        texts = [str(plan) for plan in plans_of(scenario, clean["traces"])]
        mine = ledger.open(shard.of_pieces(texts))
        # In any order the first hundred say something about all.
        random.Random(scenario).shuffle(mine)  # noqa: S311 - no secret
        for batch in _batches([Plan.parse(text) for text in mine[:most]]):
            for entry in play(player, batch, clean["found"]):
                ledger.add(entry)
                if not entry.passed:
                    failed += 1
                    say(f"failed: make prove-again CAMPAIGN=faults PIECE='{entry.piece}'")
                    say(entry.problem)
    return failed


def prove_again(player: Player, piece: str, say: Callable[[str], None]) -> int:
    """Play one plan; return 1 if it fails."""
    plan = Plan.parse(piece)
    entry = play(player, [plan], learn(player, plan.scenario)["found"])[0]
    Ledger("faults").add(entry)
    say(f"{piece}: {'passed' if entry.passed else entry.problem}")
    return 0 if entry.passed else 1


def play(player: Player, plans: Sequence[Plan], expected: Any) -> list[Entry]:
    """Play a batch. A request that did not come this time is counted as missed."""
    return [_entry(one) for one in player.play(plans[0].scenario, plans, expected)]


def _batches(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    for is_kill in (False, True):
        chosen = [plan for plan in plans if plan.ends_the_operator is is_kill]
        size = SIDE_BY_SIDE[is_kill]
        yield from (chosen[place : place + size] for place in range(0, len(chosen), size))


def _entry(played: Played) -> Entry:
    plan = played.plan
    assert plan is not None
    figures = {"plans": 1, plan.scenario: 1, "missed": int(not played.strikes)}
    if played.strikes:
        figures[_class(plan)] = played.strikes
    figures["refused"] = int(played.was_refused)
    return Entry(str(plan), not played.problem, played.seconds, played.problem, figures)


def _class(plan: Plan) -> str:
    if isinstance(plan.kind, WatchKind):
        return "watch faults"
    return "crash points" if plan.kind is Kind.KILL else "API faults"
