"""Killed before or after any of its writes, the operator ends where an undisturbed one does."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import harness
from conftest import StartsOperators
from harness.namespace import PATIENCE
from harness.objects import Object, claim, history
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until

pytestmark = pytest.mark.slow

Drive = Callable[[Shop], None]


def record(shop: Shop) -> None:
    """A rollout is recorded."""
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)


def roll_back(shop: Shop) -> None:
    """The live version is rolled back."""
    shop.roll_back()
    shop.until_recorded(snapshots=3)


def roll_back_artifacts(shop: Shop) -> None:
    """The images of the live version are rolled back, its configuration stays."""
    shop.roll_back(components={"mode": "Artifacts"})
    shop.until_recorded(snapshots=3)


def refuse(shop: Shop) -> None:
    """A request is refused."""
    shop.roll_back(to={"revision": 99})


def prepare(shop: Shop, versions: int) -> None:
    """Record versions that differ in image and configuration."""
    shop.deploy("nginx:0", pod=a_pod(0))
    shop.until_recorded(snapshots=1)
    for number in range(1, versions):
        shop.patch({"spec": {"template": {"spec": a_pod(number)}}})
        shop.until_recorded(snapshots=number + 1)
    shop.until_settled()


def a_pod(number: int) -> Object:
    """Return a pod spec with an image and a variable of that number."""
    variable = {"name": "NUMBER", "value": str(number)}
    return {"containers": [{"name": "app", "image": f"nginx:{number}", "env": [variable]}]}


@dataclass(frozen=True)
class Scenario:
    """What is done, on how many recorded versions, and how many writes it takes."""

    drive: Drive
    versions: int
    writes: int


SCENARIOS = {
    "recording": Scenario(record, 1, 1),
    "rollback": Scenario(roll_back, 2, 7),
    "artifacts": Scenario(roll_back_artifacts, 2, 7),
    "refusal": Scenario(refuse, 2, 2),
}
POINTS = [
    pytest.param(name, number, moment, id=f"{name}-{moment}-write-{number}")
    for name, scenario in SCENARIOS.items()
    for number in range(1, scenario.writes + 1)
    for moment in ("before", "after")
]


def outcome(shop: Shop) -> Object:
    """Return what must not depend on crashes, without ids and times that differ in any run."""
    shop.until_settled()
    live = shop.deployment()
    found, claimed = history(live) or {}, claim(live) or {}
    return {
        "template": live["spec"]["template"],
        "generation": live["metadata"]["generation"],
        "history": [_entry(found, snapshot) for snapshot in found["snapshots"]],
        "sequence": found["sequence"],
        "executed": [line[1] for line in found["executed"]],
        "claim": {name: claimed.get(name) for name in ("request", "components", "result")},
        "requests": [_answer(request) for request in requests(shop)],
        "writes": [w.subresource for w in shop.stored_writes("deployments", "web")],
        "answers": len(shop.stored_writes("rollbackrequests", "back")),
    }


def _entry(found: Object, snapshot: Object) -> Object:
    """Return a snapshot with its place on the line instead of ids."""
    places = {s["id"]: place for place, s in enumerate(found["snapshots"])}
    named = {name: places.get(snapshot.get(name, "")) for name in ("below", "returnedTo")}
    kept = ("revision", "images", "origin", "verified", "gap")
    return {**{name: snapshot.get(name) for name in kept}, **named}


def _answer(request: Object) -> Object:
    """Return what a request was answered."""
    status: Any = request["status"]
    target = status["targets"][0]
    return {
        "phase": status["phase"],
        "reason": status["reason"],
        "change": status.get("change"),
        "components": target.get("components"),
        "conditions": [(c["type"], c["status"]) for c in status["conditions"]],
    }


def requests(shop: Shop) -> list[Object]:
    """Return all requests."""
    return list(json.loads(shop.kubectl("get", "rbr", "-o", "json").stdout)["items"])


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Object]:
    """Outcomes of undisturbed runs, filled as they are needed."""
    return {}


@pytest.fixture
def run(start_operator: StartsOperators, tmp_path: Path) -> Callable[..., list[str]]:
    """Run a scenario with an operator that may crash; return the writes that it began."""

    def play(shop: Shop, scenario: Scenario, **crash: str) -> list[str]:
        journal = tmp_path / f"journal-{shop.namespace}"
        journal.touch()
        first = start_operator(shop)
        prepare(shop, scenario.versions)
        first.kill()
        operator = start_operator(shop, "crashing_operator", CRASH_JOURNAL=str(journal), **crash)
        if not crash:
            scenario.drive(shop)
            # The last write may be an Event, which comes after what is waited for.
            wait_until(
                lambda: len(journal.read_text().splitlines()) >= scenario.writes,
                "the operator's last write",
                seconds=PATIENCE,
            )
            return journal.read_text().splitlines()
        successor = Successor(operator, lambda: start_operator(shop))
        scenario.drive(shop)
        successor.until_started()
        return journal.read_text().splitlines()

    return play


class Successor:
    """Starts another operator when the first one has died."""

    def __init__(self, operator: OperatorProcess, start: Callable[[], OperatorProcess]) -> None:
        self._thread = threading.Thread(target=self._take_over, args=(operator, start), daemon=True)
        self._thread.start()

    def _take_over(self, operator: OperatorProcess, start: Callable[[], OperatorProcess]) -> None:
        operator.wait(120)
        start()

    def until_started(self) -> None:
        """Wait until the first one has died: else nothing was shown."""
        self._thread.join(120)
        assert not self._thread.is_alive(), "the operator never came to the write to die at"


@pytest.mark.parametrize(("name", "number", "moment"), POINTS)
def test_a_crash_changes_neither_the_outcome_nor_the_writes(  # noqa: PLR0917 - fixtures
    cluster: harness.Cluster,
    empty_shop: Shop,
    undisturbed: dict[str, Object],
    run: Callable[..., list[str]],
    name: str,
    number: int,
    moment: str,
) -> None:
    """Who recomputes the target after a crash rolls forward to the bad version."""
    scenario = SCENARIOS[name]
    if name not in undisturbed:
        twin = Shop(cluster, prefix="solo")
        begun = run(twin, scenario)
        assert len(begun) == scenario.writes, begun
        undisturbed[name] = outcome(twin)
        twin.close()

    run(empty_shop, scenario, CRASH_AT=str(number), CRASH_MOMENT=moment)

    assert outcome(empty_shop) == undisturbed[name]
