"""Steps: what a pod template names, what is recorded of it, and the Jobs of the record."""

from dataclasses import replace
from typing import Any

import pytest

from builders import a_history, a_request, a_world
from builders.templates import a_template, with_metadata
from rollback_operator.domain.decisions import Goal
from rollback_operator.domain.step import Step, StepState, When
from rollback_operator.domain.step_marks import NUMBER_LABEL, STEP_LABEL, TARGET_LABEL, WHEN_LABEL
from rollback_operator.domain.steps import (
    Planned,
    account_of,
    images_of,
    misnamed,
    next_number,
    planned,
    recorded,
    referenced,
    resolved,
    service_account,
    state_of,
    why_it_failed,
)
from rollback_operator.domain.template import Template
from rollback_operator.domain.world import World

BEFORE = "rollback-operator.dev/before"
AFTER = "rollback-operator.dev/after"


def naming(**named: str) -> Template:
    """Return a template that names steps."""
    keys = {"before": BEFORE, "after": AFTER}
    return with_metadata(a_template(), annotations={keys[k]: text for k, text in named.items()})


def a_cron_job(*, suspend: bool | None = True, **pod: Any) -> dict[str, Any]:
    """Return a CronJob with one container."""
    containers = [{"name": "step", "image": "tools:1", "args": ["${rollout.revision}"]}]
    job = {"spec": {"template": {"spec": {"containers": containers, **pod}}}}
    spec = {"jobTemplate": job} | ({} if suspend is None else {"suspend": suspend})
    return {"metadata": {"name": "drain"}, "spec": spec}


def a_step(name: str = "drain", when: When = When.BEFORE, **pod: Any) -> Step:
    """Return a recorded step."""
    return recorded(when, name, a_cron_job(**pod))


def a_world_with(*steps: Step) -> World:
    """Return a world in which version B, with these steps, is to be left for A."""
    return a_world(a_history("A").of("B", steps=steps)).build()


def plans(world: World, when: When = When.BEFORE, number: int = 0) -> tuple[Planned, ...]:
    """Return the Jobs that a world's request would run."""
    left, target = world.history.snapshots[-1], world.history.snapshots[0]
    goal = Goal.of(target)
    return planned(left, goal, world, when, number)


def spec_of(job: Planned) -> dict[str, Any]:
    """Return the spec of a planned Job."""
    return dict(job.job["spec"])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("drain", ["drain"]),
        ("drain,backup", ["drain", "backup"]),
        (" drain , backup ", ["drain", "backup"]),
        ("backup,drain", ["backup", "drain"]),
        (",drain,,", ["drain"]),
        ("", []),
        (" , ", []),
    ],
)
def test_names_are_separated_by_commas_and_keep_their_order(text: str, names: list[str]) -> None:
    assert list(referenced(naming(before=text))) == [(When.BEFORE, name) for name in names]


def test_before_comes_before_after() -> None:
    found = list(referenced(naming(after="warm", before="drain")))

    assert found == [(When.BEFORE, "drain"), (When.AFTER, "warm")]


def test_a_template_without_annotations_names_none() -> None:
    assert list(referenced(Template({"spec": {"containers": []}}))) == []


def test_a_suspended_cron_job_is_recorded_with_its_job() -> None:
    step = recorded(When.BEFORE, "drain", a_cron_job())

    job = {"spec": a_cron_job()["spec"]["jobTemplate"]["spec"]}
    assert step == Step(When.BEFORE, "drain", job, None)


def test_a_cron_job_of_which_the_job_says_nothing_is_recorded_so() -> None:
    step = recorded(When.BEFORE, "drain", {"spec": {"suspend": True, "jobTemplate": {}}})

    assert step == Step(When.BEFORE, "drain", {"spec": {}}, None)


@pytest.mark.parametrize("suspend", [False, None])
def test_what_the_clock_starts_is_no_step(*, suspend: bool | None) -> None:
    step = recorded(When.BEFORE, "drain", a_cron_job(suspend=suspend))

    problem = "CronJob drain is not suspended, so it is no step"
    assert step == Step(When.BEFORE, "drain", None, problem)


def test_a_cron_job_that_is_not_there_is_recorded_as_a_problem() -> None:
    """Not as nothing: else the rollback would go on without its step."""
    step = recorded(When.AFTER, "warm", None)

    assert step == Step(When.AFTER, "warm", None, "there is no CronJob warm")


def test_what_cannot_name_a_cron_job_is_recorded_as_a_problem_no_longer_than_a_name() -> None:
    """Anyone who may write a pod template chooses the text, and the record has a limit."""
    cut = "/" * 253

    assert misnamed(When.AFTER, "/" * 300) == Step(
        When.AFTER, cut, None, f"'{cut}' is no name of a CronJob"
    )


