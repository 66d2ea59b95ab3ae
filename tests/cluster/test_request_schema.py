"""What the API server itself refuses, and how it says so: its message is the user's error message.

Nothing of the operator runs here. Each refusal must name the field and say what to do about it.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
import yaml

import harness
from harness.shop import Shop
from harness.waiting import wait_until
from rollback_operator.domain.names import API_VERSION, KIND
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.spec import Mode, Order
from rollback_operator.domain.status import Status

JsonObject: TypeAlias = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def desk(cluster: harness.Cluster) -> Iterator[Shop]:
    """A namespace in which nothing is kept: for dry runs and questions."""
    place = Shop(cluster, prefix="solo")
    explained = ("explain", "rbr.spec")
    wait_until(
        lambda: place.kubectl(*explained, check=False).returncode == 0, "the CRD is described"
    )
    yield place
    place.close()


def request(spec: object, name: str = "checkout-500s") -> str:
    """Return a request as its author would apply it."""
    body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec}
    return json.dumps(body)


def refused(sentence: str, spec: str, field: str, advice: str) -> object:
    """Return a case: a spec, the field that the message must name, and its telling part."""
    return pytest.param(yaml.safe_load(spec), field, advice, id=sentence.replace(" ", "_"))


def in_target(sentence: str, rest: str, field: str, advice: str) -> object:
    """Return a case whose fault lies in its only target."""
    spec = f"{{targets: [{{name: web, {rest}}}]}}"
    return refused(sentence, spec, f"spec.targets[0]{field}", advice)


def besides_targets(sentence: str, rest: str, field: str, advice: str) -> object:
    """Return a case whose fault lies beside a target that is in order."""
    return refused(sentence, f"{{targets: [{{name: web}}], {rest}}}", f"spec.{field}", advice)


def in_selector(sentence: str, selector: str, field: str, advice: str) -> object:
    """Return a case whose fault lies in its selector."""
    spec = f'{{selector: {selector}, asOf: "2026-05-01T14:00:00Z"}}'
    return refused(sentence, spec, f"spec.selector{field}", advice)


MANY_TARGETS = json.dumps([{"name": f"web-{number}"} for number in range(13)])
MANY_NAMES = json.dumps([f"web-{number}" for number in range(65)])
MANY_IMAGES = json.dumps({f"web-{number}": "nginx:1" for number in range(65)})

WHICH_DEPLOYMENTS = [
    refused("no spec", "null", "spec", "Required value"),
    refused("nothing asked for", "{}", "spec", "either by name in targets, or by selector"),
    refused(
        "targets and a selector",
        '{targets: [{name: web}], selector: {matchLabels: {app: a}}, asOf: "2026-05-01T14:00:00Z"}',
        "spec",
        "either by name in targets, or by selector",
    ),
    refused("no target in targets", "{targets: []}", "spec.targets", "at least 1 items"),
    refused("thirteen targets", f"{{targets: {MANY_TARGETS}}}", "spec.targets", "at most 12 items"),
    refused(
        "one Deployment twice",
        "{targets: [{name: web}, {name: web, to: {revision: 4}}]}",
        "spec.targets[1]",
        'Duplicate value: {"name":"web"}',
    ),
    refused("a bare name as target", "{targets: [web]}", "spec.targets[0]", "type object"),
    refused(
        "a target without name",
        "{targets: [{to: {revision: 4}}]}",
        "spec.targets[0].name",
        "Required value",
    ),
    refused(
        "an empty name",
        "{targets: [{name: ''}]}",
        "spec.targets[0].name",
        "at least 1 chars long",
    ),
    refused(
        "a name with its kind",
        "{targets: [{name: deployment/web}]}",
        "spec.targets[0].name",
        "give the bare name of a Deployment",
    ),
    refused(
        "a name in capitals",
        "{targets: [{name: WEB}]}",
        "spec.targets[0].name",
        "lower case letters",
    ),
    refused(
        "a name that no object can have",
        "{targets: [{name: web..shop}]}",
        "spec.targets[0].name",
        "give the bare name of a Deployment",
    ),
    refused(
        "a name that is too long",
        f"{{targets: [{{name: {'w' * 254}}}]}}",
        "spec.targets[0].name",
        "may not be more than 253",
    ),
]

SELECTORS = [
    refused(
        "a selector without a time",
        "{selector: {matchLabels: {app: shop}}}",
        "spec.asOf",
        "a selector needs the time to go back to",
    ),
    refused(
        "a time and nothing else",
        '{asOf: "2026-05-01T14:00:00Z"}',
        "spec.asOf",
        "asOf goes with selector only",
    ),
    besides_targets(
        "a time for named targets",
        'asOf: "2026-05-01T14:00:00Z"',
        "asOf",
        "for a Deployment in targets use its `to`",
    ),
    in_selector("a selector of everything", "{}", "", "give matchLabels, matchExpressions or both"),
    in_selector("no label in matchLabels", "{matchLabels: {}}", ".matchLabels", "at least 1"),
    in_selector(
        "no expression in matchExpressions",
        "{matchExpressions: []}",
        ".matchExpressions",
        "at least 1 items",
    ),
    in_selector(
        "In without values",
        "{matchExpressions: [{key: app, operator: In}]}",
        ".matchExpressions[0].values",
        "need values to compare with",
    ),
    in_selector(
        "NotIn with no value in values",
        "{matchExpressions: [{key: app, operator: NotIn, values: []}]}",
        ".matchExpressions[0].values",
        "at least 1 items",
    ),
    in_selector(
        "Exists with values",
        "{matchExpressions: [{key: app, operator: Exists, values: [shop]}]}",
        ".matchExpressions[0].values",
        "take no values; leave them out",
    ),
    in_selector(
        "an operator that selectors do not have",
        "{matchExpressions: [{key: app, operator: Equals, values: [shop]}]}",
        ".matchExpressions[0].operator",
        'supported values: "In", "NotIn", "Exists", "DoesNotExist"',
    ),
    in_selector(
        "an expression without key",
        "{matchExpressions: [{operator: Exists}]}",
        ".matchExpressions[0].key",
        "Required value",
    ),
    in_selector(
        "an expression on what is no label key",
        "{matchExpressions: [{key: 'part of', operator: Exists}]}",
        ".matchExpressions[0].key",
        "give a label's key, such as",
    ),
    in_selector(
        "an expression on what is no label value",
        "{matchExpressions: [{key: app, operator: In, values: ['a,b']}]}",
        ".matchExpressions[0].values[0]",
        "give a label's value",
    ),
    in_selector(
        "a key that no label can have",
        "{matchLabels: {'app=': shop}}",
        ".matchLabels",
        "give a label's key, such as",
    ),
    in_selector(
        "a value that no label can have",
        "{matchLabels: {app: '*'}}",
        ".matchLabels[app]",
        "give a label's value",
    ),
    in_selector(
        "a number as a label's value",
        "{matchLabels: {release: 14}}",
        ".matchLabels.release",
        "must be of type string",
    ),
    *(
        refused(
            f"a time that is {what}",
            f'{{selector: {{matchLabels: {{app: shop}}}}, asOf: "{time}"}}',
            "spec.asOf",
            "must be of type date-time",
        )
        for what, time in {
            "a word": "yesterday",
            "a day": "2026-05-01",
            "of no zone": "2026-05-01T14:00:00",
            "no time of any day": "2026-05-01T25:00:00Z",
            "empty": "",
        }.items()
    ),
]

VERSIONS = [
    in_target("an empty from", "from: {}", ".from", "by one of images and snapshot"),
    in_target(
        "a from of two kinds",
        "from: {images: {web: 'nginx:1'}, snapshot: a123456789}",
        ".from",
        "by one of images and snapshot",
    ),
    in_target("no image in from", "from: {images: {}}", ".from.images", "at least 1 properties"),
    in_target(
        "more images than a pod has containers",
        f"from: {{images: {MANY_IMAGES}}}",
        ".from.images",
        "at most 64",
    ),
    in_target(
        "images by a name that no container has",
        "from: {images: {'nginx:1': web}}",
        ".from.images",
        "give images by the name of their container",
    ),
    in_target(
        "a volume that no pod can have",
        "from: {images: {'volume:': 'data:1'}}",
        ".from.images",
        "volume:<name>",
    ),
    in_target(
        "an empty image", "from: {images: {web: ''}}", ".from.images.web", "at least 1 chars long"
    ),
    in_target(
        "an image with a space",
        "from: {images: {web: 'nginx 1'}}",
        ".from.images[web]",
        "write the image just as the Deployment does",
    ),
    in_target(
        "an image of no container",
        "from: {images: 'nginx:1'}",
        ".from.images",
        "must be of type object",
    ),
    in_target(
        "a word for a snapshot",
        "from: {snapshot: latest}",
        ".from.snapshot",
        "give the id of a snapshot, ten hexadecimal digits",
    ),
    in_target("an empty to", "to: {}", ".to", "by one of revision, snapshot and images"),
    in_target(
        "a to of two kinds",
        "to: {revision: 4, images: {web: 'nginx:1'}}",
        ".to",
        "by one of revision, snapshot and images",
    ),
    in_target(
        "a to of three kinds",
        "to: {revision: 4, snapshot: a123456789, images: {web: 'nginx:1'}}",
        ".to",
        "leave `to` out for the successful rollout before the live one",
    ),
    in_target("revision zero", "to: {revision: 0}", ".to.revision", "greater than or equal to 1"),
    in_target(
        "a revision counted from the end",
        "to: {revision: -1}",
        ".to.revision",
        "greater than or equal to 1",
    ),
    in_target(
        "a revision that no controller reaches",
        "to: {revision: 2147483648}",
        ".to.revision",
        "less than or equal to 2147483647",
    ),
    in_target(
        "a revision in quotes", "to: {revision: '4'}", ".to.revision", "must be of type integer"
    ),
    in_target("half a revision", "to: {revision: 3.5}", ".to.revision", "must be of type integer"),
    in_target(
        "a revision as snapshot",
        "to: {snapshot: '4'}",
        ".to.snapshot",
        "the number that `kubectl rollout history` shows goes into to.revision",
    ),
    in_target(
        "a snapshot of digits without quotes",
        "to: {snapshot: 1234567890}",
        ".to.snapshot",
        "must be of type string",
    ),
    in_target(
        "a ReplicaSet as snapshot",
        "to: {snapshot: web-5d8f9c6b5d}",
        ".to.snapshot",
        "may not be more than 10",
    ),
    in_target("no image in to", "to: {images: {}}", ".to.images", "at least 1 properties"),
    in_target(
        "from and to the same",
        "from: {snapshot: a123456789}, to: {snapshot: a123456789}",
        ".to.snapshot",
        "name the same snapshot, so nothing could change",
    ),
    in_target("a word for pin", "pin: 'true'", ".pin", "must be of type boolean"),
]

COMPONENTS = [
    in_target(
        "selected components that are not named",
        "components: {mode: Selected}",
        ".components.names",
        "such as names: [web/image]",
    ),
    in_target(
        "named components that are not selected",
        "components: {names: [web/image]}",
        ".components.names",
        "heeded by mode: Selected only",
    ),
    in_target(
        "named components besides all artifacts",
        "components: {mode: Artifacts, names: [web/config]}",
        ".components.names",
        "heeded by mode: Selected only",
    ),
    in_target(
        "no component in names",
        "components: {mode: Selected, names: []}",
        ".components.names",
        "at least 1 items",
    ),
    in_target(
        "one component twice",
        "components: {mode: Selected, names: [web, web]}",
        ".components.names[1]",
        'Duplicate value: "web"',
    ),
    in_target(
        "too many components",
        f"components: {{mode: Selected, names: {MANY_NAMES}}}",
        ".components.names",
        "at most 64",
    ),
    *(
        in_target(
            f"{what} as component",
            f"components: {{mode: Selected, names: ['{name}']}}",
            ".components.names[0]",
            "give a component: <container>/image, <container>/config",
        )
        for what, name in {
            "a part that containers do not have": "web/env",
            "an image": "nginx:1.29",
            "a path": "spec.replicas",
            "the configuration of a volume": "volume:data/config",
            "a wildcard": "*/image",
        }.items()
    ),
    in_target(
        "a mode that does not exist",
        "components: {mode: Images}",
        ".components.mode",
        'supported values: "All", "Artifacts", "Selected"',
    ),
]

SETTINGS = [
    besides_targets(
        "an order that does not exist",
        "order: Parallel",
        "order",
        'supported values: "Reverse", "Listed"',
    ),
    besides_targets(
        "an answer to failure that does not exist",
        "onFailure: Retry",
        "onFailure",
        'supported values: "Stop", "Continue"',
    ),
    besides_targets(
        "an answer to unfinished rollouts that does not exist",
        "unfinishedRollout: Force",
        "unfinishedRollout",
        'supported values: "Refuse", "Wait", "Abandon"',
    ),
    besides_targets(
        "a reason as long as a postmortem",
        f"reason: {'x' * 1025}",
        "reason",
        "may not be more than 1024",
    ),
    besides_targets("a number as reason", "reason: 500", "reason", "must be of type string"),
    besides_targets("a word for dryRun", "dryRun: 'true'", "dryRun", "must be of type boolean"),
    besides_targets("a word for suspend", "suspend: later", "suspend", "must be of type boolean"),
    besides_targets(
        "no time to begin",
        "startingDeadlineSeconds: 0",
        "startingDeadlineSeconds",
        "greater than or equal to 1",
    ),
    besides_targets(
        "more than a week to begin",
        "startingDeadlineSeconds: 604801",
        "startingDeadlineSeconds",
        "less than or equal to 604800",
    ),
    besides_targets(
        "a deadline with its unit",
        "startingDeadlineSeconds: 5m",
        "startingDeadlineSeconds",
        "must be of type integer",
    ),
    besides_targets(
        "no time to serve", "timeoutSeconds: 0", "timeoutSeconds", "greater than or equal to 1"
    ),
    besides_targets(
        "more than a day to serve",
        "timeoutSeconds: 86401",
        "timeoutSeconds",
        "less than or equal to 86400",
    ),
    besides_targets(
        "deletion before the end",
        "ttlSecondsAfterFinished: -1",
        "ttlSecondsAfterFinished",
        "greater than or equal to 0",
    ),
    besides_targets(
        "deletion after more than a year",
        "ttlSecondsAfterFinished: 31536001",
        "ttlSecondsAfterFinished",
        "less than or equal to 31536000",
    ),
]


@pytest.mark.parametrize(
    ("spec", "field", "advice"),
    [*WHICH_DEPLOYMENTS, *SELECTORS, *VERSIONS, *COMPONENTS, *SETTINGS],
)
def test_nonsense_is_refused_with_the_field_and_what_to_do(
    spec: object, field: str, advice: str, desk: Shop
) -> None:
    answer = desk.kubectl(
        *("create", "--dry-run=server", "-f", "-"), input=request(spec), check=False
    )

    assert answer.returncode == 1
    assert answer.stderr.startswith(f"The {KIND} ")
    assert re.search(
        rf"(?m)(^\* | is invalid: ){re.escape(field)}: .*{re.escape(advice)}", answer.stderr
    )


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        pytest.param({"hold": "Enabled"}, "spec.hold", id="a_field_that_is_reserved"),
        pytest.param({"dryrun": True}, "spec.dryrun", id="a_misspelt_field"),
        pytest.param(
            {"targets": {"name": "web"}}, "spec.targets.name", id="one_target_instead_of_a_list"
        ),
        pytest.param(
            {"targets": [{"name": "web", "namespace": "shop"}]},
            "spec.targets[0].namespace",
            id="another_namespace",
        ),
        pytest.param(
            {"targets": [{"name": "web", "to": {"tag": "1.29"}}]},
            "spec.targets[0].to.tag",
            id="a_way_to_name_a_version_that_does_not_exist",
        ),
    ],
)
def test_a_field_that_does_not_exist_is_refused_by_strict_validation(
    spec: JsonObject, field: str, desk: Shop
) -> None:
    body = request({"targets": [{"name": "web"}], **spec})

    answer = desk.kubectl("create", "--dry-run=server", "-f", "-", input=body, check=False)

    assert answer.returncode == 1
    assert f'strict decoding error: unknown field "{field}"' in answer.stderr


MINIMAL: JsonObject = {"targets": [{"name": "web"}]}
GROUP_OF_TWO: JsonObject = {"targets": [{"name": "web"}, {"name": "api"}]}
AS_OF: JsonObject = {
    "selector": {
        "matchLabels": {"app.kubernetes.io/part-of": "shop"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["front", "back"]},
            {"key": "legacy", "operator": "DoesNotExist"},
        ],
    },
    "asOf": "2026-05-01T14:00:00+02:00",
}
FULL: JsonObject = {
    "targets": [
        {
            "name": "web",
            "from": {"images": {"web": "nginx:stable-bullseye-perl"}},
            "to": {"revision": 4},
            "pin": True,
            "components": {"mode": "Selected", "names": ["web/image", "volume:data/image", "pod"]},
        },
        {
            "name": "api.v2",
            "from": {"snapshot": "a123456789"},
            "to": {"images": {"api": "registry:5000/api@sha256:0123", "volume:data": "data:1"}},
            "components": {"mode": "Artifacts"},
        },
        {"name": "worker", "to": {"snapshot": "abcdef0123"}},
    ],
    "order": "Listed",
    "onFailure": "Continue",
    "unfinishedRollout": "Abandon",
    "reason": "5xx since the 14:02 release",
    "dryRun": True,
    "suspend": True,
    "startingDeadlineSeconds": 60,
    "timeoutSeconds": 120,
    "ttlSecondsAfterFinished": 86400,
}


def created(shop: Shop, spec: JsonObject) -> RollbackRequest:
    """Create a request and read it as the operator does."""
    answer = shop.kubectl("create", "-f", "-", "-o", "json", input=request(spec))
    return RollbackRequest.from_object(json.loads(answer.stdout))


def test_a_minimal_request_is_accepted_and_its_defaults_are_shown(empty_shop: Shop) -> None:
    spec = created(empty_shop, MINIMAL).spec

    [target] = spec.targets or []
    assert (target.name, target.from_, target.to, target.pin) == ("web", None, None, False)
    assert target.components.mode is Mode.ALL
    assert (spec.order, spec.starting_deadline_seconds, spec.timeout_seconds) == (
        Order.REVERSE,
        300,
        600,
    )


def test_a_full_request_is_accepted_and_kept_as_it_is(empty_shop: Shop) -> None:
    spec = created(empty_shop, FULL).spec

    kept = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    kept["targets"][1].pop("pin")
    kept["targets"][2].pop("pin")
    kept["targets"][2].pop("components")
    assert kept == FULL


def test_a_selector_with_a_time_is_accepted(empty_shop: Shop) -> None:
    spec = created(empty_shop, AS_OF).spec

    assert spec.targets is None
    assert spec.as_of == datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_request_is_queued_from_its_creation_on_while_no_operator_runs(empty_shop: Shop) -> None:
    at_once = created(empty_shop, MINIMAL).status

    later = empty_shop.kubectl("get", "rbr", "-o", "json")
    [stored] = json.loads(later.stdout)["items"]
    assert stored["status"] == {"phase": "Queued", "observedGeneration": -1}
    assert at_once == Status(phase=Phase.QUEUED, observed_generation=-1)


def test_a_status_cannot_be_given_by_whoever_makes_the_request(empty_shop: Shop) -> None:
    body = json.loads(request(MINIMAL)) | {"status": {"phase": "Completed"}}

    answer = empty_shop.kubectl(*("create", "-f", "-", "-o", "json"), input=json.dumps(body))

    assert json.loads(answer.stdout)["status"]["phase"] == "Queued"


@pytest.mark.parametrize(
    ("before", "change", "field"),
    [
        pytest.param(MINIMAL, {"targets": [{"name": "api"}]}, "targets", id="another_target"),
        pytest.param(MINIMAL, GROUP_OF_TWO, "targets", id="one_more_target"),
        pytest.param(GROUP_OF_TWO, MINIMAL, "targets", id="one_target_less"),
        pytest.param(
            GROUP_OF_TWO,
            {"targets": GROUP_OF_TWO["targets"][::-1]},
            "targets",
            id="targets_in_another_order",
        ),
        pytest.param(
            MINIMAL,
            {"targets": [{"name": "web", "to": {"revision": 4}}]},
            "targets",
            id="a_version_that_was_not_given",
        ),
        pytest.param(
            MINIMAL,
            {"targets": [{"name": "web", "components": {"mode": "Artifacts"}}]},
            "targets",
            id="other_components",
        ),
        pytest.param(FULL, MINIMAL, "targets", id="a_version_that_is_taken_away"),
        pytest.param(MINIMAL, {"targets": None, **AS_OF}, "selector", id="a_selector_instead"),
        pytest.param(AS_OF, {"selector": None, "asOf": None, **MINIMAL}, "asOf", id="no_selector"),
        pytest.param(
            AS_OF, {"selector": {"matchLabels": {"app": "x"}}}, "selector", id="another_selector"
        ),
        pytest.param(AS_OF, {"asOf": "2026-05-01T15:00:00Z"}, "asOf", id="another_time"),
        pytest.param(MINIMAL, {"order": "Listed"}, "order", id="another_order"),
        pytest.param(FULL, {"order": None}, "order", id="the_default_order"),
        pytest.param(MINIMAL, {"onFailure": "Continue"}, "onFailure", id="onFailure"),
        pytest.param(
            MINIMAL, {"unfinishedRollout": "Wait"}, "unfinishedRollout", id="unfinishedRollout"
        ),
        pytest.param(MINIMAL, {"reason": "because"}, "reason", id="a_reason_that_was_not_given"),
        pytest.param(FULL, {"reason": "because"}, "reason", id="another_reason"),
        pytest.param(FULL, {"reason": None}, "reason", id="a_reason_that_is_taken_away"),
        pytest.param(FULL, {"dryRun": False}, "dryRun", id="a_preview_made_real"),
        pytest.param(
            MINIMAL,
            {"startingDeadlineSeconds": 10},
            "startingDeadlineSeconds",
            id="startingDeadlineSeconds",
        ),
        pytest.param(MINIMAL, {"timeoutSeconds": 10}, "timeoutSeconds", id="timeoutSeconds"),
    ],
)
def test_what_was_asked_for_cannot_be_changed(
    before: JsonObject, change: JsonObject, field: str, empty_shop: Shop
) -> None:
    created(empty_shop, before)

    answer = patched(empty_shop, change, check=False)

    assert answer.returncode == 1
    advice = f"{field} cannot be changed: make a new request under another name"
    assert f"spec.{field}: Forbidden: {advice}" in answer.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"suspend": True},
        {"ttlSecondsAfterFinished": 60},
        {"ttlSecondsAfterFinished": None},
        {"suspend": False, "ttlSecondsAfterFinished": 0},
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("before", [MINIMAL, FULL, AS_OF], ids=["minimal", "full", "selector"])
def test_suspend_and_ttl_may_be_changed(
    before: JsonObject, change: JsonObject, empty_shop: Shop
) -> None:
    created(empty_shop, before)

    answer = patched(empty_shop, change)

    spec = json.loads(answer.stdout)["spec"]
    assert {field: spec.get(field) for field in change} == change


def test_applying_the_same_request_again_changes_nothing(empty_shop: Shop) -> None:
    once = empty_shop.kubectl("apply", "-f", "-", "-o", "json", input=request(FULL))
    again = empty_shop.kubectl("apply", "-f", "-", "-o", "json", input=request(FULL))

    first, second = json.loads(once.stdout), json.loads(again.stdout)
    assert second["metadata"]["generation"] == first["metadata"]["generation"] == 1
    assert (second["spec"], second["status"]) == (first["spec"], first["status"])


def patched(
    shop: Shop, change: JsonObject, *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Change the spec of the one request."""
    return shop.kubectl(
        *("patch", "rbr", "checkout-500s", "--type=merge", "-o", "json"),
        *("-p", json.dumps({"spec": change})),
        check=check,
    )


