"""`python -m proof model --count 10000 --shard 1/2`: go on with a campaign where it stopped."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from faults.scenarios import SCENARIOS
from proof import claims, fuzz, mutation, plans, report, seeds, soak, stories
from proof.ledger import Entry, Ledger, Shard, pieces_of

ASKING = {"fuzz": fuzz, "claims": claims, "stories": stories}
"""Campaigns of many pieces on one control plane."""
STOPPED = threading.Event()
"""Told to stop: a piece that was on its way then says nothing."""


def main() -> int:
    """Run what was asked for; 1 if anything failed."""
    asked = _parser().parse_args()
    signal.signal(signal.SIGTERM, _stop)
    match asked.campaign:
        case "report":
            report.write()
            return 0
        case "faults":
            return _inject(asked)
        case "fuzz" | "claims" | "stories":
            asks = ASKING[asked.campaign]
            with asks.a_prover() as prove:
                return run(asked, pieces_of(asked.count, asks.CHUNK), prove)
        case "soak":
            soaked = f"{asked.hours:g} h"
            return run(asked, [soaked], lambda _: soak.prove(asked.hours, _say))
        case "mutation":
            return run(asked, [mutation.PACKAGE], mutation.prove)
        case _:
            return run(asked, pieces_of(asked.count, seeds.CHUNK), seeds.prove)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    campaigns = ["model", "faults", *ASKING, "soak", "mutation", "report"]
    parser.add_argument("campaign", choices=campaigns)
    parser.add_argument("--count", type=int, default=10_000, help="how many stories or requests")
    parser.add_argument("--hours", type=float, default=1.0, help="how long to soak")
    parser.add_argument("--shard", type=Shard.parse, default=Shard(1, 1), help="i/n")
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--most", type=int, help="how many plans of each scenario")
    parser.add_argument("--only", help="one piece, whether it has passed or not")
    return parser


def _inject(asked: argparse.Namespace) -> int:
    with plans.a_player() as player:
        if asked.only:
            return plans.prove_again(player, asked.only, _say)
        return 1 if plans.prove(player, asked.scenarios, asked.shard, asked.most, _say) else 0


def _stop(*_: object) -> None:
    """End what was started."""
    STOPPED.set()
    sys.exit(1)


def _say(text: str) -> None:
    print(text, flush=True)


def run(asked: argparse.Namespace, pieces: Sequence[str], prove: Callable[[str], Entry]) -> int:
    """Prove the pieces that are open, one after another, and say how to repeat what failed."""
    ledger, failed = Ledger(asked.campaign), 0
    wanted = [asked.only] if asked.only else ledger.open(asked.shard.of_pieces(pieces))
    for piece in wanted:
        entry = prove(piece)
        if STOPPED.is_set():
            return 1
        ledger.add(entry)
        if not entry.passed:
            failed += 1
            again = f"make prove-again CAMPAIGN={asked.campaign} PIECE={piece}"
            print(f"{asked.campaign} {piece} failed: {again}")
            print(entry.problem, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