def test_only_the_steps_of_that_time_are_planned_in_order() -> None:
    world = a_world_with(a_step("one"), a_step("late", When.AFTER), a_step("two"))

    before, after = plans(world), plans(world, When.AFTER)

    assert [(job.when, job.name) for job in before] == [(When.BEFORE, "one"), (When.BEFORE, "two")]
    assert [(job.when, job.name) for job in after] == [(When.AFTER, "late")]


def test_a_job_says_what_it_is_of_and_whose() -> None:
    """All of it: other replicas, and a newer version of the operator, must know it again."""
    world = a_world_with(a_step())
    target, left = (snapshot.id for snapshot in world.history.snapshots)

    job = plans(world, number=3)[0].job

    assert {key: job[key] for key in ("apiVersion", "kind", "metadata")} == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "web-before-b65aa9d15c",
            "namespace": "shop",
            "labels": {
                "rollback-operator.dev/rollout": left,
                "rollback-operator.dev/target": target,
                "rollback-operator.dev/step": "drain",
                "rollback-operator.dev/when": "before",
                "rollback-operator.dev/number": "3",
                "app.kubernetes.io/managed-by": "rollback-operator",
            },
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "name": "web",
                    "uid": "deployment-uid",
                }
            ],
        },
    }


def test_whoever_computes_the_name_of_a_job_gets_the_same() -> None:
    """Two replicas, or two requests, must meet in one Job."""
    world = a_world_with(a_step())
    other = replace(world, request=a_request("other").build())

    assert plans(world)[0].job["metadata"]["name"] == plans(other)[0].job["metadata"]["name"]


def test_names_differ_by_time_number_and_rollout() -> None:
    one = a_world_with(a_step(), a_step(when=When.AFTER))
    later = a_world(a_history("A", "X").of("B", steps=(a_step(),))).build()
    jobs = [*plans(one), *plans(one, When.AFTER), *plans(one, number=1), *plans(later)]
    names = [job.job["metadata"]["name"] for job in jobs]

    assert len(set(names)) == len(names)


def test_of_two_steps_only_one_can_be_the_next() -> None:
    """Requests for two targets may have come differently far when both may go on."""
    made = [job.job["metadata"] for job in plans(a_world_with(a_step(), a_step("backup")))]

    assert len({job["name"] for job in made}) == 1
    assert [job["labels"][STEP_LABEL] for job in made] == ["drain", "backup"]


def test_jobs_for_two_targets_have_one_name_and_can_be_told_apart() -> None:
    """Only one can be made; expressions resolve to other values, so it counts for one only."""
    world = a_world(a_history("A", "X").of("B", steps=(a_step(),))).build()
    left = world.history.snapshots[-1]
    goals = [Goal.of(s) for s in world.history.snapshots[:2]]

    made = [planned(left, goal, world, When.BEFORE, 0)[0].job["metadata"] for goal in goals]

    assert len({job["name"] for job in made}) == 1
    assert [job["labels"][TARGET_LABEL] for job in made] == [goal.snapshot for goal in goals]


@pytest.mark.parametrize("name", ["web", "a" * 200, "with.dots", "x" * 41 + ".y"])
def test_the_name_of_a_job_is_one_that_its_pods_can_have(name: str) -> None:
    """A Job's name becomes a label: 63 characters, no dots at its end."""
    world = a_world_with(a_step(name))
    called = replace(world, deployment=replace(world.deployment, name=name))

    made = plans(called)[0].job["metadata"]

    assert len(made["name"]) <= 63
    assert made["name"].replace("-", "").isalnum()
    assert made["name"][0].isalnum()
    assert all(len(value) <= 63 for value in made["labels"].values())


@pytest.mark.parametrize(
    ("deployment", "stem"),
    [
        ("web", "web"),
        ("my.shop.web", "my-shop-web"),
        ("x" * 42 + ".y", "x" * 42),
        ("x" * 200, "x" * 43),
    ],
    ids=["short", "dots", "cut-at-a-dot", "long"],
)
def test_the_name_of_a_job_begins_with_that_of_its_deployment(deployment: str, stem: str) -> None:
    world = a_world_with(a_step())
    called = replace(world, deployment=replace(world.deployment, name=deployment))

    name = plans(called)[0].job["metadata"]["name"]

    assert name.rpartition("-")[0] == f"{stem}-before"


def test_a_job_is_tried_once_and_ends_in_time_and_is_kept_for_a_while() -> None:
    world = replace(a_world_with(a_step()), request=a_request().saying(timeoutSeconds=77).build())

    spec = spec_of(plans(world)[0])

    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (0, 77)
    assert spec["ttlSecondsAfterFinished"] == 24 * 3600