ENDED: JsonObject = {
    "phase": "Completed",
    "observedGeneration": 1,
    "reason": "RolledBack",
    "message": "web is back at revision 4",
    "requester": "alice@example.com",
    "targetNames": "web",
    "change": "1.29 → 1.28",
    "duration": "2s",
}


def test_the_list_of_requests_reads_as_an_activity_list(empty_shop: Shop) -> None:
    created(empty_shop, {**MINIMAL, "reason": "5xx"})
    answered(empty_shop, ENDED)

    header, line = empty_shop.kubectl("get", "rbr").stdout.splitlines()
    wide_header, wide_line = empty_shop.kubectl("get", "rbr", "-o", "wide").stdout.splitlines()

    columns = "NAME PHASE TARGETS CHANGE REASON REQUESTER DURATION AGE"
    assert header.split() == columns.split()
    assert re.split(r" {2,}", line)[:-1] == [
        *("checkout-500s", "Completed", "web", "1.29 → 1.28"),
        *("RolledBack", "alice@example.com", "2s"),
    ]
    assert wide_header.split() == [*columns.split(), "WHY", "MESSAGE"]
    assert re.split(r" {2,}", wide_line.strip())[-2:] == ["5xx", "web is back at revision 4"]


def test_every_part_of_a_status_is_stored(empty_shop: Shop) -> None:
    request_made = created(empty_shop, MINIMAL)
    now = "2026-05-01T14:02:07.123456Z"
    version = {"snapshot": "a123456789", "revision": 4, "images": {"web": "nginx:1"}}
    target = {
        "name": "web",
        "uid": request_made.uid,
        "phase": "Completed",
        "reason": "RolledBack",
        "message": "done",
        "from": version,
        "to": version,
        "components": [{"name": "web/image", "from": "a", "to": "b", "state": "Reverted"}],
        "rollout": {"desired": 3, "updated": 3, "available": 3},
        "fingerprint": "0123",
        "following": "other",
        "startedAt": now,
        "finishedAt": now,
    }
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "RolledBack",
        "message": "done",
        "observedGeneration": 1,
        "lastTransitionTime": now,
    }
    status = {
        **ENDED,
        "startedAt": now,
        "finishedAt": now,
        "targets": [target],
        "log": [{"at": now, "text": "patched web"}],
        "conditions": [condition],
    }

    stored = answered(empty_shop, status)

    assert stored == status
    assert Status.model_validate(stored).reason is Reason.ROLLED_BACK


