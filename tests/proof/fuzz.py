"""The campaign of generated requests: so many of them for each seed, on one control plane."""

import asyncio
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import harness
from fuzz.play import Fate, play, stock
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from proof.ledger import Entry
from proof.stage import a_stage

CHUNK = 250
"""Requests of one seed."""


@contextmanager
def a_prover() -> Iterator[Callable[[str], Entry]]:
    """Start a cluster and an operator for all pieces, and end both."""
    with a_stage() as stage:
        operator = stage.start_operator(ROLLBACK_FINISHED_LIMIT="10000", ROLLBACK_LOG_LEVEL="DEBUG")
        yield lambda piece: _prove(stage.cluster, operator, piece)


def _prove(cluster: harness.Cluster, operator: OperatorProcess, piece: str) -> Entry:
    begun, fate = time.monotonic(), Fate()
    shop = Shop(cluster, operator, prefix="fuzz")
    try:
        shop.until_seen()
        stock(shop)
        fate = asyncio.run(play(shop, operator, int(piece), CHUNK))
        problem = "\n".join(fate.problems)
    except Exception:  # noqa: BLE001 - whatever it is, it is a result
        problem = traceback.format_exc()[-6000:]
    finally:
        shop.close()
    ended = {f"ended {reason}": times for reason, times in fate.ended.items()}
    figures = {"requests": CHUNK, "refused": fate.refused, **ended}
    return Entry(piece, not problem, time.monotonic() - begun, problem, figures)
