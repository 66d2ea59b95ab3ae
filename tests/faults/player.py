"""Plays plans on a cluster, many side by side, each in a namespace of its own."""

import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from faults.kinds import Plan
from faults.outcome import (
    is_refusal,
    is_refusal_in_race,
    operator_writes,
    outcome,
    problems,
)
from faults.proxy import FaultProxy
from faults.scenarios import SCENARIOS, Scenario
from harness import Cluster, audit
from harness.audit import AuditEvent
from harness.objects import Object
from harness.operator_process import OperatorProcess
from harness.shop import Shop

_numbers = count(1)


@dataclass
class Played:
    """What came of a plan: `problem` is empty if all is as it must be."""

    plan: Plan | None
    found: Object = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    strikes: int = 0
    was_refused: bool = False
    problem: str = ""
    seconds: float = 0


class Player:
    """Plays scenarios behind one proxy."""

    def __init__(self, cluster: Cluster, directory: Path, key_file: Path) -> None:
        assert cluster.audit_log is not None
        directory.mkdir(parents=True, exist_ok=True)
        self._cluster = cluster
        self._directory = directory
        self._key_file = key_file
        self._audit_log = cluster.audit_log
        self._since = 0
        self._reading = threading.Lock()
        self.proxy = FaultProxy(cluster.kubeconfig, directory).start()

    def close(self) -> None:
        """End the proxy."""
        self.proxy.stop()

    def play(
        self, scenario: str, plans: Sequence[Plan | None], expected: Object | None = None
    ) -> list[Played]:
        """Play plans of one scenario side by side; without `expected` nothing is compared."""
        stage, self._since = SCENARIOS[scenario], audit.mark(self._audit_log)
        # The operator that other tests share leaves what begins with solo to us.
        shops = [Shop(self._cluster, prefix="solo-fault") for _ in plans]
        needs_own = any(plan is not None and plan.ends_the_operator for plan in plans)
        groups = [[shop] for shop in shops] if needs_own else [shops]
        operators = [
            self._operator([s.namespace for s in group])
            for group in groups
            for _ in range(stage.operators)
        ]
        crews = {
            shop.namespace: operators[g * stage.operators : (g + 1) * stage.operators]
            for g, group in enumerate(groups)
            for shop in group
        }
        kubelets = [_Restarts(operator) for operator in operators]
        try:
            with ThreadPoolExecutor(len(plans)) as pool:
                list(pool.map(lambda shop: _prepare(stage, shop, crews[shop.namespace]), shops))
                return list(
                    pool.map(
                        lambda pair: self._one(
                            stage, pair[0], pair[1], crews[pair[0].namespace], expected
                        ),
                        zip(shops, plans, strict=True),
                    )
                )
        finally:
            for kubelet in kubelets:
                kubelet.stop()
            for operator in operators:
                operator.kill()
            for shop in shops:
                shop.close()

    def _operator(self, namespaces: Sequence[str]) -> OperatorProcess:
        settings = {
            "ROLLBACK_KEY_FILES": str(self._key_file),
            "ROLLBACK_NAMESPACES": ",".join(namespaces),
            "ROLLBACK_LOG_LEVEL": "DEBUG",
        }
        log = self._directory / f"operator-{next(_numbers)}.log"
        return OperatorProcess(self.proxy.kubeconfig, log, settings).start()

    def _one(
        self,
        stage: Scenario,
        shop: Shop,
        plan: Plan | None,
        crew: Sequence[OperatorProcess],
        expected: Object | None,
    ) -> Played:
        begun, played = time.monotonic(), Played(plan)
        victim = crew[0]
        self.proxy.arm(shop.namespace, plan, lambda: os.kill(victim.pid, signal.SIGKILL))
        try:
            stage.drive(shop)
            for name in stage.deployments if stage.settles else ():
                shop.until_settled(name)
            writes = self._writes(shop)
            played.found = outcome(shop, stage, writes)
            played.problem = self._judge(stage, played, writes, expected)
        except BaseException:  # noqa: BLE001 - whatever it is, it is a result
            played.problem = traceback.format_exc()[-4000:]
        ground = self.proxy.ground(shop.namespace)
        played.trace, played.strikes = list(ground.trace), ground.strikes
        played.seconds = time.monotonic() - begun
        return played

    def _writes(self, shop: Shop) -> list[AuditEvent]:
        with self._reading:
            marker = f"marker-{next(_numbers)}"
            answered = self.proxy.ground(shop.namespace).answered
            return operator_writes(shop, self._audit_log, self._since, marker, answered)

    def _judge(
        self, stage: Scenario, played: Played, writes: list[AuditEvent], expected: Object | None
    ) -> str:
        found = problems(stage, writes)
        if expected is not None and played.found != expected:
            may_refuse = played.plan is not None and played.plan.says_no_for_good
            played.was_refused = may_refuse and (
                is_refusal_in_race(played.found, expected)
                if stage.is_race
                else is_refusal(played.found, expected)
            )
            if not played.was_refused:
                found.append(_difference(played.found, expected))
        return "; ".join(found)


def _prepare(stage: Scenario, shop: Shop, crew: Sequence[OperatorProcess]) -> None:
    """Prepare once all of them watch: who comes later adopts what is there, or records it first."""
    shop.operators.extend(crew)
    shop.deploy(name="marker", replicas=0)
    shop.until_recorded("marker")
    shop.until_seen()
    stage.prepare(shop)


class _Restarts:
    """Starts an operator again when it has died, as a kubelet does."""

    def __init__(self, operator: OperatorProcess) -> None:
        self._operator, self._is_over = operator, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.05):
            if not self._operator.is_running:
                self._operator.start()


def _difference(found: Object, expected: Object) -> str:
    is_so, should_be = _other(found, expected), _other(expected, found)
    return f"found {json.dumps(is_so)}, expected {json.dumps(should_be)}"


def _other(one: Object, two: Object) -> Object:
    """Return the parts of one that are not so in two."""
    parts: Object = {}
    for key, value in one.items():
        if value == two.get(key):
            continue
        is_deep = isinstance(value, dict) and isinstance(two.get(key), dict)
        parts[key] = _other(value, two[key]) if is_deep else value
    return parts
