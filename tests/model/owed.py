"""What the operator owes the requests that are open: the same steps, in the reference's words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.reference import Ask, Asker, Book, Commitment, Goal
from model.versions import Version
from model.workloads import Facts, Workloads

NAMES = ("web", "api")
DONE_WELL = frozenset(
    {"AlreadyExecuted", "NotApplicable", "AlreadyThere", "RolledBack", "Previewed"}
)
STARTING_DEADLINE, TIMEOUT = 300, 600
MOST_ROUNDS = 30


@dataclass(eq=False)
class Pending:
    """A request, as the reference sees it. For some targets it may be `following` another one."""

    by: Asker
    ask: Ask
    names: tuple[str, ...]
    created: float
    reasons: dict[str, str] = field(default_factory=dict)
    following: dict[str, str] = field(default_factory=dict)
    made: dict[str, Commitment] = field(default_factory=dict)
    deployments: dict[str, str] = field(default_factory=dict)
    started: float = 0

    @property
    def name(self) -> str:
        return self.by.name

    def is_over(self) -> bool:
        return all(_is_final(self.reasons.get(name, "")) for name in self.names)


def _is_final(reason: str) -> bool:
    return reason not in {"", "WaitingForRollout", "Following", "RollingBack", "WaitingForTurn"}


class Owed:
    """The books of all Deployments and the requests, brought up to date after each step.

    `expected` is what each Deployment should ask for by now.
    """

    def __init__(self, cluster: Workloads) -> None:
        self.cluster = cluster
        self.books: dict[str, Book] = {}
        self.requests: list[Pending] = []
        self.expected: dict[str, Version] = {}

    def newcomers(self) -> list[Pending]:
        """Return the requests that have not begun: nothing promises which of them comes first."""
        return [r for r in self.requests if not r.made and not r.is_over()]

    def expect(self, before: dict[str, Facts | None], order: Sequence[str], *, first: bool) -> None:
        """Bring all up to date, with the newcomers, which are all named, in this order."""
        now, in_order = dict(before), self._in_order(order)
        trail = list(self.cluster.trail)
        for name in NAMES:
            if (facts := now[name]) is not None:
                self.books[name].look(facts, first=first)
        for _ in range(MOST_ROUNDS):
            earlier = [dict(request.reasons) for request in self.requests]
            for request in in_order:
                if not request.is_over():
                    self._expect_request(request, now, trail, first=first)
            if earlier == [request.reasons for request in self.requests]:
                break
        assert not trail, f"changed more often than asked for: {trail}"

    def _in_order(self, order: Sequence[str]) -> list[Pending]:
        named = {request.name: request for request in self.requests}
        places = iter(order)
        return [named[next(places)] if r.name in order else r for r in self.requests]

    def _expect_request(
        self,
        request: Pending,
        now: dict[str, Facts | None],
        trail: list[tuple[str, Facts]],
        *,
        first: bool,
    ) -> None:
        if not request.made:
            # It ends in the next round: whoever asks until then is told that it is at work.
            self._expect_verdicts(request, now, trail)
            return
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
                request.following[name] = made.by.name
                request.started = made.at
            else:
                request.reasons[name] = verdict

    def _verdict(self, request: Pending, name: str, facts: Facts | None) -> Goal | str:
        if facts is None:
            return "DeploymentNotFound"
        book, ask = self.books[name], request.ask
        made = book.running(facts)
        holder = next((r for r in self.requests if made and r.by == made.by), None)
        is_active = holder is not None and not holder.is_over()
        verdict = book.judge(ask, request.by.key, facts, holder_is_active=is_active)
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
        made = self.books[name].commit(request.by, request.ask, goal, facts)
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
        elif facts.counts_as_done:
            self.books[name].look(facts, first=first)
            request.reasons[name] = "RolledBack"
        elif (reason := self._leaders_end(request, name, made)) is not None:
            request.reasons[name] = reason
        elif self.cluster.now.timestamp() >= request.started + TIMEOUT:
            request.reasons[name] = "DeadlineExceeded"

    def _leaders_end(self, request: Pending, name: str, made: Commitment) -> str | None:
        leader = next((r for r in self.requests if r.by == made.by), None)
        if leader is None or leader is request:
            return None
        reason = leader.reasons.get(name, "")
        return reason if _is_final(reason) and reason not in DONE_WELL else None
