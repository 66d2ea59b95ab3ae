"""The campaign of stories: those of the model, told again on a real control plane."""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from harness.operator_process import OperatorProcess
from harness.shop import Shop
from proof.ledger import Entry
from proof.stage import Stage, a_stage
from rollback_operator.domain.signing import Keyring
from stories.performance import Performance
from stories.writing import Story, written

CHUNK = 10
"""Stories that are told side by side, each with an operator of its own."""


@contextmanager
def a_prover() -> Iterator[Callable[[str], Entry]]:
    """Start a cluster for all chunks, and end it."""
    with a_stage() as stage:
        yield lambda piece: _prove(stage, piece)


def _prove(stage: Stage, piece: str) -> Entry:
    """Tell the stories of one chunk."""
    begun = time.monotonic()
    stories = written(int(piece), CHUNK)
    with ThreadPoolExecutor(CHUNK) as pool:
        told = list(pool.map(lambda story: _tell(stage, story), stories))
    acts = Counter(act.what for story in stories for scene in story for act in scene.acts)
    figures = {
        "stories": len(stories),
        "scenes": sum(map(len, stories)),
        "requests": acts["place"],
        "processes": acts["start"],
    }
    problem = "\n\n".join(filter(None, told))
    return Entry(piece, not problem, time.monotonic() - begun, problem, figures)


def _tell(stage: Stage, story: Story) -> str:
    """Tell one story; return what was otherwise than written."""
    shop = Shop(stage.cluster, prefix="solo-story")
    settings = {
        "ROLLBACK_KEY_FILES": str(stage.key_file),
        "ROLLBACK_NAMESPACES": shop.namespace,
        "ROLLBACK_LOG_LEVEL": "DEBUG",
    }
    log = stage.directory / f"{shop.namespace}.log"
    operator = OperatorProcess(stage.cluster.kubeconfig, log, settings)
    shop.operators.append(operator)
    try:
        Performance(shop, operator, Keyring.of([stage.key_file.read_bytes()])).of(story)
    except Exception:  # noqa: BLE001 - whatever it is, it is a result
        return traceback.format_exc()[-6000:]
    finally:
        operator.stop()
        shop.close()
    return ""
