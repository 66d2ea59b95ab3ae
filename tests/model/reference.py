"""What the operator owes a Deployment and a request, in the plainest words that say it.

It is written from the specification and shares no code with the operator: line, return, gap and
claim are kept as a person with a sheet of paper would keep them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from model.versions import Choice, Version
from model.workloads import Facts

HISTORY_LIMIT = 10


@dataclass(eq=False)
class Success:
    """A rollout that succeeded. `below` is what lies beneath it on the line."""

    revision: int
    version: Version
    below: "Success | None"
    is_return: bool = False
    has_gap: bool = False
    is_adopted: bool = False
    is_verified: bool = True
    is_ours: bool = False


@dataclass(frozen=True)
class Asker:
    """A request; one that is applied again has the same name and key, its name and spec."""

    name: str
    uid: str
    key: str


@dataclass(eq=False)
class Commitment:
    """A rollback that was begun.

    `left` is the revision of the version that is left, as recorded, and `watched` that of the
    Deployment then; `goal_revision` is what `goal` had, were it on record or not. It is over once
    what it brought is on record, or what came instead.
    """

    by: Asker
    left: int
    goal: Success | None
    goal_revision: int
    parts: frozenset[str]
    result: Version
    watched: int = 0
    is_over: bool = False
    at: float = 0


EVERYTHING = Choice()


@dataclass(frozen=True)
class Ask:
    """One target of a request, and what the request says of it."""

    to_revision: int | None = None
    to_image: str | None = None
    from_image: str | None = None
    choice: Choice = EVERYTHING
    unfinished: str = "Refuse"
    dry_run: bool = False

    def spec(self, *names: str) -> dict[str, Any]:
        """Return the spec of a request for these Deployments."""
        target: dict[str, Any] = {"components": {"mode": self.choice.mode}}
        if self.choice.names:
            target["components"]["names"] = list(self.choice.names)
        if self.to_revision is not None:
            target["to"] = {"revision": self.to_revision}
        if self.to_image is not None:
            target["to"] = {"images": {"web": f"nginx:{self.to_image}"}}
        if self.from_image is not None:
            target["from"] = {"images": {"web": f"nginx:{self.from_image}"}}
        spec: dict[str, Any] = {"targets": [{"name": name, **target} for name in names]}
        if self.unfinished != "Refuse":
            spec["unfinishedRollout"] = self.unfinished
        if self.dry_run:
            spec["dryRun"] = True
        return spec

    @property
    def names_its_goal(self) -> bool:
        """Whether it says where to go."""
        return self.to_revision is not None or self.to_image is not None


@dataclass(frozen=True)
class Goal:
    """Where a request goes: a success on record, or a version that nobody watched."""

    revision: int
    version: Version
    success: Success | None


Refusal = str


@dataclass(eq=False)
class Book:
    """What is to be known of one Deployment."""

    uid: str
    successes: list[Success] = field(default_factory=list)
    was_cut: bool = False
    executed: set[str] = field(default_factory=set)
    commitment: Commitment | None = None
    was_wiped: bool = False
    writes: int = 0
    unwatched: set[int] = field(default_factory=set)
    """Revisions that may have succeeded before the operator came and found a later one at work."""

    # Recording

    @property
    def newest(self) -> Success | None:
        """The last rollout that succeeded."""
        return self.successes[-1] if self.successes else None

    @property
    def is_whole(self) -> bool:
        """Whether no success can be missing."""
        return not self.was_cut and not any(s.has_gap or s.is_adopted for s in self.successes)

    def beneath(self, success: Success | None) -> Iterator[Success]:
        """Yield what is beneath on the line, as far as it is still on record."""
        below = success.below if success else None
        while below is not None and below in self.successes:
            yield below
            below = below.below

    def is_recorded(self, facts: Facts) -> bool:
        """Whether what is live is what was recorded last, restarts aside."""
        return self.newest is not None and self.newest.version == facts.live

    def running(self, facts: Facts) -> Commitment | None:
        """Return the rollback whose result is live and not on record yet."""
        made = self.commitment
        if made is None or made.is_over or made.result != facts.live:
            return None
        return made

    def look(self, facts: Facts, *, first: bool) -> None:
        """Record what there is to record; each time one write."""
        if first and self.newest is not None:
            self._note_unwatched(self.newest, facts)
        if self.is_recorded(facts):
            self._complete_newest(facts)
        elif facts.is_done or (first and facts.became_available and not facts.was_returned_to):
            self._record(facts, first=first)
        if facts.counts_as_done:
            self.unwatched.clear()

    def _note_unwatched(self, newest: Success, facts: Facts) -> None:
        """Note what came up to the version that serves, unless that one is on record."""
        last = facts.revision - 1 if facts.is_numbered else facts.revision
        if facts.serving is not None:
            revision, version = facts.serving
            last = newest.revision if version == newest.version else min(last, revision)
        self.unwatched.update(range(newest.revision + 1, last + 1))

    def _complete_newest(self, facts: Facts) -> None:
        newest, writes = self.successes[-1], 0
        if not newest.is_verified and facts.available > 0:
            newest.is_verified, writes = True, 1
        made = self.running(facts)
        if made is not None and facts.is_done:
            made.is_over, writes = True, 1
        if writes or self.was_wiped:
            self._leave_behind(facts)
        self.writes += writes

    def _leave_behind(self, facts: Facts) -> None:
        """Whenever something is written, a rollback that is not live any more is over."""
        self.was_wiped = False
        if self.commitment is not None and self.running(facts) is None:
            self.commitment.is_over = True

    def _record(self, facts: Facts, *, first: bool) -> None:
        newest, made = self.newest, self.running(facts)
        below, is_return = newest, False
        if made is not None:
            below, is_return = self._place(made), True
        else:
            for candidate in self.beneath(newest):
                if candidate.version == facts.live:
                    below, is_return = candidate.below, True
                    break
        self.successes.append(
            Success(
                facts.revision,
                facts.live,
                below,
                is_return=is_return,
                has_gap=newest is not None and self._missed_something(made, facts, first=first),
                is_adopted=newest is None and (first or facts.revision > 1) and made is None,
                is_verified=facts.available > 0,
                is_ours=made is not None,
            )
        )
        self.was_wiped = False
        if self.commitment is not None:
            self.commitment.is_over = True
        if len(self.successes) > HISTORY_LIMIT:
            self.successes, self.was_cut = self.successes[-HISTORY_LIMIT:], True
        self.writes += 1

    def _place(self, made: Commitment) -> Success | None:
        if made.goal is not None and made.goal in self.successes:
            return made.goal.below
        earlier = [s for s in self.successes if s.revision < made.goal_revision]
        return earlier[-1] if earlier else None

    def _missed_something(self, made: Commitment | None, facts: Facts, *, first: bool) -> bool:
        """Whether a revision in between is not shown to be a restart.

        What a rollback left, and all before that, somebody watched: it was judged.
        """
        newest = self.successes[-1]
        watched = max(newest.revision, made.watched if made else 0)
        between = range(watched + 1, facts.revision)
        unknown = [r for r in between if first or r in self.unwatched]
        return any(facts.carried.get(r) not in {newest.version, facts.live} for r in unknown)

    # Judging

    def default(self) -> Goal | Refusal:
        """Return where a default request goes from what was recorded last."""
        newest = self.newest
        if newest is None:
            return "NoEarlierSnapshot"
        if newest.is_return:
            return "AlreadyRolledBack"
        if newest.has_gap:
            return "HistoryGap"
        if newest.below is None or newest.below not in self.successes:
            return "NoEarlierSnapshot"
        if not newest.below.is_verified:
            return "NotVerified"
        return _goal(newest.below)

    def goal(self, ask: Ask, facts: Facts) -> Goal | Refusal:
        """Return what a request means."""
        if ask.to_revision is not None:
            return self._at_revision(ask.to_revision, facts) or "UnknownTarget"
        if ask.to_image is not None:
            return self._running_image(ask.to_image, facts) or "UnknownTarget"
        made = self.running(facts)
        leaves_newest = made is not None and self.newest and made.left == self.newest.revision
        if self.is_recorded(facts) or leaves_newest:
            return self.default()
        return _goal(self.newest) if self.newest else "NoEarlierSnapshot"

    def _at_revision(self, revision: int, facts: Facts) -> Goal | None:
        recorded = [s for s in self.successes if s.revision == revision]
        if recorded:
            return _goal(recorded[-1])
        shown = facts.carried.get(revision)
        if shown is None:
            return None
        before = [s for s in self.successes if s.revision < revision]
        if before and before[-1].version == shown:
            return _goal(before[-1])
        return Goal(revision, shown, None) if self._was_blind_to(revision) else None

    def _running_image(self, image: str, facts: Facts) -> Goal | None:
        recorded = [s for s in self.successes if s.version.image == image]
        if recorded:
            return _goal(recorded[-1])
        for revision in sorted(facts.newest_of_sets, reverse=True):
            shown = facts.carried[revision]
            if shown.image == image and self._was_blind_to(revision):
                return Goal(revision, shown, None)
        return None

    def _was_blind_to(self, revision: int) -> bool:
        earlier = 0
        for success in self.successes:
            unseen = success.has_gap or success.is_adopted
            if unseen and earlier < revision < success.revision:
                return True
            earlier = success.revision
        return False

    def judge(self, ask: Ask, key: str, facts: Facts, *, holder_is_active: bool) -> Goal | str:
        """Return the goal of a rollback that may begin, or the one word that says why not."""
        unfinished = {"Refuse": "RolloutNotCompleted", "Wait": "WaitingForRollout"}
        reasons = (
            "Disabled" if facts.is_disabled else None,
            "AlreadyExecuted" if self._was_executed(key, facts) else None,
            self._problem_of_from(ask, facts),
            self._other_rollback(ask, facts, holder_is_active=holder_is_active),
            "Paused" if facts.is_paused else None,
            None if self.is_recorded(facts) else unfinished.get(ask.unfinished),
        )
        return next((reason for reason in reasons if reason), None) or self._judge_goal(ask, facts)

    def _was_executed(self, key: str, facts: Facts) -> bool:
        """Whether it has rolled back; what still hangs, or is under way, it goes on with."""
        made = self.running(facts)
        return key in self.executed and not (made is not None and made.by.key == key)

    def _problem_of_from(self, ask: Ask, facts: Facts) -> Refusal | None:
        if ask.from_image in {None, facts.live.image}:
            return None
        was_ever = any(s.version.image == ask.from_image for s in self.successes)
        return "NotApplicable" if was_ever or not self.is_whole else "UnknownFrom"

    def _other_rollback(self, ask: Ask, facts: Facts, *, holder_is_active: bool) -> Refusal | None:
        made = self.running(facts)
        if made is None:
            return None
        if self._is_the_same(ask, made, facts):
            return "Following"
        return "RollbackInProgress" if holder_is_active else None

    def _judge_goal(self, ask: Ask, facts: Facts) -> Goal | str:
        goal = self.goal(ask, facts)
        if ask.names_its_goal and isinstance(goal, Goal) and self._is_there(ask, goal, facts):
            served = self.is_recorded(facts) and facts.is_done
            return "AlreadyThere" if served else "TargetNotServing"
        if not ask.names_its_goal and not self.is_recorded(facts) and self._is_way_back(facts):
            return "AlreadyRolledBack"
        if isinstance(goal, str):
            return goal
        if not ask.choice.of(facts.live, goal.version):
            return "NoArtifactChanged" if ask.choice.mode == "Artifacts" else "AlreadyThere"
        return goal

    def _is_there(self, ask: Ask, goal: Goal, facts: Facts) -> bool:
        if ask.choice.mode == "Artifacts":
            return goal.version.image == facts.live.image
        return goal.version == facts.live

    def _is_way_back(self, facts: Facts) -> bool:
        on_line = any(s.version == facts.live for s in self.beneath(self.newest))
        return on_line or self.running(facts) is not None

    def _is_the_same(self, ask: Ask, made: Commitment, facts: Facts) -> bool:
        goal = self.goal(ask, facts)
        if isinstance(goal, str) or goal.revision != made.goal_revision:
            return False
        if ask.choice.mode == "All":
            return made.result == goal.version
        if self.newest is None or made.left != self.newest.revision:
            return False
        left = self.newest.version
        chosen = ask.choice.of(left, goal.version)
        return bool(chosen) and ask.choice.result(left, goal.version) == made.result

    def commit(self, by: Asker, ask: Ask, goal: Goal, facts: Facts) -> Commitment:
        """Begin a rollback: one write."""
        left = self.newest.revision if self.newest and self.is_recorded(facts) else facts.revision
        made = Commitment(
            by,
            left,
            goal.success,
            goal.revision,
            ask.choice.of(facts.live, goal.version),
            ask.choice.result(facts.live, goal.version),
            facts.revision,
        )
        self.commitment = made
        self.executed.add(by.key)
        self.writes += 1
        return made


def _goal(success: Success) -> Goal:
    return Goal(success.revision, success.version, success)
