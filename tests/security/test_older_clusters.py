"""The chart installs the policies that a cluster serves: below 1.36 none can stamp a request."""

from collections.abc import Iterator

import pytest

import harness
from harness.attacker import ASK, Attacker, may_roll_back, refusal
from harness.helm import Installation
from harness.objects import Object, annotations
from harness.operator_process import OperatorProcess
from harness.shop import Shop

STAMP = "rollback-operator.dev/requester"
PREVIEW: Object = {"targets": [{"name": "web"}], "dryRun": True}
OLDER = ["1.35", pytest.param("1.34", marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def older(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The chart on a cluster that is as an older Kubernetes."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KUBERNETES", request.param)
        environment.setenv("CLUSTER", "embedded")
        running = harness.start(tmp_path_factory.mktemp("older"))
    installed = Installation(running)
    installed.install()
    yield installed
    running.stop()


@pytest.fixture(scope="module")
def village(older: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A namespace there with a Deployment, which the operator of the chart looks after."""
    log = tmp_path_factory.mktemp("older-operator") / "log"
    operator = OperatorProcess(older.kubeconfig(), log, older.settings())
    operator.start(ROLLBACK_LOG_LEVEL="DEBUG")
    shop = Shop(older.cluster, operator, prefix="village")
    shop.deploy("nginx:1", replicas=1)
    shop.until_recorded(snapshots=1)
    yield shop
    operator.stop()


@pytest.fixture(scope="module")
def asker(village: Shop) -> Attacker:
    """Somebody who may roll `web` back."""
    return Attacker(village, "asker", ASK, may_roll_back("web"))


@pytest.mark.parametrize("older", OLDER, indirect=True)
def test_below_1_36_nobody_may_claim_to_be_the_requester(village: Shop, asker: Attacker) -> None:
    """Also not themselves, as nobody could tell that from a lie."""
    for claimed in ("admin", asker.username):
        forged = {"annotations": {STAMP: claimed}}
        code, says = refusal(lambda f=forged: asker.request(PREVIEW, metadata=f))  # type: ignore[misc]

        assert (code, "nobody may claim it" in says) == (403, True)

    asker.request(PREVIEW, "honest")
    status = village.until_over("honest")

    assert annotations(village.rollback_request("honest")) == {}
    assert (status["requester"], status["reason"]) == ("unknown", "NoEarlierSnapshot")
    assert "admissionMissing" not in status


@pytest.mark.parametrize("older", OLDER, indirect=True)
def test_rights_are_checked_there_as_well(village: Shop, asker: Attacker) -> None:
    code, _ = refusal(lambda: asker.request({"targets": [{"name": "other"}]}, "denied"))
    asker.request(PREVIEW, "allowed")

    assert code == 403
    assert village.rollback_request("allowed")


@pytest.mark.parametrize("older", OLDER, indirect=True)
def test_no_policy_is_installed_that_is_not_served(older: Installation) -> None:
    served = older.kubectl("api-resources", "--api-group=admissionregistration.k8s.io", "-o=name")
    policies = older.kubectl("get", "validatingadmissionpolicies", "-o=name").split()

    assert "mutatingadmissionpolicies.admissionregistration.k8s.io" not in served
    assert len(policies) == 4
    assert (
        older.kubectl("auth", "can-i", "--list", f"--as={_operator(older)}").count("mutating") == 0
    )


def _operator(installation: Installation) -> str:
    return f"system:serviceaccount:{installation.namespace}:{installation.service_account()}"
