"""The phases of a request, and every reason why it may be in one."""

from enum import StrEnum


class Phase(StrEnum):
    """The four states of a request (S9)."""

    QUEUED = "Queued"
    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    EXCEPTION = "Exception"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self in {Phase.COMPLETED, Phase.EXCEPTION}


class Reason(StrEnum):
    """Why a request, or one of its targets, is in its phase."""

    WAITING_FOR_ROLLOUT = "WaitingForRollout"
    SUSPENDED = "Suspended"
    WAITING_FOR_TURN = "WaitingForTurn"

    ROLLING_BACK = "RollingBack"
    FOLLOWING = "Following"
    RUNNING_BEFORE = "RunningBefore"
    RUNNING_AFTER = "RunningAfter"

    ROLLED_BACK = "RolledBack"
    PREVIEWED = "Previewed"
    ALREADY_EXECUTED = "AlreadyExecuted"
    NOT_APPLICABLE = "NotApplicable"
    ALREADY_THERE = "AlreadyThere"
    UNCHANGED = "Unchanged"

    ADMISSION_MISSING = "AdmissionMissing"
    DISABLED = "Disabled"
    INVALID_REQUEST = "InvalidRequest"
    DEPLOYMENT_NOT_FOUND = "DeploymentNotFound"
    UNKNOWN_FROM = "UnknownFrom"
    ROLLBACK_IN_PROGRESS = "RollbackInProgress"
    PAUSED = "Paused"
    ROLLOUT_NOT_COMPLETED = "RolloutNotCompleted"
    UNKNOWN_TARGET = "UnknownTarget"
    TARGET_NOT_SERVING = "TargetNotServing"
    ALREADY_ROLLED_BACK = "AlreadyRolledBack"
    HISTORY_GAP = "HistoryGap"
    NOT_VERIFIED = "NotVerified"
    NO_EARLIER_SNAPSHOT = "NoEarlierSnapshot"
    UNSIGNED_SNAPSHOT = "UnsignedSnapshot"
    NO_ARTIFACT_CHANGED = "NoArtifactChanged"
    UNKNOWN_COMPONENT = "UnknownComponent"
    CANNOT_REVERT_ALONE = "CannotRevertAlone"
    DIGEST_UNKNOWN = "DigestUnknown"
    STEP_UNUSABLE = "StepUnusable"
    FROM_REQUIRED = "FromRequired"
    FUTURE_AS_OF = "FutureAsOf"
    NOTHING_SELECTED = "NothingSelected"
    BEFORE_HISTORY = "BeforeHistory"
    OTHER_TARGET_REFUSED = "OtherTargetRefused"

    EXPIRED = "Expired"
    FORBIDDEN = "Forbidden"
    PATCH_REJECTED = "PatchRejected"
    BEFORE_FAILED = "BeforeFailed"
    AFTER_FAILED = "AfterFailed"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    SUPERSEDED = "Superseded"
    DEPLOYMENT_DELETED = "DeploymentDeleted"
    DEPLOYMENT_REPLACED = "DeploymentReplaced"
    TARGET_CHANGED = "TargetChanged"
    OTHER_TARGET_FAILED = "OtherTargetFailed"
