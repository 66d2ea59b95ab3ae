"""`python -m proof model --count 10000 --shard 1/2`: go on with a campaign where it stopped."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from faults.scenarios import SCENARIOS
from proof import claims, fuzz, plans, report, seeds, soak
from proof.ledger import Entry, Ledger, Shard

ASKING = {"fuzz": fuzz, "claims": claims}
"""Campaigns of many requests on one control plane."""
STOPPED = threading.Event()
"""Told to stop: a piece that was on its way then says nothing."""


def main() -> int:
    """Run what was asked for; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    parser.add_argument("campaign", choices=["model", "faults", "fuzz", "claims", "soak", "report"])
    parser.add_argument("--count", type=int, default=10_000, help="how many stories or requests")
    parser.add_argument("--hours", type=float, default=1.0, help="how long to soak")
    parser.add_argument("--shard", type=Shard.parse, default=Shard(1, 1), help="i/n")
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--most", type=int, help="how many plans of each scenario")
    parser.add_argument("--only", help="one piece, whether it has passed or not")
    asked = parser.parse_args()
    # Told to stop, it ends what it started.
    signal.signal(signal.SIGTERM, _stop)
    if asked.campaign == "report":
        report.write()
        return 0
    if asked.campaign == "model":
        pieces = [asked.only] if asked.only else asked.shard.of_pieces(seeds.pieces(asked.count))
        return run("model", pieces, seeds.prove, again=bool(asked.only))
    if asked.campaign == "soak":
        return run("soak", [f"{asked.hours:g} h"], lambda _: soak.prove(asked.hours, _say))
    if asked.campaign in ASKING:
        asks = ASKING[asked.campaign]
        pieces = [asked.only] if asked.only else asked.shard.of_pieces(asks.pieces(asked.count))
        with asks.a_prover() as prove:
            return run(asked.campaign, pieces, prove, again=bool(asked.only))
    with plans.a_player() as player:
        if asked.only:
            return plans.prove_again(player, asked.only, _say)
        return 1 if plans.prove(player, asked.scenarios, asked.shard, asked.most, _say) else 0


def _stop(*_: object) -> None:
    STOPPED.set()
    sys.exit(1)


def _say(text: str) -> None:
    print(text, flush=True)


def run(
    campaign: str, pieces: Sequence[str], prove: Callable[[str], Entry], *, again: bool = False
) -> int:
    """Prove the pieces that are open, one after another, and say how to repeat what failed."""
    ledger, failed = Ledger(campaign), 0
    for piece in pieces if again else ledger.open(pieces):
        entry = prove(piece)
        if STOPPED.is_set():
            return 1
        ledger.add(entry)
        if not entry.passed:
            failed += 1
            print(f"{campaign} {piece} failed: make prove-again CAMPAIGN={campaign} PIECE={piece}")
            print(entry.problem, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