def test_what_the_recorded_job_says_of_that_is_overruled() -> None:
    """A suspended Job, or one that tries for ever, would hang the rollback."""
    cron_job = a_cron_job()
    cron_job["spec"]["jobTemplate"]["spec"] |= {"suspend": True, "backoffLimit": 6}
    world = a_world_with(recorded(When.BEFORE, "drain", cron_job))

    spec = spec_of(plans(world)[0])

    assert ("suspend" in spec, spec["backoffLimit"]) == (False, 0)


def test_the_deployment_owns_the_job() -> None:
    world = a_world_with(a_step())

    owner = plans(world)[0].job["metadata"]["ownerReferences"][0]

    assert (owner["kind"], owner["uid"]) == ("Deployment", world.deployment.uid)


def test_expressions_are_resolved_and_the_record_stays_as_it_is() -> None:
    world = a_world_with(a_step())

    job = plans(world)[0]

    assert spec_of(job)["template"]["spec"]["containers"][0]["args"] == ["2"]
    step = world.history.snapshots[-1].steps[0]
    assert step.job == a_step().job


EVERYTHING = (
    "${rollout.id} ${rollout.revision} ${rollout.images.web} ${rollout.cause}",
    "${target.id} ${target.revision} ${target.images.web}",
    "${request.name} ${request.namespace} ${request.reason}",
    "${deployment.name} ${deployment.namespace}",
)


def test_expressions_may_name_the_rollout_its_target_the_request_and_the_deployment() -> None:
    step = a_step(initContainers=[{"name": "first", "command": list(EVERYTHING)}])
    history = a_history("A").of("B", steps=(step,), cause="release 7")
    asked = a_request().saying(reason="5xx since 14:02")
    world = a_world(history).asked(asked).build()
    target, left = (snapshot.id for snapshot in world.history.snapshots)

    pod = spec_of(plans(world)[0])["template"]["spec"]

    assert pod["initContainers"][0]["command"] == [
        f"{left} 2 nginx:B release 7",
        f"{target} 1 nginx:A",
        "back shop 5xx since 14:02",
        "web shop",
    ]


def test_a_cause_and_a_reason_that_nobody_gave_are_empty() -> None:
    first = {"name": "first", "args": ["<${rollout.cause}>${request.reason}"]}
    step = a_step(initContainers=[first])

    pod = spec_of(plans(a_world_with(step))[0])["template"]["spec"]

    assert pod["initContainers"][0]["args"] == ["<>"]


def test_expressions_are_resolved_in_commands_arguments_and_values_and_nowhere_else() -> None:
    text = "${rollout.revision}"
    containers = [
        {"name": "plain", "image": text},
        {
            "name": text,
            "command": ["run", text],
            "args": [text, "on"],
            "env": [{"name": text, "value": text}, {"name": "POD", "valueFrom": {}}],
        },
    ]
    job = {"spec": {"template": {"spec": {"containers": containers}}}}
    step = Step(When.BEFORE, "drain", job, None)

    spec = resolved(step, {"rollout": {"revision": 2}})

    assert spec["template"]["spec"]["containers"] == [
        {"name": "plain", "image": text},
        {
            "name": text,
            "command": ["run", "2"],
            "args": ["2", "on"],
            "env": [{"name": text, "value": "2"}, {"name": "POD", "valueFrom": {}}],
        },
    ]


@pytest.mark.parametrize("job", [None, {"spec": {}}, {"spec": {"template": {}}}])
def test_a_step_without_containers_has_nothing_to_resolve(job: dict[str, Any] | None) -> None:
    expected = job["spec"] if job else {}

    assert resolved(Step(When.BEFORE, "drain", job, None), {}) == expected


@pytest.mark.parametrize(
    ("pod", "account"),
    [
        ({}, "default"),
        ({"serviceAccount": "old-name"}, "old-name"),
        ({"serviceAccountName": "robot"}, "robot"),
        ({"serviceAccountName": "robot", "serviceAccount": "old-name"}, "robot"),
    ],
)
def test_the_account_of_a_pod_may_be_named_in_two_ways(pod: dict[str, Any], account: str) -> None:
    template = Template({"spec": {"containers": [], **pod}})

    assert account_of(template) == account
    assert service_account({"spec": {"template": {"spec": pod}}}) == account


@pytest.mark.parametrize("job", [{"spec": {}}, {"spec": {"template": {}}}])
def test_a_job_without_pods_has_the_account_of_any_pod_and_no_images(job: dict[str, Any]) -> None:
    assert service_account(job) == "default"
    assert images_of(job) == []


def test_images_are_listed_in_the_order_in_which_containers_start() -> None:
    first, nameless = {"name": "first", "image": "tools:0"}, {"name": "injected"}
    step = a_step(initContainers=[first, nameless])

    assert step.job is not None
    assert images_of(step.job) == ["tools:0", "", "tools:1"]


