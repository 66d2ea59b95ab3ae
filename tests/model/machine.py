"""The machine: whatever people do, the operator ends where the reference says, write for write."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from fake_cluster import Fault, KilledError
from in_process import InProcess
from model.comparison import Comparison
from model.draws import asks, kills, names, versions
from model.owed import MOST_ROUNDS, NAMES, STARTING_DEADLINE, TIMEOUT, Pending
from model.reference import Ask, Asker, Book
from model.versions import Choice, Version
from model.workloads import Workloads
from rollback_operator.domain.names import ENABLED_LABEL
from rollback_operator.errors import Stale

P = ParamSpec("P")


class OperatorAgainstReference(Comparison, RuleBasedStateMachine):
    """People, controllers and crashes on one side; what must be so on the other."""

    workloads: type[Workloads] = Workloads

    def __init__(self) -> None:
        Comparison.__init__(self, self.workloads())
        RuleBasedStateMachine.__init__(self)
        self.operator: InProcess | None = None
        self.hindered: set[str] = set()
        self.away_for = 0
        self.processes = 0
        self.asked = 0
        self.died_before_record = False
        self._runner = asyncio.Runner()

    def teardown(self) -> None:
        self._runner.close()

    # What people do

    @initialize(versions=st.lists(versions, max_size=3))
    def begin(self, versions: list[Version]) -> None:
        """A Deployment is there, and an operator that saw its first versions."""
        for name in NAMES:
            self.cluster.create(name, Version("A"), {})
            self.books[name] = Book(self._uid(name))
            self.expected[name] = Version("A")
        self._start_operator()
        for version in versions:
            self.release("web", version, None)

    @rule(letter=st.sampled_from("ABCDEF"), kill=kills)
    def release_a_good_one(self, letter: str, kill: Any) -> None:
        self.release("web", Version(letter), kill)

    @rule(name=names, version=versions, kill=kills)
    def release(self, name: str, version: Version, kill: Any) -> None:
        """A version is rolled out, by whatever applies it, for the first time or again.

        Not while only ReplicaSets have the latest history: the controller could copy an older one
        over it (`docs/reliability.md`).
        """
        if not self.is_rewound(name):
            self.cluster.release(name, version)
            self.expected[name] = version
            self._settle(kill)

    @rule(name=names, kill=kills)
    def restart(self, name: str, kill: Any) -> None:
        """`kubectl rollout restart`, which refuses a paused Deployment."""
        facts = self.cluster.facts(name)
        if facts is not None and not facts.is_paused:
            self.cluster.restart(name)
            self._settle(kill)

    @rule(name=names, place=st.integers(0, 8), kill=kills)
    def undo(self, name: str, place: int, kill: Any) -> None:
        """`kubectl rollout undo`, which refuses a paused Deployment."""
        facts = self.cluster.facts(name)
        if facts is None or facts.is_paused:
            return
        revisions = sorted(facts.newest_of_sets - {facts.revision}, reverse=True)
        if revisions:
            revision = revisions[place % len(revisions)]
            self.cluster.undo_to(name, revision)
            self.books[name].was_wiped = False
            self.expected[name] = facts.carried[revision]
            self.repairs += 1
            self._settle(kill)

    @rule(name=names, replicas=st.integers(0, 3), kill=kills)
    def scale(self, name: str, replicas: int, kill: Any) -> None:
        if name in self.cluster.deployments:
            self.cluster.scale(name, replicas)
            self._settle(kill)

    @rule(name=names, what=st.sampled_from(["pause", "fill the quota", "crash", "switch off"]))
    def hinder(self, name: str, what: str) -> None:
        """Something stands in the way of a Deployment that nothing hinders yet."""
        if name not in self.cluster.deployments or name in self.hindered:
            return
        self.hindered.add(name)
        match what:
            case "pause":
                self.cluster.pause(name, paused=True)
            case "fill the quota":
                self.cluster.block(name)
            case "crash":
                self.cluster.crash(name)
            case _:
                self.cluster.label(name, {ENABLED_LABEL: "disabled"})
        self._settle()

    @precondition(lambda self: self.hindered)
    @rule(kill=kills)
    def relieve(self, kill: Any) -> None:
        """Nothing stands in the way any more; pods that crashed stay so."""
        for name in self.hindered & self.cluster.deployments.keys():
            self.cluster.pause(name, paused=False)
            self.cluster.unblock(name)
            self.cluster.label(name, {})
        self.hindered.clear()
        self._settle(kill)

    @rule(name=names)
    def wipe(self, name: str) -> None:
        if name in self.cluster.deployments:
            self.cluster.wipe(name)
            self.books[name].was_wiped = True
            self.repairs += 1
            self._settle()

    @rule(name=st.sampled_from(NAMES), copied=st.booleans(), version=versions)
    def recreate(self, name: str, copied: bool, version: Version) -> None:  # noqa: FBT001 - drawn
        """A Deployment is deleted, and one of its name created, maybe with its annotations."""
        annotations = dict(self.cluster.deployments[name]["metadata"]["annotations"])
        self.cluster.delete(name)
        self._settle()
        self.hindered.discard(name)
        self.past_writes += self.books[name].writes
        self.cluster.create(name, version, annotations if copied else {})
        self.books[name] = Book(self._uid(name))
        self.expected[name] = version
        self._settle()

    @rule(seconds=st.sampled_from([30, STARTING_DEADLINE + 1, TIMEOUT + 1]))
    def wait(self, seconds: int) -> None:
        self.cluster.pass_time(seconds)
        self._settle()

    # What befalls the operator

    @rule(steps=st.integers(0, 3))
    def kill_operator(self, steps: int) -> None:
        """The operator is away while so many things happen."""
        self.operator, self.away_for = None, steps
        if not steps:
            self._start_operator()

    @rule(unseen=st.lists(versions, min_size=1, max_size=3), name=names)
    def release_unseen(self, unseen: list[Version], name: str) -> None:
        """Versions are rolled out while no operator is there."""
        self.kill_operator(len(unseen))
        for version in unseen:
            self.release(name, version, None)

    def _start_operator(self) -> None:
        self.operator = InProcess(self.cluster)
        self.processes += 1
        self._settle(first=True)

    @rule()
    def break_watch(self) -> None:
        """All is listed again, as after a break of the watch."""
        self._settle(first=True)

    # What is asked

    @rule(name=names, ask=asks, kill=kills)
    def request(self, name: str, ask: Ask, kill: Any) -> None:
        self._ask((name,), ask, kill)

    @rule(kill=kills, ask=st.sampled_from([Ask(), Ask(choice=Choice("Artifacts"))]))
    def request_default(self, kill: Any, ask: Ask) -> None:
        self._ask(("web",), ask, kill)

    @rule(kill=kills, place=st.integers(0, 9))
    def request_what_is_on_record(self, kill: Any, place: int) -> None:
        successes = self.books["web"].successes
        if successes:
            revision = successes[place % len(successes)].revision
            self._ask(("web",), Ask(to_revision=revision, unfinished="Abandon"), kill)

    @precondition(lambda self: self.operator is not None)
    @rule(kill=kills)
    def request_group(self, kill: Any) -> None:
        """A group, where both can be carried out at once: what hangs is for single requests."""
        facts = [self.cluster.facts(name) for name in NAMES]
        if self.cluster.blocked or any(not p.is_over() for p in self.requests):
            return
        if all(f is not None for f in facts):
            self._ask(NAMES, Ask(), kill)

    @precondition(lambda self: self.requests)
    @rule(place=st.integers(0, 20), kill=kills)
    def request_again(self, place: int, kill: Any) -> None:
        """A request is deleted, and the same one, name and spec, is applied once more."""
        old = self.requests[place % len(self.requests)]
        if not old.is_over() or len(old.names) > 1:
            return
        self._forget(old)
        self._place(old.name, old.by.key, old.ask, old.names)
        self._settle(kill)

    @precondition(lambda self: self.requests)
    @rule(place=st.integers(0, 20))
    def delete_request(self, place: int) -> None:
        self._forget(self.requests[place % len(self.requests)])
        self._settle()

    # How it goes on

    def _ask(self, targets: tuple[str, ...], ask: Ask, kill: Any) -> None:
        name = f"r{self.asked}"
        key = json.dumps([name, ask.spec(*targets)])
        self._place(name, key, ask, targets)
        self._settle(kill)

    def _place(self, name: str, key: str, ask: Ask, targets: tuple[str, ...]) -> None:
        self.asked += 1
        uid = f"request-uid-{self.asked}"
        self.cluster.place(name, ask.spec(*targets), uid)
        created = self.cluster.now.timestamp()
        self.requests.append(Pending(Asker(name, uid, key), ask, targets, created))

    def _forget(self, request: Pending) -> None:
        self.requests.remove(request)
        self.cluster.withdraw(request.name)

    def _settle(self, kill: tuple[int, bool] | None = None, *, first: bool = False) -> None:
        """Let the operator do all that it can, let the reference do the same, and compare."""
        self.cluster.pass_time(1)
        if self.operator is None:
            self.away_for -= 1
            if self.away_for <= 0:
                self._start_operator()
            return
        before = {name: self.cluster.facts(name) for name in NAMES}
        self.cluster.trail.clear()
        self.died_before_record = False
        if kill is not None:
            place, is_stored = kill
            self.cluster.faults = {self.cluster.attempts + place: Fault(KilledError(), is_stored)}
        self._operate(first=first)
        self.cluster.faults = {}
        self.account_for_all(before, first=first or self.died_before_record)

    def _operate(self, *, first: bool) -> None:
        for name in NAMES:
            self._deliver(name, first=first)
            self._deliver_deletion(name)
        for _ in range(MOST_ROUNDS):
            attempts, is_stale = self.cluster.attempts, False
            for request in list(self.cluster.requests):
                is_stale = self._advance(request) or is_stale
            for name in NAMES:
                self._deliver(name, first=False)
            if self.cluster.attempts == attempts and not is_stale:
                return
        message = "the operator does not come to rest"
        raise AssertionError(message)

    def _deliver(self, name: str, *, first: bool) -> None:
        if name in self.cluster.deployments:
            self._run(self._present.sees, name, first=first)

    def _deliver_deletion(self, name: str) -> None:
        if name not in self.cluster.deployments:
            self._present.recent.forget("shop", name)

    def _advance(self, request: str) -> bool:
        """Advance a request; whether it has to be done again at once."""
        if self.cluster.status(request).phase.is_final:
            return False
        try:
            until = self._run(self._present.advances, request)
        except Stale:
            return True
        return until is not None and until <= self.cluster.now

    @property
    def _present(self) -> InProcess:
        assert self.operator is not None
        self.operator.now = self.cluster.now
        return self.operator

    def _run(
        self, operation: Callable[P, Coroutine[Any, Any, Any]], *args: P.args, **options: P.kwargs
    ) -> Any:
        """Run an operation; if it is killed, a new process begins by looking at everything."""
        writes = len(self.cluster.writes)
        attempted: list[str] = []
        self.cluster.before_write = attempted.append
        try:
            return self._runner.run(operation(*args, **options))
        except KilledError:
            stored = self.cluster.writes[writes:]
            was_stored = len(stored) == len(attempted)
            if attempted[-1] == "deployment/status" and not was_stored:
                self.died_before_record = True
            self.operator = InProcess(self.cluster)
            self.processes += 1
            for name in NAMES:
                self._deliver(name, first=True)
            return self.cluster.now

    def _uid(self, name: str) -> str:
        return str(self.cluster.deployments[name]["metadata"]["uid"])
