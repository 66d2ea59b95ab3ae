"""Compares what is in the cluster with what is owed."""

from copy import deepcopy
from itertools import permutations
from typing import Any

from builders import KEYRING
from model.owed import NAMES, Owed, Pending
from model.reference import Goal, Success
from model.versions import Version
from model.workloads import Facts
from rollback_operator.domain.annotations import decode, read_best
from rollback_operator.domain.deployment import Deployment, owned_by
from rollback_operator.domain.names import ROLLBACKABLE
from rollback_operator.domain.snapshot import History, Origin, Snapshot


class Comparison(Owed):
    """Holds everything that can be seen against what is owed.

    `past_writes` were for Deployments that are gone; each of the `repairs` may cost a write.
    """

    past_writes = 0
    repairs = 0

    def account_for_all(self, before: dict[str, Facts | None], *, first: bool) -> None:
        """Bring what is owed up to date, and hold it against what is so.

        Of requests that are found at once any may come first, but one order explains all there is.
        """
        orders = permutations([request.name for request in self.newcomers()])
        owed = deepcopy((self.books, self.requests, self.expected))
        failures: list[AssertionError] = []
        for order in orders:
            self.books, self.requests, self.expected = deepcopy(owed)
            try:
                self.expect(before, order, first=first)
                self.compare()
            except AssertionError as failure:
                failures.append(failure)
            else:
                return
        raise failures[0]

    def compare(self) -> None:
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
        recorded = [told(snapshot) for snapshot in found.snapshots]
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
        following = {t.name: t.following for t in status.targets if t.following is not None}
        assert following == request.following, f"whom {request.name} follows"
        assert status.phase.is_final == request.is_over(), request.name

    def _compare_writes(self) -> None:
        written = sum(write.startswith("deployment") for write in self.cluster.writes)
        expected = self.past_writes + sum(book.writes for book in self.books.values())
        assert expected <= written <= expected + self.repairs, "writes to Deployments"

    def is_rewound(self, name: str) -> bool:
        """Whether only ReplicaSets have the latest history of a Deployment."""
        live = self.cluster.deployment_now(name)
        own = decode(live.annotations, live.uid, KEYRING)
        best = read_best(live, owned_by(live.uid, self.cluster.sets[name]), KEYRING)
        return (own.sequence if own else 0) < best.sequence


def told(snapshot: Snapshot) -> tuple[Any, ...]:
    """Return what counts of a snapshot."""
    return (
        snapshot.revision,
        Version.of(snapshot.template),
        snapshot.is_return,
        snapshot.gap,
        snapshot.verified,
        snapshot.origin is Origin.ROLLBACK,
        snapshot.origin is Origin.ADOPTED,
    )


def _expected(success: Success) -> tuple[Any, ...]:
    return (
        success.revision,
        success.version,
        success.is_return,
        success.has_gap,
        success.is_verified,
        success.is_ours,
        success.is_adopted,
    )
