"""Many at once: claims against each other, two operators, twenty requests."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from conftest import StartsOperators
from harness.objects import CLAIM, Object, annotations, history
from harness.shop import Shop
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.json_patch import claim_patch
from rollback_operator.domain.template import Template

CLIENTS, CLAIMS = 50, 200


@dataclass(frozen=True)
class Attempt:
    """One claim: who made it, and what the API server said."""

    claimant: str
    code: int


def attempt(shop: Shop, seen: Object, result: Template, claimants: list[str]) -> list[Attempt]:
    """Claim a rollout as it was seen, for one claimant after another, over one connection."""
    made = []
    with closing(client.ApiClient(shop.api.configuration)) as api:
        apps = client.AppsV1Api(api)
        for claimant in claimants:
            patch = claim_patch(Deployment.from_object(seen), json.dumps(claimant), result)
            try:
                apps.patch_namespaced_deployment("web", shop.namespace, patch)
                made.append(Attempt(claimant, HTTPStatus.OK))
            except ApiException as error:
                made.append(Attempt(claimant, int(error.status or 0)))
    return made


def with_image(seen: Object, image: str) -> Template:
    """Return the template with another image."""
    body = json.loads(json.dumps(seen["spec"]["template"]))
    body["spec"]["containers"][0]["image"] = image
    return Template(body)


@pytest.mark.parametrize("result", ["nginx:1", "nginx:2"], ids=["back", "to_the_same"])
def test_of_two_hundred_claims_at_once_exactly_one_succeeds(empty_shop: Shop, result: str) -> None:
    """Also where the template stays as it is: then the claim itself must be what is tested."""
    seen = empty_shop.deploy("nginx:2", replicas=1)
    names = [f"claimant-{number}" for number in range(CLAIMS)]
    shares = [names[start::CLIENTS] for start in range(CLIENTS)]
    wanted = with_image(seen, result)

    with ThreadPoolExecutor(CLIENTS) as pool:
        made = pool.map(lambda share: attempt(empty_shop, seen, wanted, share), shares)
        attempts = [one for share in made for one in share]

    assert Counter(one.code for one in attempts) == {
        HTTPStatus.OK: 1,
        HTTPStatus.UNPROCESSABLE_ENTITY: CLAIMS - 1,
    }
    winner = next(one.claimant for one in attempts if one.code == HTTPStatus.OK)
    assert annotations(empty_shop.deployment())[CLAIM] == json.dumps(winner)
    assert empty_shop.image() == result


def test_a_claim_does_not_mind_that_the_status_moves_meanwhile(empty_shop: Shop) -> None:
    """Who tests the resourceVersion loses one claim in six to a rollout's counters."""
    seen = empty_shop.deploy("nginx:2", replicas=1)
    empty_shop.scale(3)
    empty_shop.until_done()

    attempts = attempt(empty_shop, seen, with_image(seen, "nginx:1"), ["late"])

    assert [one.code for one in attempts] == [HTTPStatus.OK]
    assert empty_shop.deployment()["spec"]["replicas"] == 3


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"spec": {"paused": True}},
        {"spec": {"template": {"metadata": {"labels": {"tier": "a"}}}}},
        {"metadata": {"annotations": {"rollback-operator.dev/claim": "another"}}},
    ],
    ids=["paused", "template", "claim"],
)
def test_a_claim_fails_on_anything_that_it_was_decided_on(
    empty_shop: Shop, meanwhile: Object
) -> None:
    seen = empty_shop.deploy("nginx:2", annotations={"note": "a"})
    empty_shop.patch(meanwhile)

    attempts = attempt(empty_shop, seen, with_image(seen, "nginx:1"), ["late"])

    assert [one.code for one in attempts] == [HTTPStatus.UNPROCESSABLE_ENTITY]
    assert empty_shop.image() == "nginx:2"


@pytest.fixture
def pair(empty_shop: Shop, start_operator: StartsOperators) -> Shop:
    """Two operators look after the same namespace, and neither knows of the other."""
    for _ in range(2):
        start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    return empty_shop


def ask(shop: Shop, names: list[str]) -> Counter[str]:
    """Make requests all at once, and return how they ended."""
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(shop.request, names))
    return Counter(str(shop.until_over(name)["reason"]) for name in names)


def template_changes(shop: Shop) -> int:
    """Count how often the operators have changed the Deployment itself."""
    return len([w for w in shop.stored_writes("deployments", "web") if not w.subresource])


def test_twenty_requests_at_once_change_the_template_once(pair: Shop) -> None:
    """Who judges and writes in two steps rolls back twice, or forward to the bad version."""
    reasons = ask(pair, [f"back-{number}" for number in range(20)])

    assert reasons.keys() <= {"RolledBack", "AlreadyRolledBack"}
    assert reasons["RolledBack"] >= 1
    assert (pair.image(), template_changes(pair)) == ("nginx:1", 1)


def test_two_operators_record_each_rollout_once(pair: Shop) -> None:
    ask(pair, ["back"])
    pair.roll_out("nginx:3")

    found = pair.until_recorded(snapshots=4)

    assert [s["images"]["app"] for s in found["snapshots"]] == [
        "nginx:1",
        "nginx:2",
        "nginx:1",
        "nginx:3",
    ]
    assert found["sequence"] == 4


def test_two_operators_answer_a_request_once(pair: Shop) -> None:
    ask(pair, ["back"])

    answers = pair.stored_writes("rollbackrequests", "back")

    assert len(answers) <= 2
    assert [(w.response_object or {})["status"]["phase"] for w in answers][-1] == "Completed"


def test_requests_for_different_versions_at_once_are_carried_out_one_by_one_or_not_at_all(
    shop: Shop,
) -> None:
    shop.release("nginx:0", "nginx:1", "nginx:2")
    shop.block_pods()
    shop.request("first", to={"revision": 1})
    shop.until_phase("InProgress", "first")

    reasons = ask(shop, [f"default-{number}" for number in range(10)])

    shop.allow_pods()
    assert reasons == {"RollbackInProgress": 10}
    assert shop.until_over("first")["reason"] == "RolledBack"
    found = history(shop.deployment())
    assert (found or {})["snapshots"][-1]["images"] == {"app": "nginx:0"}