def answered(shop: Shop, status: JsonObject) -> JsonObject:
    """Write the status of the one request as the operator would; return what was stored."""
    answer = shop.kubectl(
        *("patch", "rbr", "checkout-500s", "--subresource=status"),
        *("--type=merge", "-o", "json", "-p", json.dumps({"status": status})),
    )
    stored: JsonObject = json.loads(answer.stdout)["status"]
    return stored


def test_a_reason_of_a_newer_operator_can_be_stored(empty_shop: Shop) -> None:
    created(empty_shop, MINIMAL)

    stored = answered(empty_shop, {**ENDED, "reason": "InventedLater"})

    assert stored["reason"] == "InventedLater"


def test_a_phase_that_does_not_exist_cannot_be_stored(empty_shop: Shop) -> None:
    created(empty_shop, MINIMAL)

    with pytest.raises(AssertionError, match='"Queued", "InProgress", "Completed", "Exception"'):
        answered(empty_shop, {"phase": "Succeeded"})


@pytest.mark.parametrize(
    ("path", "telling"),
    [
        ("rbr", "A request to put the previous artifact of a Deployment back."),
        ("rbr.spec", "make a new request under another name"),
        ("rbr.spec.targets", "Name of the Deployment."),
        ("rbr.spec.targets.components.mode", "ENUM: All Artifacts Selected"),
        ("rbr.status.phase", "ENUM: Queued InProgress Completed Exception"),
    ],
)
def test_kubectl_explain_describes_the_fields(path: str, telling: str, desk: Shop) -> None:
    assert telling in " ".join(desk.kubectl("explain", path).stdout.split())
