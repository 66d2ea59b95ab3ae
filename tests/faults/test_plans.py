"""A chosen few faults of each kind, in every run; `make prove` plays all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from faults.kinds import Kind, Moment, Plan, WatchKind
from faults.player import Played, Player

CLAIM = "PATCH deployments/web"
RECORD = "PATCH deployments/web/status"
STATUS = "PATCH rollbackrequests/back/status"


def at(signature: str, kind: Kind, moment: Moment, number: int = 1) -> Plan:
    """Return the plan of one fault during a rollback."""
    return Plan("rollback", signature, number, kind, moment)


CHOSEN = [
    at(CLAIM, Kind.DROP, Moment.AFTER),
    at(CLAIM, Kind.ERROR, Moment.AFTER),
    at(CLAIM, Kind.FAILED_TEST, Moment.BEFORE),
    at(CLAIM, Kind.THROTTLED, Moment.BEFORE),
    at(CLAIM, Kind.FORBIDDEN, Moment.BEFORE),
    at(CLAIM, Kind.FORBIDDEN, Moment.AFTER),
    at(CLAIM, Kind.UNAUTHORIZED, Moment.AFTER),
    at(RECORD, Kind.RESET, Moment.AFTER),
    at(STATUS, Kind.CONFLICT, Moment.AFTER),
    at(STATUS, Kind.UNAVAILABLE, Moment.BEFORE, number=2),
    Plan("rollback", "WATCH deployments", 2, WatchKind.REPLAY),
    Plan("rollback", "WATCH deployments", 2, WatchKind.SKIP),
    Plan("rollback", "WATCH deployments", 1, WatchKind.GONE_EVENT),
    Plan("rollback", "WATCH rollbackrequests", 1, WatchKind.CUT),
]


@pytest.fixture(scope="module")
def played(
    cluster: harness.Cluster, key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Played]]:
    """The chosen plans, played side by side after an undisturbed run."""
    if cluster.audit_log is None:
        pytest.skip("this cluster has no audit log to count writes in")
    player = Player(cluster, tmp_path_factory.mktemp("faults"), key_file)
    clean = player.play("rollback", [None])[0]
    assert not clean.problem, clean.problem
    results = player.play("rollback", CHOSEN, clean.found)
    yield {str(result.plan): result for result in results}
    player.close()


@pytest.mark.parametrize("plan", CHOSEN, ids=str)
def test_a_fault_changes_neither_the_end_nor_the_writes(
    played: dict[str, Played], plan: Plan
) -> None:
    result = played[str(plan)]

    assert not result.problem, f"make prove-again CAMPAIGN=faults PIECE='{plan}': {result.problem}"
    assert result.strikes == 1
