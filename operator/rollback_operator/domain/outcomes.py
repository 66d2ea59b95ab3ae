"""Every outcome of a request: its phase, its conditions and what to do next, in one table."""

from dataclasses import dataclass
from functools import partial

from rollback_operator.domain.reasons import Phase, Reason


@dataclass(frozen=True)
class Outcome:
    """What a reason means for the request. `ready` and `stalled` are kstatus conditions."""

    phase: Phase
    meaning: str
    advice: str

    @property
    def ready(self) -> bool:
        """The status of the `Ready` condition."""
        return self.phase is Phase.COMPLETED

    @property
    def stalled(self) -> bool:
        """The status of the `Stalled` condition."""
        return self.phase is Phase.EXCEPTION

    @property
    def reconciling(self) -> bool:
        """The status of the `Reconciling` condition."""
        return not self.phase.is_final


_queued = partial(Outcome, Phase.QUEUED)
_in_progress = partial(Outcome, Phase.IN_PROGRESS)
_completed = partial(Outcome, Phase.COMPLETED)
_exception = partial(Outcome, Phase.EXCEPTION)

OUTCOMES: dict[Reason, Outcome] = {
    Reason.WAITING_FOR_ROLLOUT: _queued(
        "The newest rollout is unfinished and `unfinishedRollout: Wait` was asked for.",
        "Nothing; the request goes on when the rollout succeeds, or expires.",
    ),
    Reason.SUSPENDED: _queued(
        "`suspend: true` holds the request before its next target.",
        "Set `spec.suspend: false` to go on. What has not begun expires all the same, after "
        "`startingDeadlineSeconds`.",
    ),
    Reason.WAITING_FOR_TURN: _queued(
        "An earlier target of the same request is not done yet.",
        "Nothing; targets are rolled back one after another.",
    ),
    Reason.ROLLING_BACK: _in_progress(
        "The Deployment was patched and the old version is being rolled out.",
        "Watch it with `kubectl rollout status`.",
    ),
    Reason.FOLLOWING: _in_progress(
        "Another request is already doing just this; this one ends with it.",
        "Watch it with `kubectl rollout status`.",
    ),
    Reason.RUNNING_BEFORE: _in_progress(
        "The `before` steps of the rollout are running; the Deployment is untouched so far.",
        "Watch the Jobs with `kubectl get jobs -l rollback-operator.dev/rollout`.",
    ),
    Reason.RUNNING_AFTER: _in_progress(
        "The old version serves; the `after` steps of the rollout are running.",
        "Watch the Jobs with `kubectl get jobs -l rollback-operator.dev/rollout`.",
    ),
    Reason.ROLLED_BACK: _completed(
        "The earlier version was read back from the Deployment and is serving.",
        "Nothing. Fix the bad release and roll it out again; it can then be rolled back again.",
    ),
    Reason.PREVIEWED: _completed(
        "A dry run: this is what would happen; nothing was touched.",
        "Apply the same request under another name without `dryRun`.",
    ),
    Reason.ALREADY_EXECUTED: _completed(
        "A request of this name and spec has rolled this Deployment back before.",
        "To roll back again on purpose, give the request another name.",
    ),
    Reason.NOT_APPLICABLE: _completed(
        "The Deployment is not, or no longer, at what `from` names.",
        "Nothing, if that is as wanted. Else make a request with the `from` that is live.",
    ),
    Reason.ALREADY_THERE: _completed(
        "The Deployment already serves what `to` names, or the selected components did not change.",
        "Nothing; after `Selected`, see in a dry run without `names` what the rollout altered.",
    ),
    Reason.UNCHANGED: _completed(
        "No rollout of the Deployment has completed since `asOf`.",
        "Nothing.",
    ),
    Reason.ADMISSION_MISSING: _exception(
        "Nobody has checked who asks and whether they may: admission policies are not in force, or "
        "were not when the request was made.",
        "Install what the message names, as the chart does with `admission.policies: Auto`, then "
        "make a new request. To do without, set `ROLLBACK_REQUIRE_ADMISSION=false`.",
    ),
    Reason.DISABLED: _exception(
        "Rollbacks are turned off for the operator, the namespace or the Deployment.",
        "Take away what the message names, or set `rollback-operator.dev/rollback: enabled` on the "
        "Deployment or its namespace; then make a new request. What is not recorded has no "
        "history.",
    ),
    Reason.INVALID_REQUEST: _exception(
        "The API server accepts the request, but the operator cannot make sense of it.",
        "Correct the field that the message names, and make a new request.",
    ),
    Reason.DEPLOYMENT_NOT_FOUND: _exception(
        "There is no Deployment of that name in the request's namespace.",
        "Check `targets[].name` and the namespace of the request.",
    ),
    Reason.UNKNOWN_FROM: _exception(
        "`from` names what this Deployment never ran: most likely a typing error.",
        "Compare it with the images in the history, and make a new request.",
    ),
    Reason.ROLLBACK_IN_PROGRESS: _exception(
        "Another request is rolling this Deployment back, to something else.",
        "Wait until the request that the message names has ended.",
    ),
    Reason.PAUSED: _exception(
        "The Deployment is paused, so a rollback would be written and not carried out.",
        "Run `kubectl rollout resume`, then make a new request.",
    ),
    Reason.ROLLOUT_NOT_COMPLETED: _exception(
        "The newest rollout is unfinished or failed, so it cannot be rolled back as a success.",
        "Use `unfinishedRollout: Wait`, or `unfinishedRollout: Abandon` to leave it.",
    ),
    Reason.UNKNOWN_TARGET: _exception(
        "`to` names no snapshot of this Deployment.",
        "Choose a revision or snapshot from the history that the message lists.",
    ),
    Reason.TARGET_NOT_SERVING: _exception(
        "The Deployment already has the template that was asked for, but it is not serving.",
        "Rolling back to it changes nothing: look at its pods, or name an earlier revision.",
    ),
    Reason.ALREADY_ROLLED_BACK: _exception(
        "What is live is itself a return to an earlier version; going further back is a choice.",
        "Name the version with `to`, as in the line that the message gives.",
    ),
    Reason.HISTORY_GAP: _exception(
        "Rollouts happened while nobody watched, so what was live before is not known.",
        "Name the version with `to`; the message lists the candidates.",
    ),
    Reason.NOT_VERIFIED: _exception(
        "No pod of the version before the live one was ever seen available.",
        "Name a version with `to` if you trust it all the same.",
    ),
    Reason.NO_EARLIER_SNAPSHOT: _exception(
        "No successful rollout before the live one is on record.",
        "Name a revision with `to` if the Deployment still has its ReplicaSet.",
    ),
    Reason.UNSIGNED_SNAPSHOT: _exception(
        "The record of the target is not signed by a known key and no ReplicaSet bears it out.",
        "Set `ROLLBACK_KEY_FILES` so that snapshots are signed, or roll the version out anew.",
    ),
    Reason.NO_ARTIFACT_CHANGED: _exception(
        "`mode: Artifacts` was asked for, but no image differs between the live and the target.",
        "Use `components: {mode: All}`, or `Selected` with the names that the message lists.",
    ),
    Reason.UNKNOWN_COMPONENT: _exception(
        "`components.names` has a name that neither version has.",
        "Choose from the components that the message lists.",
    ),
    Reason.CANNOT_REVERT_ALONE: _exception(
        "A selected component needs another one that was not selected.",
        "Select the component that the message names too, or use `mode: All`.",
    ),
    Reason.DIGEST_UNKNOWN: _exception(
        "`pin: true` was asked for, but the digest of an image was not recorded.",
        "Leave `pin` out, or roll the version out by digest.",
    ),
    Reason.STEP_UNUSABLE: _exception(
        "A step of the rollout cannot be run as it was recorded.",
        "Mend what the message names for the next rollout; roll this one back by hand or with "
        "`kubectl rollout undo`.",
    ),
    Reason.FROM_REQUIRED: _exception(
        "A GitOps tool applies the request again and again, and it does not say what it leaves.",
        "Give the target a `from` with the images to leave, so that a second run does nothing.",
    ),
    Reason.FUTURE_AS_OF: _exception(
        "`asOf` is in the future.",
        "Give a time before the release that is to be rolled back.",
    ),
    Reason.NOTHING_SELECTED: _exception(
        "`selector` matches no Deployment of the request's namespace.",
        "Compare it with `kubectl get deployments --show-labels`.",
    ),
    Reason.BEFORE_HISTORY: _exception(
        "What was live at `asOf` is not on record: the history begins later.",
        "Name the version in `targets` with `to`, or give a later `asOf`.",
    ),
    Reason.OTHER_TARGET_REFUSED: _exception(
        "Another target of the request was refused, so nothing was touched.",
        "Correct that target, or use `onFailure: Continue`.",
    ),
    Reason.EXPIRED: _exception(
        "The request could not begin within `startingDeadlineSeconds`.",
        "Make a new request if the rollback is still wanted.",
    ),
    Reason.FORBIDDEN: _exception(
        "The operator may not patch the Deployment, or an admission webhook denied it.",
        "Give the operator's ServiceAccount the right that the message names, or mend the webhook.",
    ),
    Reason.PATCH_REJECTED: _exception(
        "The API server or an admission policy finds the recorded template wrong as of today.",
        "Mend what the message names, or roll the version out by hand.",
    ),
    Reason.BEFORE_FAILED: _exception(
        "A `before` step failed, so the Deployment was left as it was.",
        "Look at the Job that the message names; a new request tries the step again.",
    ),
    Reason.AFTER_FAILED: _exception(
        "The old version is back and serves, but an `after` step failed.",
        "Look at the Job that the message names, and do by hand what it should have done.",
    ),
    Reason.DEADLINE_EXCEEDED: _exception(
        "The old version was put back but did not become available within `timeoutSeconds`.",
        "Look at its pods, events and quota; the Deployment is left as patched.",
    ),
    Reason.SUPERSEDED: _exception(
        "Somebody changed what was reverted before the rollback ended.",
        "Find out who the named field manager is; the operator does not fight over it.",
    ),
    Reason.DEPLOYMENT_DELETED: _exception(
        "The Deployment was deleted while it was rolled back.",
        "Nothing can be rolled back; create it again if it is missed.",
    ),
    Reason.DEPLOYMENT_REPLACED: _exception(
        "The Deployment was deleted and created anew while it was rolled back.",
        "Make a new request for the new Deployment, once it has a history.",
    ),
    Reason.TARGET_CHANGED: _exception(
        "The Deployment was rolled out anew after the request was judged, before its turn came.",
        "Look at what is live now; make a new request if it is to be rolled back.",
    ),
    Reason.OTHER_TARGET_FAILED: _exception(
        "An earlier target failed, and `onFailure: Stop` leaves the rest alone.",
        "Look at the target that failed; make a new request for those that are left.",
    ),
}
