"""What is done while a fault strikes: each scenario prepares a namespace and then drives it."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.shop import Object, Shop

Drive = Callable[[Shop], None]


@dataclass(frozen=True)
class Scenario:
    """`prepare` runs undisturbed; `drive` under the fault, and waits for the end.

    `deployments` and `requests` are what it is about; of several `operators` none leads. Where no
    new pod may be made, nothing `settles`. In a race it does not matter which request comes first.
    """

    prepare: Drive
    drive: Drive
    deployments: tuple[str, ...] = ("web",)
    requests: tuple[str, ...] = ("back",)
    operators: int = 1
    settles: bool = True
    is_race: bool = False


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
    """Somebody rolls out another version while the rollback hangs."""
    shop.request()
    shop.until("deployment", "web", lambda d: image(d) == "nginx:1", "the old image")
    shop.until_phase("InProgress")
    shop.roll_out("nginx:3", wait=False)
    shop.until_over()


def ask_twice(shop: Shop) -> None:
    """Two requests for the same come at once; one of them follows, or comes too late."""
    shop.request("back")
    shop.request("also")
    until_recorded(shop, shop.until_over("back"))
    until_recorded(shop, shop.until_over("also"))


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
}
