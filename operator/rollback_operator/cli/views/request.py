"""A request as people read it; tolerant, since a newer operator may say more than is known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollback_operator.cli.ages import moment
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.views.hints import hint
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase
from rollback_operator.domain.template import JsonObject, describe_images

FINAL = {Phase.COMPLETED.value, Phase.EXCEPTION.value}
UNSEEN = -1
"""The `observedGeneration` of a request that no operator has looked at."""


@dataclass(frozen=True)
class TargetView:
    """One Deployment of a request."""

    name: str
    phase: str
    reason: str
    message: str
    left: str
    goal: str
    changes: tuple[str, ...]
    steps: tuple[str, ...]
    warnings: tuple[str, ...]
    problems: tuple[str, ...]
    would_succeed: bool
    pods: int | None
    takes: str

    @property
    def is_at_work(self) -> bool:
        """Whether its rollback has begun and is not over."""
        return self.phase == Phase.IN_PROGRESS.value


@dataclass(frozen=True)
class RequestView:
    """A request and its Deployments."""

    namespace: str
    name: str
    phase: str
    reason: str
    message: str
    advice: str
    hint: str
    requester: str
    why: str
    created: datetime | None
    duration: str
    dry_run: bool
    answered: bool
    begun: bool
    targets: tuple[TargetView, ...]
    log: tuple[tuple[str, str], ...]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase in FINAL

    @property
    def would_succeed(self) -> bool:
        """Whether a dry run found nothing in the way."""
        return self.phase == Phase.COMPLETED.value and all(t.would_succeed for t in self.targets)

    @property
    def exit_code(self) -> ExitCode:
        """Return how a command ends that ends with this request."""
        if not self.is_over:
            return ExitCode.UNFINISHED
        if self.phase == Phase.COMPLETED.value:
            refused = self.dry_run and not self.would_succeed
            return ExitCode.REFUSED if refused else ExitCode.DONE
        return ExitCode.FAILED if self.begun else ExitCode.REFUSED


def view(obj: JsonObject) -> RequestView:
    """Return the view of a request."""
    metadata, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    reason = str(status.get("reason") or "")
    return RequestView(
        namespace=metadata["namespace"],
        name=metadata["name"],
        phase=str(status.get("phase") or Phase.QUEUED.value),
        reason=reason,
        message=str(status.get("message") or ""),
        advice=_advice(reason),
        hint=hint(reason),
        requester=str(status.get("requester") or "unknown"),
        why=str(spec.get("reason") or ""),
        created=moment(metadata.get("creationTimestamp")),
        duration=str(status.get("duration") or ""),
        dry_run=bool(spec.get("dryRun")),
        answered=status.get("observedGeneration", UNSEEN) != UNSEEN,
        begun=bool(status.get("startedAt")),
        targets=tuple(_target(target) for target in status.get("targets") or ()),
        log=tuple((str(e.get("at")), str(e.get("text"))) for e in status.get("log") or ()),
    )


def _target(status: Mapping[str, Any]) -> TargetView:
    preview = status.get("preview") or {}
    return TargetView(
        name=str(status.get("name")),
        phase=str(status.get("phase")),
        reason=str(status.get("reason")),
        message=str(status.get("message") or ""),
        left=_version(status.get("from")),
        goal=_version(status.get("to")),
        changes=tuple(preview.get("diff") or map(_component, status.get("components") or ())),
        steps=tuple(map(_step, status.get("steps") or ())),
        warnings=tuple(_warnings(status, preview)),
        problems=tuple(preview.get("problems") or ()),
        would_succeed=bool(preview.get("wouldSucceed", True)),
        pods=preview.get("podsReplaced"),
        takes=str(preview.get("expectedDuration") or ""),
    )


def _version(version: Mapping[str, Any] | None) -> str:
    if not version:
        return "-"
    images, revision = describe_images(version.get("images") or {}), version.get("revision")
    number = f"revision {revision}" if revision else ""
    return f"{images} ({number})" if images and number else images or number or "-"


def _component(component: Mapping[str, Any]) -> str:
    text = f"{component.get('name')}: {component.get('from')} → {component.get('to')}"
    return f"{text} [{component.get('state')}]"


def _step(step: Mapping[str, Any]) -> str:
    text = f"{step.get('when')} {step.get('name')}: {step.get('state')} (job {step.get('job')})"
    return f"{text}: {step['message']}" if step.get("message") else text


def _warnings(status: Mapping[str, Any], preview: Mapping[str, Any]) -> list[str]:
    """Return what should be known besides: of the owner, of moved tags, of what is missing."""
    owner = [str(status["warning"])] if status.get("warning") else []
    moved = [f"moved tag: {text}" for text in status.get("movedTags") or ()]
    missing = [f"missing: {text}" for text in preview.get("missing") or ()]
    server = [f"the API server says: {text}" for text in preview.get("serverSays") or ()]
    unchecked = [f"not checked: {text}" for text in preview.get("unchecked") or ()]
    return [*owner, *moved, *missing, *server, *unchecked]


def _advice(reason: str) -> str:
    """Return what to do next; nothing for the reasons of a newer operator."""
    return next((o.advice for known, o in OUTCOMES.items() if known == reason), "")
