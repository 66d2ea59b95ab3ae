"""The model campaign: thousands of random stories, a chunk of them for each seed."""

import time
import traceback
from collections import Counter

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from model.machine import OperatorAgainstReference
from proof.ledger import Entry

CHUNK = 25
"""Stories of one seed."""
STEPS = 30


def prove(piece: str) -> Entry:
    """Play the stories of one seed; what fails is made as short as can be."""
    counted: Counter[str] = Counter()

    class Counting(OperatorAgainstReference):
        def teardown(self) -> None:
            counted["stories"] += 1
            counted["requests"] += self.asked
            counted["processes"] += self.processes
            counted["writes"] += len(self.cluster.writes)
            super().teardown()

    begun = time.monotonic()
    problem = ""
    try:
        run_state_machine_as_test(seed(int(piece))(Counting), settings=_settings())
    except Exception:  # noqa: BLE001 - whatever it is, it is a result
        problem = traceback.format_exc()[-6000:]
    return Entry(piece, not problem, time.monotonic() - begun, problem, dict(counted))


def _settings() -> settings:
    return settings(
        max_examples=CHUNK,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
