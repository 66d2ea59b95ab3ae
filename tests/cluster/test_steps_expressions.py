"""Expressions in steps resolve to values of the rollout that is rolled back, never of today."""

from builders.steps import container_of, declare, jobs, release_with_steps, roll_out_with_steps
from harness.objects import history
from harness.shop import Shop


def test_expressions_resolve_from_the_record(shop: Shop) -> None:
    declare(
        shop,
        command=["tool", "${deployment.name}"],
        args=[
            "from ${rollout.images.app} to ${target.images.app}",
            "${rollout.revision}->${target.revision}",
            "because ${request.reason}",
            "${deployment.namespace}/${request.name}",
        ],
        env=[
            {"name": "CAUSE", "value": "${rollout.cause}"},
            {"name": "ID", "value": "${rollout.id}"},
        ],
    )
    shop.release("nginx:1", replicas=1)
    shop.kubectl("annotate", "deployment/web", "kubernetes.io/change-cause=release 42")
    live = roll_out_with_steps(shop, before="drain")

    assert shop.roll_back("oncall", reason="5xx; rm -rf /")["reason"] == "RolledBack"

    container = container_of(jobs(shop)[0])
    assert container["command"] == ["tool", "web"]
    assert container["args"] == [
        "from nginx:2 to nginx:1",
        "2->1",
        "because 5xx; rm -rf /",
        f"{shop.namespace}/oncall",
    ]
    found = history(live)
    assert found is not None
    newest = found["snapshots"][-1]["id"]
    assert [v["value"] for v in container["env"]] == ["release 42", newest]


def test_init_containers_are_rendered_too(shop: Shop) -> None:
    first = {"name": "first", "image": "tools:1", "args": ["${target.images.app}"]}
    declare(shop, initContainers=[first])
    release_with_steps(shop, before="drain")

    shop.roll_back()

    containers = jobs(shop)[0]["spec"]["template"]["spec"]["initContainers"]
    assert containers[0]["args"] == ["nginx:1"]


def test_what_looks_like_an_expression_in_a_value_is_not_evaluated_again(shop: Shop) -> None:
    """Whoever writes the reason must not write expressions with it."""
    declare(shop, args=["${request.reason}"])
    release_with_steps(shop, before="drain")

    shop.roll_back(reason="${deployment.name} $${x}")

    assert container_of(jobs(shop)[0])["args"] == ["${deployment.name} $${x}"]


def test_every_argument_is_rendered_and_the_rest_is_left_alone(shop: Shop) -> None:
    rendered = {
        "$${HOME}": "${HOME}",
        "$HOME $(date) $": "$HOME $(date) $",
        "${ deployment.name }-${deployment.name}": "web-web",
        "${rollout.images['app']}": "nginx:2",
        "${rollout.revision - target.revision}": "1",
        "${request.reason == '' ? 'none' : request.reason}": "none",
        "${'side' in rollout.images}": "false",
    }
    declare(shop, args=[*rendered])
    release_with_steps(shop, before="drain")

    shop.roll_back()

    assert container_of(jobs(shop)[0])["args"] == [*rendered.values()]


def test_another_target_runs_the_step_anew(shop: Shop) -> None:
    """What ran to go to one version must not count as done for going to another."""
    declare(shop, args=["${target.images.app}"])
    declare(shop, "check", "tools:job-fails")
    shop.release("nginx:0", "nginx:1", replicas=1)
    roll_out_with_steps(shop, before="drain,check", snapshots=3)
    assert shop.roll_back("to-one")["reason"] == "BeforeFailed"

    shop.roll_back("to-zero", to={"revision": 1})

    drains = [j for j in jobs(shop) if container_of(j).get("args")]
    assert {container_of(job)["args"][0] for job in drains} == {"nginx:1", "nginx:0"}
