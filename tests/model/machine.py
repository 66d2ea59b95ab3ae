"""The machine: whatever people do, the operator ends where the reference says, write for write."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from builders import KEYRING
from fake_cluster import Fault, KilledError
from in_process import InProcess
from model.reference import Ask, Book, Commitment, Goal
from model.versions import Choice, Version
from model.workloads import Facts, Workloads
from rollback_operator.domain.annotations import decode, read_best
from rollback_operator.domain.deployment import Deployment, owned_by
from rollback_operator.domain.names import ENABLED_LABEL, ROLLBACKABLE
from rollback_operator.domain.snapshot import History, Origin, Snapshot
from rollback_operator.errors import Stale

NAMES = ("web", "api")
DONE_WELL = frozenset(
    {"AlreadyExecuted", "NotApplicable", "AlreadyThere", "RolledBack", "Previewed"}
)
STARTING_DEADLINE, TIMEOUT = 300, 600
MOST_ROUNDS = 30
P = ParamSpec("P")


@dataclass(eq=False)
class Pending:
    """A request that is not over, as the reference sees it."""

    name: str
    uid: str
    key: str
    ask: Ask
    names: tuple[str, ...]
    created: float
    reasons: dict[str, str] = field(default_factory=dict)
    made: dict[str, Commitment] = field(default_factory=dict)
    deployments: dict[str, str] = field(default_factory=dict)
    started: float = 0

    def is_over(self) -> bool:
        return all(_is_final(self.reasons.get(name, "")) for name in self.names)


def _is_final(reason: str) -> bool:
    return reason not in {"", "WaitingForRollout", "Following", "RollingBack", "WaitingForTurn"}


names = st.sampled_from(["web", "web", "web", "api"])
versions = st.builds(Version, st.sampled_from("ABCDEFX"), st.sampled_from("12"))
kills = st.none() | st.tuples(st.integers(0, 9), st.booleans())
choices = (
    st.just(Choice())
    | st.just(Choice("Artifacts"))
    | st.builds(
        Choice,
        st.just("Selected"),
        st.lists(st.sampled_from(["web/image", "web/config", "web"]), min_size=1, unique=True).map(
            tuple
        ),
    )
)
asks = st.builds(
    Ask,
    to_revision=st.none() | st.integers(1, 12),
    from_image=st.none() | st.none() | st.sampled_from("ABCDEFZ"),
    choice=st.just(Choice()) | choices,
    unfinished=st.sampled_from(["Refuse", "Refuse", "Wait", "Abandon", "Abandon"]),
    dry_run=st.sampled_from([False, False, False, True]),
) | st.builds(
    Ask, to_image=st.sampled_from("ABCDEF"), unfinished=st.sampled_from(["Refuse", "Abandon"])
)


class OperatorAgainstReference(RuleBasedStateMachine):
    """People, controllers and crashes on one side; what must be so on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Workloads()
        self.operator: InProcess | None = None
        self.books: dict[str, Book] = {}
        self.requests: list[Pending] = []
        self.expected: dict[str, Version] = {}
        self.past_writes = 0
        self.repairs = 0
        self.hindered: set[str] = set()
        self.away_for = 0
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
        if not self._is_rewound(name):
            self.cluster.release(name, version)
            self.expected[name] = version
            self._settle(kill)

    @rule(name=names, kill=kills)
    def restart(self, name: str, kill: Any) -> None:
        if name in self.cluster.deployments:
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
        self._place(old.name, old.key, old.ask, old.names)
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
        self.requests.append(Pending(name, uid, key, ask, targets, created))

    def _forget(self, request: Pending) -> None:
        self.requests.remove(request)
        del self.cluster.requests[request.name]

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
        self._expect(before, first=first or self.died_before_record)
        self._compare()

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
            for name in NAMES:
                self._deliver(name, first=True)
            return self.cluster.now

    # What must be so

    def _expect(self, before: dict[str, Facts | None], *, first: bool) -> None:
        now = dict(before)
        trail = list(self.cluster.trail)
        for name in NAMES:
            if (facts := now[name]) is not None:
                self.books[name].look(facts, first=first)
        for _ in range(MOST_ROUNDS):
            earlier = [dict(request.reasons) for request in self.requests]
            for request in self.requests:
                if not request.is_over():
                    self._expect_request(request, now, trail, first=first)
            if earlier == [request.reasons for request in self.requests]:
                break
        assert not trail, f"changed more often than asked for: {trail}"

    def _expect_request(
        self,
        request: Pending,
        now: dict[str, Facts | None],
        trail: list[tuple[str, Facts]],
        *,
        first: bool,
    ) -> None:
        if not request.made:
            self._expect_verdicts(request, now, trail)
        for name in request.names:
            if name in request.made and not _is_final(request.reasons[name]):
                self._expect_end(request, name, now[name], first=first)

    def _expect_verdicts(
        self, request: Pending, now: dict[str, Facts | None], trail: list[tuple[str, Facts]]
    ) -> None:
        verdicts = {name: self._verdict(request, name, now[name]) for name in request.names}
        refused = [
            n
            for n, v in verdicts.items()
            if isinstance(v, str) and _is_final(v) and v not in DONE_WELL
        ]
        for name in request.names:
            verdict = verdicts[name]
            if isinstance(verdict, Goal) and refused:
                request.reasons[name] = "OtherTargetRefused"
            elif isinstance(verdict, Goal):
                self._expect_commitment(request, name, verdict, now, trail)
            elif verdict == "Following":
                made = self.books[name].commitment
                assert made is not None
                self._follow(request, name, made, "Following", now[name])
                request.started = made.at
            else:
                request.reasons[name] = verdict

    def _verdict(self, request: Pending, name: str, facts: Facts | None) -> Goal | str:
        if facts is None:
            return "DeploymentNotFound"
        book, ask = self.books[name], request.ask
        made = book.running(facts)
        holder = next((r for r in self.requests if made and r.uid == made.request), None)
        is_active = holder is not None and not holder.is_over()
        verdict = book.judge(ask, request.key, facts, holder_is_active=is_active)
        may_go = isinstance(verdict, Goal)
        waits = verdict == "WaitingForRollout"
        late = self.cluster.now.timestamp() >= request.created + STARTING_DEADLINE
        if late and (may_go or waits):
            return "Expired"
        if ask.dry_run and (may_go or waits or verdict == "Following"):
            return "Previewed"
        return verdict

    def _expect_commitment(
        self,
        request: Pending,
        name: str,
        goal: Goal,
        now: dict[str, Facts | None],
        trail: list[tuple[str, Facts]],
    ) -> None:
        facts = now[name]
        assert facts is not None
        made = self.books[name].commit(request.uid, request.key, request.ask, goal, facts)
        made.at = self.cluster.now.timestamp()
        request.started = made.at
        self.expected[name] = made.result
        place = next((i for i, (changed, _) in enumerate(trail) if changed == name), None)
        assert place is not None, f"{request.name} should have changed {name} to {made.result}"
        now[name] = trail.pop(place)[1]
        self._follow(request, name, made, "RollingBack", now[name])

    def _follow(
        self, request: Pending, name: str, made: Commitment, reason: str, facts: Facts | None
    ) -> None:
        assert facts is not None
        request.made[name] = made
        request.reasons[name] = reason
        request.deployments[name] = facts.uid

    def _expect_end(self, request: Pending, name: str, facts: Facts | None, *, first: bool) -> None:
        made = request.made[name]
        if facts is None:
            request.reasons[name] = "DeploymentDeleted"
        elif facts.uid != request.deployments[name]:
            request.reasons[name] = "DeploymentReplaced"
        elif any(getattr(facts.live, p) != getattr(made.result, p) for p in made.parts):
            request.reasons[name] = "Superseded"
        elif facts.is_done:
            self.books[name].look(facts, first=first)
            request.reasons[name] = "RolledBack"
        elif (reason := self._leaders_end(request, name, made)) is not None:
            request.reasons[name] = reason
        elif self.cluster.now.timestamp() >= request.started + TIMEOUT:
            request.reasons[name] = "DeadlineExceeded"

    def _leaders_end(self, request: Pending, name: str, made: Commitment) -> str | None:
        leader = next((r for r in self.requests if r.uid == made.request), None)
        if leader is None or leader is request:
            return None
        reason = leader.reasons.get(name, "")
        return reason if _is_final(reason) and reason not in DONE_WELL else None

    def _compare(self) -> None:
        for name in NAMES:
            if name in self.cluster.deployments:
                self._compare_deployment(name)
        for request in self.requests:
            self._compare_request(request)
        self._compare_writes()

    def _compare_deployment(self, name: str) -> None:
        live, book = self.cluster.deployment_now(name), self.books[name]
        assert Version.of(live.template) == self.expected[name], f"{name} has another version"
        facts = self.cluster.facts(name)
        assert facts is not None
        found = self._history(live, facts)
        recorded = [_told(snapshot) for snapshot in found.snapshots]
        expected = [_expected(success) for success in book.successes]
        assert recorded == expected, f"history of {name}: {recorded}\n is not {expected}"
        line = [Version.of(s.template) for s in found.below(found.newest)]
        assert line == [s.version for s in book.beneath(book.newest)], f"line of {name}: {line}"
        if book.newest is not None and found.newest is not None:
            default = book.default()
            shown = live.condition(ROLLBACKABLE)
            is_offered, why = isinstance(default, Goal), default
            wanted = ("True", "EarlierSnapshot") if is_offered else ("False", why)
            assert (shown["status"], shown["reason"]) == wanted, f"Rollbackable of {name}"

    def _history(self, live: Deployment, facts: Facts) -> History:
        """Return the Deployment's own copy once a rollout is done.

        Before that an undo of what failed may have left an older one, and ReplicaSets know better.
        """
        if facts.is_done:
            return decode(live.annotations, live.uid, KEYRING) or History(live.uid)
        sets = owned_by(live.uid, self.cluster.sets[live.name])
        return read_best(live, sets, KEYRING)

    def _compare_request(self, request: Pending) -> None:
        status = self.cluster.status(request.name)
        found = {target.name: target.reason.value for target in status.targets}
        assert found == request.reasons, f"{request.name} {request.ask}: {status.message}"
        assert status.phase.is_final == request.is_over(), request.name

    def _compare_writes(self) -> None:
        written = sum(write.startswith("deployment") for write in self.cluster.writes)
        expected = self.past_writes + sum(book.writes for book in self.books.values())
        assert expected <= written <= expected + self.repairs, "writes to Deployments"

    def _is_rewound(self, name: str) -> bool:
        live = self.cluster.deployment_now(name)
        own = decode(live.annotations, live.uid, KEYRING)
        best = read_best(live, owned_by(live.uid, self.cluster.sets[name]), KEYRING)
        return (own.sequence if own else 0) < best.sequence

    def _uid(self, name: str) -> str:
        return str(self.cluster.deployments[name]["metadata"]["uid"])


def _told(snapshot: Snapshot) -> tuple[Any, ...]:
    return (
        snapshot.revision,
        Version.of(snapshot.template),
        snapshot.is_return,
        snapshot.gap,
        snapshot.verified,
        snapshot.origin is Origin.ROLLBACK,
        snapshot.origin is Origin.ADOPTED,
    )


def _expected(success: Any) -> tuple[Any, ...]:
    return (
        success.revision,
        success.version,
        success.is_return,
        success.has_gap,
        success.is_verified,
        success.is_ours,
        success.is_adopted,
    )
