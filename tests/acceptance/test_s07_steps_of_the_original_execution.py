"""S7: rollback steps belong to the stage; expressions resolve to what the execution recorded."""

from builders.examples import EXAMPLES, apply, get, image, release
from builders.steps import container_of, jobs
from harness.shop import Shop


def test_steps_run_from_the_record_with_values_of_the_record(shop: Shop) -> None:
    first = (EXAMPLES / "deployment-with-steps.yaml").read_text()
    shop.kubectl("apply", "-f", "-", input=first.replace("checkout:2", "checkout:1"))
    release(shop, name="checkout", snapshots=1)
    apply(shop, "deployment-with-steps.yaml")
    release(shop, name="checkout", snapshots=2)
    shop.kubectl("delete", "cronjobs", "--all")
    text = (EXAMPLES / "rollback.yaml").read_text().replace("web", "checkout")
    text = text.replace('"5xx since the 14:02 release"', "orders fail")

    shop.kubectl("apply", "-f", "-", input=text)
    shop.kubectl("wait", "rbr/rollback-checkout", "--for=condition=Ready", "--timeout=60s")

    assert image(shop, "checkout") == "example.com/checkout:1"
    by_name = {container_of(job)["name"]: container_of(job) for job in jobs(shop)}
    assert by_name["drain"]["args"] == ["--leaving=example.com/checkout:2", "--reason=orders fail"]
    assert [v["value"] for v in by_name["warm"]["env"]] == [
        "example.com/checkout:1",
        f"{shop.namespace}/checkout",
    ]
    ran = get(shop, "rbr/rollback-checkout", ".status.targets[0].steps[*].name")
    assert ran == "checkout-drain checkout-warm"