def test_jobs_are_numbered_on_though_the_first_are_gone() -> None:
    assert next_number([job("drain", number=4), job("backup", number=3)]) == 5


def test_the_first_job_has_number_nought_and_says_so() -> None:
    first = plans(a_world_with(a_step()), number=next_number([]))[0].job

    assert first["metadata"]["labels"][NUMBER_LABEL] == "0"
    assert next_number([first]) == 1


def job(step: str, *conditions: str, message: str = "", number: int = 0) -> dict[str, Any]:
    """Return a Job of a step with conditions that are true."""
    labels = {WHEN_LABEL: "before", STEP_LABEL: step, NUMBER_LABEL: str(number)}
    listed = [{"type": c, "status": "True", "message": message} for c in conditions]
    return {"metadata": {"name": step, "labels": labels}, "status": {"conditions": listed}}


@pytest.mark.parametrize(
    ("conditions", "state"),
    [
        ([], StepState.RUNNING),
        (["Suspended"], StepState.RUNNING),
        (["FailureTarget"], StepState.RUNNING),
        (["SuccessCriteriaMet"], StepState.RUNNING),
        (["Complete", "SuccessCriteriaMet"], StepState.SUCCEEDED),
        (["Failed", "FailureTarget"], StepState.FAILED),
    ],
)
def test_a_job_has_ended_when_it_says_so_finally(conditions: list[str], state: StepState) -> None:
    assert state_of(job("drain", *conditions)) is state


def test_a_condition_that_is_false_says_nothing() -> None:
    ended = {"status": {"conditions": [{"type": "Complete", "status": "False"}]}}

    assert state_of(ended) is StepState.RUNNING


def a_pod(code: int, message: str | None = None, reason: str = "Error") -> dict[str, Any]:
    """Return a pod whose container has ended."""
    ended = {"exitCode": code, "reason": reason, **({"message": message} if message else {})}
    return {"status": {"containerStatuses": [{"name": "step", "state": {"terminated": ended}}]}}


def test_exit_code_and_termination_message_say_why() -> None:
    assert why_it_failed(job("drain", "Failed"), [a_pod(3, "disk full\n")]) == (
        "exit code 3: disk full"
    )


def test_without_a_message_the_reason_does() -> None:
    assert why_it_failed(job("drain", "Failed"), [a_pod(137, None, "OOMKilled")]) == (
        "exit code 137: OOMKilled"
    )


def test_without_a_reason_the_exit_code_is_all() -> None:
    assert why_it_failed(job("drain", "Failed"), [a_pod(7, None, "")]) == "exit code 7"


@pytest.mark.parametrize(
    "pod",
    [
        {},
        {"status": {}},
        {"status": {"containerStatuses": [{"name": "step"}]}},
        {"status": {"containerStatuses": [{"name": "step", "state": {"running": {}}}]}},
    ],
    ids=["no-status", "no-container", "no-state", "running"],
)
def test_a_container_that_has_not_ended_is_not_why(pod: dict[str, Any]) -> None:
    assert why_it_failed(job("drain", "Failed"), [pod, a_pod(2, "no")]) == "exit code 2: no"


def test_a_container_that_ended_well_is_not_why() -> None:
    assert why_it_failed(job("drain", "Failed"), [a_pod(0), a_pod(2, "no")]) == "exit code 2: no"


def test_a_job_without_pods_says_itself_why() -> None:
    failed = job("drain", "Failed", message="Job was active longer than specified deadline")

    assert why_it_failed(failed, []) == "Job was active longer than specified deadline"


def test_of_a_jobs_conditions_only_its_failure_is_why() -> None:
    failed = job("drain", "Failed", message="BackoffLimitExceeded")
    target = {"type": "FailureTarget", "status": "True", "message": "soon"}
    failed["status"]["conditions"].insert(0, target)

    assert why_it_failed(failed, []) == "BackoffLimitExceeded"


@pytest.mark.parametrize(
    "failed",
    [
        {},
        {"status": {}},
        {"status": {"conditions": [{"type": "Failed", "status": "True"}]}},
        {"status": {"conditions": [{"type": "Failed", "status": "True", "message": ""}]}},
    ],
)
def test_where_nobody_says_why_that_is_said(failed: dict[str, Any]) -> None:
    assert why_it_failed(failed, []) == "no reason given"


def test_an_endless_message_is_cut() -> None:
    """A status has a limit, and pods may say 4 kB each."""
    told = why_it_failed(job("drain", "Failed"), [a_pod(1, "x" * 4096)])

    assert told == "exit code 1: " + "x" * 500
