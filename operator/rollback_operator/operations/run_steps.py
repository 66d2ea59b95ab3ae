"""Run the steps of a rollout, one after another, each in a Job that is made once."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollback_operator.domain import steps
from rollback_operator.domain.decisions import Goal
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.status import StepStatus
from rollback_operator.domain.step import StepState, When
from rollback_operator.domain.steps import Planned
from rollback_operator.domain.template import JsonObject
from rollback_operator.domain.world import World
from rollback_operator.errors import Refused
from rollback_operator.kube.cluster import Cluster


@dataclass(frozen=True)
class Progress:
    """How far the steps of one kind have come; `problem` says why one failed."""

    state: StepState
    steps: tuple[StepStatus, ...] = ()
    problem: str = ""


class StepRunner:
    """Makes the Job of the first step that is not done; remembers nothing."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def advance(
        self, world: World, rollout: Snapshot, goal: Goal, when: When, known: Sequence[StepStatus]
    ) -> Progress:
        """Take the steps as far as they go now.

        `known` are those that the request's status has: a failed Job among them is this request's
        failure, any other failed one an earlier attempt, to be tried again.
        """
        if not any(step.when is when for step in rollout.steps):
            return Progress(StepState.SUCCEEDED)
        labels = {steps.ROLLOUT_LABEL: rollout.id, steps.TARGET_LABEL: goal.snapshot}
        jobs = await self._cluster.jobs(world.deployment.namespace, labels)
        ours = {step.job for step in known}
        tried = [job for job in jobs if not _belongs(job, world, ours)]
        planned = steps.planned(rollout, goal, world, when, steps.failed_attempts(tried))
        done: list[StepStatus] = []
        for step in planned:
            progress = await self._run(world, step, jobs)
            done.extend(progress.steps)
            if progress.state is not StepState.SUCCEEDED:
                return Progress(progress.state, tuple(done), progress.problem)
        return Progress(StepState.SUCCEEDED, tuple(done))

    async def _run(self, world: World, step: Planned, jobs: Sequence[JsonObject]) -> Progress:
        succeeded = (
            j for j in jobs if _is_of(j, step) and steps.state_of(j) is StepState.SUCCEEDED
        )
        job = next(succeeded, None)
        if job is None:
            try:
                job = await self._cluster.create_job(_marked(step.job, world))
            except Refused as refusal:
                status = _status(step, StepState.FAILED, str(refusal))
                return Progress(StepState.FAILED, (status,), f"{_name(step)}: {refusal}")
        state = steps.state_of(job)
        if state is not StepState.FAILED:
            return Progress(state, (_status(step, state, "", job),))
        pods = await self._cluster.pods_of_job(world.deployment.namespace, job["metadata"]["name"])
        why = steps.why_it_failed(job, pods)
        problem = f"{_name(step)}: Job {job['metadata']['name']} failed: {why}"
        return Progress(state, (_status(step, state, why, job),), problem)


def _belongs(job: JsonObject, world: World, known: set[str]) -> bool:
    """Whether a Job is of this very request: made by it, or found running by it."""
    metadata = job["metadata"]
    made_by = (metadata.get("annotations") or {}).get(steps.REQUEST)
    return made_by == world.request.uid or metadata["name"] in known


def _is_of(job: JsonObject, step: Planned) -> bool:
    labels = (steps.STEP_LABEL, steps.WHEN_LABEL)
    return all(
        job["metadata"]["labels"].get(label) == step.job["metadata"]["labels"][label]
        for label in labels
    )


def _marked(job: JsonObject, world: World) -> JsonObject:
    metadata = {**job["metadata"], "annotations": {steps.REQUEST: world.request.uid}}
    return {**job, "metadata": metadata}


def _name(step: Planned) -> str:
    return f"step {step.name} ({step.when})"


def _status(
    step: Planned, state: StepState, message: str, job: JsonObject | None = None
) -> StepStatus:
    name = job["metadata"]["name"] if job else step.job["metadata"]["name"]
    return StepStatus(
        name=step.name, when=step.when, job=name, state=state, message=message[:1024] or None
    )
