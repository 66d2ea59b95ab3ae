"""Run the steps of a rollout, one after another, each in a Job that is made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollback_operator.domain import steps
from rollback_operator.domain.decisions import Goal
from rollback_operator.domain.secrecy import redact
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.status import StepStatus
from rollback_operator.domain.step import StepState, When
from rollback_operator.domain.step_marks import (
    COMPONENTS,
    REQUEST,
    REQUEST_NAME,
    ROLLOUT_LABEL,
    STEP_LABEL,
    TARGET_LABEL,
    WHEN_LABEL,
)
from rollback_operator.domain.step_seal import is_sealed, sealed
from rollback_operator.domain.steps import Planned
from rollback_operator.domain.template import JsonObject, Template
from rollback_operator.domain.world import World
from rollback_operator.errors import Invalid, Refused, Stale
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
        self,
        world: World,
        rollout: Snapshot,
        goal: Goal,
        when: When,
        known: Sequence[StepStatus],
        reverted: Sequence[str],
    ) -> Progress:
        """Take the steps as far as they go now.

        `known` are those that the request's status has: a failed Job among them is this request's
        failure, any other failed one an earlier attempt, to be tried again.

        Raises:
            Stale: somebody else made the next Job; look again.
        """
        if not any(step.when is when for step in rollout.steps):
            return Progress(StepState.SUCCEEDED)
        jobs = await self._made(world, rollout, when)
        # Of whatever step, for whatever target: no other is made, and nothing claimed, beside it.
        is_one_running = _with_state(jobs, StepState.RUNNING) is not None
        marks = _marks(world, reverted)
        done: list[StepStatus] = []
        for step in steps.planned(rollout, goal, world, when, steps.next_number(jobs)):
            of_step = [job for job in jobs if _agree(job, step.job, STEP_LABEL, TARGET_LABEL)]
            there = _with_state(of_step, StepState.SUCCEEDED, StepState.RUNNING)
            if there is None and is_one_running:
                break
            job = there or _failure(of_step, world, known) or await self._make(step, marks)
            progress = await self._look(step, job)
            done.extend(progress.steps)
            if progress.state is not StepState.SUCCEEDED:
                return Progress(progress.state, tuple(done), progress.problem)
        state = StepState.RUNNING if is_one_running else StepState.SUCCEEDED
        return Progress(state, tuple(done))

    async def _made(self, world: World, rollout: Snapshot, when: When) -> Sequence[JsonObject]:
        """Return the Jobs that there are: of `before` those by which the target was judged.

        Whoever makes the next one then knows of all before it, and who else was at work.
        """
        if when is When.BEFORE:
            return world.before_jobs
        labels = {ROLLOUT_LABEL: rollout.id, WHEN_LABEL: when.value}
        listed = await self._cluster.jobs(world.deployment.namespace, labels)
        return [job for job in listed if is_sealed(job, self._keyring)]

    async def _look(self, step: Planned, job: JsonObject | Refused) -> Progress:
        """Read how far the Job has come, or why there is none."""
        if isinstance(job, Refused):
            pod = Template(step.job["spec"]["template"])
            said = redact(str(job), (pod,), (step.name, step.job["metadata"]["name"]))
            status = _status(step, StepState.FAILED, said)
            return Progress(StepState.FAILED, (status,), f"{_name(step)}: {said}")
        state, metadata = steps.state_of(job), job["metadata"]
        if state is not StepState.FAILED:
            return Progress(state, (_status(step, state, "", job),))
        pods = await self._cluster.pods_of_job(metadata["namespace"], metadata["name"])
        why = steps.why_it_failed(job, pods)
        problem = f"{_name(step)}: Job {metadata['name']} failed: {why}"
        return Progress(state, (_status(step, state, why, job),), problem)

    async def _make(self, step: Planned, marks: Mapping[str, str]) -> JsonObject | Refused:
        """Make the Job, or take the one that is there already; only ours counts."""
        wanted = sealed(step.job, marks, self._keyring)
        try:
            job = await self._cluster.create_job(wanted)
        except Refused as refusal:
            stored = await self._find(wanted["metadata"])
            if stored is None:
                return refusal
            job = stored
        name = job["metadata"]["name"]
        if not is_sealed(job, self._keyring):
            return Invalid(f"Job {name} is in the way and was not made by the operator; delete it")
        # Who was judged by the same Jobs, and goes to the same target, makes it of the same step.
        if not _agree(job, step.job, TARGET_LABEL):
            message = f"Job {name} was made just now, for another target"
            raise Stale(message)
        return job

    async def _find(self, metadata: JsonObject) -> JsonObject | None:
        """Return the Job if it is there: a refusal from before the API server may come too late."""
        listed = await self._cluster.jobs(metadata["namespace"], metadata["labels"])
        return next((job for job in listed if job["metadata"]["name"] == metadata["name"]), None)


def _marks(world: World, reverted: Sequence[str]) -> dict[str, str]:
    """Return what a Job says of the request that makes it."""
    return {
        REQUEST: world.request.uid,
        REQUEST_NAME: world.request.name,
        COMPONENTS: ",".join(sorted(reverted)),
    }


def _with_state(jobs: Sequence[JsonObject], *states: StepState) -> JsonObject | None:
    """Return a Job that has come so far, by the order of the states."""
    return next((job for state in states for job in jobs if steps.state_of(job) is state), None)


def _failure(
    jobs: Sequence[JsonObject], world: World, known: Sequence[StepStatus]
) -> JsonObject | None:
    """Return the Job, one of those that failed, that is of this very request."""
    ours = {status.job for status in known}
    return next((job for job in jobs if _belongs(job, world, ours)), None)


def _belongs(job: JsonObject, world: World, known: set[str]) -> bool:
    """Whether a Job is of this very request: made by it, or found running by it."""
    metadata = job["metadata"]
    made_by = (metadata.get("annotations") or {}).get(REQUEST)
    return made_by == world.request.uid or metadata["name"] in known


def _agree(one: JsonObject, other: JsonObject, *labels: str) -> bool:
    """Whether two Jobs have the same values of these labels."""
    of_one, of_other = one["metadata"]["labels"], other["metadata"]["labels"]
    return all(of_one.get(label) == of_other[label] for label in labels)


def _name(step: Planned) -> str:
    return f"step {step.name} ({step.when})"


def _status(
    step: Planned, state: StepState, message: str, job: JsonObject | None = None
) -> StepStatus:
    name = job["metadata"]["name"] if job else step.job["metadata"]["name"]
    return StepStatus(
        name=step.name, when=step.when, job=name, state=state, message=message[:1024] or None
    )
