"""What is done while a fault strikes: each scenario prepares a namespace and then drives it."""

from collections.abc import Callable
from dataclasses import dataclass

from builders.steps import declare, release_with_steps
from harness.objects import Object
from harness.shop import Shop

Drive = Callable[[Shop], None]


@dataclass(frozen=True)
class Scenario:
    """`prepare` runs undisturbed; `drive` under the fault, and waits for the end.

    `deployments` and `requests` are what it is about; of several `operators` none leads. Where
    rollouts hang, nothing `settles` for sure. In a race it does not matter which request
    comes first. The Jobs that were made count where it `has_steps`.
    """

    prepare: Drive
    drive: Drive
    deployments: tuple[str, ...] = ("web",)
    requests: tuple[str, ...] = ("back",)
    operators: int = 1
    settles: bool = True
    is_race: bool = False
    has_steps: bool = False


def one_version(shop: Shop) -> None:
    shop.release("nginx:1", replicas=1)


def two_versions(shop: Shop) -> None:
    """Two versions on record that differ in image and configuration."""
    shop.deploy("nginx:1", pod=a_pod(1), replicas=1)
    shop.until_recorded(snapshots=1)
    shop.patch({"spec": {"template": {"spec": a_pod(2)}}})
    shop.until_recorded(snapshots=2)
    shop.until_settled()


def a_pod(number: int) -> Object:
    """Return a pod spec with an image and a variable of that number."""
    variable = {"name": "NUMBER", "value": str(number)}
    return {"containers": [{"name": "app", "image": f"nginx:{number}", "env": [variable]}]}


def three_deployments(shop: Shop) -> None:
    for name in ("web", "api", "db"):
        shop.release("nginx:1", "nginx:2", name=name, replicas=1)


def record(shop: Shop) -> None:
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)


def roll_back(shop: Shop) -> None:
    until_recorded(shop, shop.roll_back())


def roll_back_artifacts(shop: Shop) -> None:
    until_recorded(shop, shop.roll_back(components={"mode": "Artifacts"}))


def until_recorded(shop: Shop, status: Object) -> None:
    """Wait for what is recorded of a rollback that came to a good end."""
    for target in status["targets"]:
        if target["reason"] == "RolledBack":
            shop.until_recorded(target["name"], snapshots=3)


def roll_back_group(shop: Shop) -> None:
    targets = [{"name": name} for name in ("web", "api", "db")]
    shop.request_spec({"targets": targets})
    until_recorded(shop, shop.until_over())


def preview(shop: Shop) -> None:
    shop.roll_back(dryRun=True)


def refuse(shop: Shop) -> None:
    shop.roll_back(to={"revision": 99})


def block(shop: Shop) -> None:
    """No new pod may be made: whatever is rolled out hangs."""
    two_versions(shop)
    shop.block_pods()


def run_into_the_deadline(shop: Shop) -> None:
    shop.roll_back(timeoutSeconds=3)


def supersede(shop: Shop) -> None:
    """Somebody rolls out another version while the rollback hangs, unless that was refused."""
    shop.request()
    shop.until("rollbackrequest", "back", _hangs_or_is_over, "the rollback hangs")
    if image(shop.deployment()) == "nginx:1":
        shop.roll_out("nginx:3", wait=False)
    shop.until_over()


def _hangs_or_is_over(request: Object) -> bool:
    status = request.get("status", {})
    targets = status.get("targets", [{}])
    is_over = status.get("phase") == "Exception"
    return bool(is_over or targets[0].get("reason") == "RollingBack")


def ask_twice(shop: Shop) -> None:
    """Two requests for the same come at once; one of them follows, or comes too late."""
    shop.request("back")
    shop.request("also")
    until_recorded(shop, shop.until_over("back"))
    until_recorded(shop, shop.until_over("also"))


def with_steps(shop: Shop) -> None:
    declare(shop, "drain")
    declare(shop, "warm")
    release_with_steps(shop, before="drain", after="warm")


def with_a_step_that_fails(shop: Shop) -> None:
    declare(shop, "drain", "tools:job-fails")
    release_with_steps(shop, before="drain")


def while_a_rollout_hangs(shop: Shop) -> None:
    two_versions(shop)
    shop.roll_out_in_vain()


def abandon_it(shop: Shop) -> None:
    """Go back from an unfinished rollout to what succeeded last; denied, it hangs on."""
    if shop.roll_back(unfinishedRollout="Abandon")["phase"] == "Completed":
        shop.until_settled()


def suspended_at_first(shop: Shop) -> None:
    """Halt a request before it begins, and let it go."""
    shop.request(suspend=True)
    shop.until("rollbackrequest", "back", _is_suspended, "the request is halted")
    shop.kubectl("patch", "rbr", "back", "--type=merge", "-p", '{"spec":{"suspend":false}}')
    until_recorded(shop, shop.until_over())


def _is_suspended(request: Object) -> bool:
    return bool(request.get("status", {}).get("reason") == "Suspended")


def applied_by_somebody(shop: Shop) -> None:
    """Two versions by server-side apply, so that fields are handed back."""
    shop.apply("nginx:1", replicas=1)
    shop.until_recorded(snapshots=1)
    shop.apply("nginx:2", replicas=1)
    shop.until_recorded(snapshots=2)
    shop.until_settled()


def one_of_two_is_bad(shop: Shop) -> None:
    """Two Deployments, of which one cannot go back."""
    shop.release("nginx:1", "nginx:2", name="web", replicas=1)
    shop.release("nginx:1", name="api", replicas=1)


def refuse_both(shop: Shop) -> None:
    shop.request_spec({"targets": [{"name": "web"}, {"name": "api"}]})
    shop.until_over()


def image(deployment: Object) -> str:
    """Return the image of the container `app`."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return str(containers[0]["image"])


SCENARIOS = {
    "recording": Scenario(one_version, record, requests=()),
    "rollback": Scenario(two_versions, roll_back),
    "artifacts": Scenario(two_versions, roll_back_artifacts),
    "group": Scenario(three_deployments, roll_back_group, ("web", "api", "db")),
    "preview": Scenario(two_versions, preview),
    "refusal": Scenario(two_versions, refuse),
    "deadline": Scenario(block, run_into_the_deadline, settles=False),
    "superseded": Scenario(block, supersede, settles=False),
    "twice": Scenario(two_versions, ask_twice, requests=("back", "also"), is_race=True),
    "replicas": Scenario(two_versions, roll_back, operators=2),
    "steps": Scenario(with_steps, roll_back, has_steps=True),
    "step-fails": Scenario(with_a_step_that_fails, roll_back, has_steps=True),
    "abandon": Scenario(while_a_rollout_hangs, abandon_it, settles=False),
    "suspended": Scenario(two_versions, suspended_at_first),
    "hand-back": Scenario(applied_by_somebody, roll_back),
    "group-refused": Scenario(one_of_two_is_bad, refuse_both, ("web", "api")),
}
