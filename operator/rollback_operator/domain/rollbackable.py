"""Whether the live rollout can be rolled back by default, visible before anyone asks (S3)."""

from datetime import datetime

from rollback_operator.domain.decisions import End, Goal
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.legible import legible
from rollback_operator.domain.names import ROLLBACKABLE
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import History, Snapshot
from rollback_operator.domain.step_rules import Leaving, why_not
from rollback_operator.domain.template import JsonObject
from rollback_operator.domain.times import format_time


def default_target(history: History) -> Snapshot | End:
    """Return the snapshot directly below the newest on the line, or why it is no default."""
    newest = history.newest
    if newest is None:
        return End(Reason.NO_EARLIER_SNAPSHOT, "no successful rollout is on record yet")
    below = history.find(newest.below)
    if newest.is_return:
        return End(Reason.ALREADY_ROLLED_BACK, _already_rolled_back(history, newest))
    if newest.gap:
        return End(Reason.HISTORY_GAP, _gap(history, newest))
    if below is None:
        return End(Reason.NO_EARLIER_SNAPSHOT, _no_earlier(history, newest))
    if not below.verified:
        return End(Reason.NOT_VERIFIED, _not_verified(newest, below))
    return below


def condition(
    deployment: Deployment, history: History, now: datetime, step_accounts: tuple[str, ...] = ()
) -> JsonObject:
    """Return the `Rollbackable` condition for the status of a Deployment with that history.

    The transition time is kept where nothing turned. `step_accounts` are ServiceAccounts that
    steps may have besides their pod's.
    """
    match _default(deployment, history, step_accounts):
        case End(why, message):
            status, reason = "False", why.value
        case below:
            status, reason = "True", "EarlierSnapshot"
            message = f"{history.newest} can be rolled back to {below}"
    previous = deployment.condition(ROLLBACKABLE)
    turned = previous.get("status") != status
    return {
        "type": ROLLBACKABLE,
        "status": status,
        "reason": reason,
        "message": legible(message),
        "lastUpdateTime": format_time(now),
        "lastTransitionTime": format_time(now) if turned else previous["lastTransitionTime"],
    }


def _default(
    deployment: Deployment, history: History, step_accounts: tuple[str, ...]
) -> Snapshot | End:
    """Return where a default request would go, or what on record would refuse it."""
    newest, below = history.newest, default_target(history)
    if newest is None or isinstance(below, End):
        return below
    leaving = Leaving(deployment, newest, Goal.of(below), history.signed, step_accounts)
    return why_not(leaving) or below


def _already_rolled_back(history: History, newest: Snapshot) -> str:
    below = history.find(newest.below)
    text = (
        f"{newest} is itself a return to an earlier version, made by {newest.manager or 'unknown'}"
        f" and completed at {format_time(newest.completed)}"
    )
    if below is None:
        return f"{text}; nothing earlier is on record"
    return f"{text}; to go further back, say `to: {{revision: {below.revision}}}` ({below})"


def _gap(history: History, newest: Snapshot) -> str:
    before = history.find(newest.below)
    known = f"; the last one known before is {before}" if before else ""
    return f"rollouts before {newest} happened while nobody watched{known}; choose with `to`"


def _no_earlier(history: History, newest: Snapshot) -> str:
    kept = " any more: the history was cut to its limit" if history.truncated else ""
    return f"no successful rollout before {newest} is on record{kept}"


def _not_verified(newest: Snapshot, below: Snapshot) -> str:
    return (
        f"{below}, which was live before {newest}, was never seen with an available pod; "
        f"if you trust it, say `to: {{revision: {below.revision}}}`"
    )
