"""Run the steps of a rollout, one after another, each in a Job that is made once."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollback_operator.domain import steps
from rollback_operator.domain.decisions import Goal
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.status import StepStatus
from rollback_operator.domain.step import StepState, When
from rollback_operator.domain.step_seal import REQUEST, is_sealed, sealed
from rollback_operator.domain.steps import Planned
from rollback_operator.domain.template import JsonObject
from rollback_operator.domain.world import World
from rollback_operator.errors import Invalid, Refused
from rollback_operator.kube.cluster import Cluster


@dataclass(frozen=True)
class Progress:
    """How far the steps of one kind have come; `problem` says why one failed."""

    state: StepState
    steps: tuple[StepStatus, ...] = ()
    problem: str = ""


class StepRunner:
    """Makes the Job of the first step that is not done; remembers nothing."""

    def __init__(self, cluster: Cluster, keyring: Keyring) -> None:
        self._cluster = cluster
        self._keyring = keyring

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
        listed = await self._cluster.jobs(world.deployment.namespace, labels)
        jobs = [job for job in listed if is_sealed(job, self._keyring)]
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
        job = _at_work([job for job in jobs if _is_of(job, step)])
        if job is None:
            try:
                job = await self._make(step, world)
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

    async def _make(self, step: Planned, world: World) -> JsonObject:
        """Make the Job, or take the one that is there already; only ours counts."""
        job = await self._cluster.create_job(sealed(step.job, world.request.uid, self._keyring))
        if not is_sealed(job, self._keyring):
            name = job["metadata"]["name"]
            message = f"Job {name} is in the way and was not made by the operator; delete it"
            raise Invalid(message)
        return job


def _at_work(jobs: Sequence[JsonObject]) -> JsonObject | None:
    """Return the Job that has succeeded, else one that runs: no second one is made beside it.

    After a change of keys it has a name that would not be computed any more.
    """
    of_state = {steps.state_of(job): job for job in jobs}
    return of_state.get(StepState.SUCCEEDED) or of_state.get(StepState.RUNNING)


def _belongs(job: JsonObject, world: World, known: set[str]) -> bool:
    """Whether a Job is of this very request: made by it, or found running by it."""
    metadata = job["metadata"]
    made_by = (metadata.get("annotations") or {}).get(REQUEST)
    return made_by == world.request.uid or metadata["name"] in known


def _is_of(job: JsonObject, step: Planned) -> bool:
    labels = (steps.STEP_LABEL, steps.WHEN_LABEL)
    return all(
        job["metadata"]["labels"].get(label) == step.job["metadata"]["labels"][label]
        for label in labels
    )


def _name(step: Planned) -> str:
    return f"step {step.name} ({step.when})"


def _status(
    step: Planned, state: StepState, message: str, job: JsonObject | None = None
) -> StepStatus:
    name = job["metadata"]["name"] if job else step.job["metadata"]["name"]
    return StepStatus(
        name=step.name, when=step.when, job=name, state=state, message=message[:1024] or None
    )
