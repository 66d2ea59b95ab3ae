"""What a dry run tells of one target."""

from datetime import timedelta
from typing import Any

import pytest

from builders import (
    NOON,
    WorldBuilder,
    a_deployment,
    a_history,
    a_request,
    a_snapshot,
    a_template,
    a_world,
)
from rollback_operator.domain import target_report
from rollback_operator.domain.decisions import Restore
from rollback_operator.domain.group import Judged
from rollback_operator.domain.judge import judge
from rollback_operator.domain.preview import (
    Rehearsal,
    Surroundings,
    expected_duration,
    preview,
    previewed,
)
from rollback_operator.domain.preview_status import Preview
from rollback_operator.domain.references import Kind, Reference
from rollback_operator.domain.snapshot import History, Origin
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.step import Step, When
from rollback_operator.domain.template import JsonObject

STORED: JsonObject = {"spec": {"replicas": 2, "template": dict(a_template("A").body)}}
ACCEPTED = Rehearsal(stored=STORED)
GONE = Reference(Kind.CONFIG_MAP, "conf-1")


def seen(rehearsal: Rehearsal = ACCEPTED, **around: Any) -> Surroundings:
    return Surroundings(rehearsal, **around)


def of(surroundings: Surroundings, world: WorldBuilder | None = None, targets: int = 1) -> Preview:
    """Return the preview of a rollback from B to A."""
    built = (world or a_world()).build()
    plan = judge(built)
    assert isinstance(plan, Restore)
    return preview(built, plan, surroundings, 1, targets)


def status() -> TargetStatus:
    """Return the status of a target that was judged for a dry run."""
    world = a_world().build()
    return target_report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=True)


def a_quota(hard: str) -> JsonObject:
    numbers = {"hard": {"pods": hard}, "used": {"pods": "2"}}
    return {"metadata": {"name": "small"}, "spec": {"hard": {"pods": hard}}, "status": numbers}


def test_where_nothing_is_in_the_way_it_would_succeed() -> None:
    found = of(seen())

    assert (found.would_succeed, found.problems, found.diff) == (
        True,
        [],
        ["web/image: nginx:B → nginx:A"],
    )
    assert previewed(status(), found).message == status().message


@pytest.mark.parametrize(
    ("surroundings", "problem"),
    [
        (seen(gone=[GONE]), "ConfigMap conf-1 is gone"),
        (seen(Rehearsal(denial="no!")), "the API server refuses the patch: no!"),
        (
            seen(quotas=[a_quota("2")]),
            "ResourceQuota small allows 2 pods, of which 2 are used, and the rollout needs 3",
        ),
        (
            seen(refused="api"),
            "nothing would be touched, as target api would be refused",
        ),
    ],
)
def test_a_problem_is_told_and_stands_in_the_message(
    surroundings: Surroundings, problem: str
) -> None:
    found = of(surroundings)
    told = previewed(status(), found)

    assert (found.would_succeed, found.problems) == (False, [problem])
    assert told.message.endswith(f", but that would not succeed: {problem}")
    assert (told.phase, told.reason) == ("Completed", "Previewed")


def test_a_warning_is_no_problem() -> None:
    found = of(seen(Rehearsal(stored=STORED, warnings=["would violate PodSecurity"])))

    assert (found.would_succeed, found.server_says) == (True, ["would violate PodSecurity"])


def test_a_denial_is_passed_on_without_the_values_that_it_quotes() -> None:
    token = [{"name": "TOKEN", "value": "hunter2"}]
    history = a_history(a_template("A", env=token), "B")

    found = of(seen(Rehearsal(denial='env[0].value: Invalid value: "hunter2"')), a_world(history))

    assert found.server_says == ['env[0].value: Invalid value: "(hidden)"']
    assert "hunter2" not in found.model_dump_json()


def test_what_was_not_looked_at_is_not_said_to_be_there_or_gone() -> None:
    unread = [Reference(Kind.SECRET, "tls"), GONE]
    found = of(seen(Rehearsal(unknown="no dry run"), unread=unread, quotas=None, budgets=None))

    assert (found.would_succeed, found.missing) == (True, [])
    assert found.unchecked == [
        "admission: no dry run",
        "ResourceQuotas: no right to read them",
        "PodDisruptionBudgets: no right to read them",
        "Secret tls: Secrets are never read",
        "ConfigMap conf-1: no right to read it",
    ]


def test_quotas_are_computed_for_what_would_be_stored() -> None:
    """A mutating policy may make pods bigger than the record has them."""
    bigger = a_template("A", resources={"limits": {"cpu": "4"}})
    stored = {"spec": {"replicas": 2, "template": dict(bigger.body)}}
    live = a_template("B", resources={"limits": {"cpu": "1"}})
    numbers = {"hard": {"limits.cpu": "8"}, "used": {"limits.cpu": "2"}}
    quota = {"metadata": {"name": "small"}, "spec": {"hard": numbers["hard"]}, "status": numbers}

    found = of(seen(Rehearsal(stored=stored), quotas=[quota]), a_world(a_history("A", live)))

    assert [(line.needed, line.fits) for line in found.quota] == [("9", False)]


def test_a_denied_rollout_needs_no_quota() -> None:
    assert of(seen(Rehearsal(denial="no!"), quotas=[a_quota("1")])).quota == []


def test_the_budgets_of_the_live_pods_are_named_with_their_headroom() -> None:
    def a_budget(name: str, app: str, **status: int) -> JsonObject:
        selector = {"matchLabels": {"app": app}}
        return {"metadata": {"name": name}, "spec": {"selector": selector}, "status": status}

    ours = a_budget("ours", "web", disruptionsAllowed=1)
    fresh, others = a_budget("fresh", "web"), a_budget("others", "api", disruptionsAllowed=5)

    found = of(seen(budgets=[ours, others, fresh])).disruption_budgets

    assert [(b.name, b.disruptions_allowed) for b in found] == [("ours", 1), ("fresh", 0)]


def test_the_pods_that_are_there_will_be_replaced() -> None:
    live = a_deployment("B").at_revision(2).scaled_to(5)

    assert of(seen(), a_world().live(live)).pods_replaced == 5


def test_the_expected_duration_is_the_median_of_what_was_watched() -> None:
    """A mean would follow the one rollout that hung for an hour."""

    def took(seconds: int, revision: int, **fields: Any) -> Any:
        started = NOON + timedelta(minutes=revision, seconds=-seconds)
        return a_snapshot("A", revision, started=started, **fields)

    watched = [took(10, 1), took(20, 2), took(3600, 3)]
    others = [
        took(1, 4, gap=True),
        took(1, 5, origin=Origin.ADOPTED),
        took(1, 6, verified=False),
        a_snapshot("A", 7),
    ]

    assert expected_duration(History("uid", snapshots=(*watched, *others))) == "20s"
    assert expected_duration(History("uid", snapshots=tuple(others))) is None


def test_however_much_there_is_to_say_the_status_can_hold_it() -> None:
    env = [{"name": f"A{n}" * 300, "value": str(n)} for n in range(300)]
    gone = [Reference(Kind.CONFIG_MAP, f"conf-{n}") for n in range(300)]
    warnings = ["w" * 2000] * 300
    quotas = [a_quota(str(n)) for n in range(300)]

    found = of(
        seen(Rehearsal(stored=STORED, warnings=warnings), gone=gone, quotas=quotas),
        a_world(a_history(a_template("A", env=env), "B")),
    )

    assert (len(found.diff), found.diff[-1]) == (100, "… and 202 more")
    assert (len(found.missing), found.missing[-1]) == (64, "… and 237 more")
    assert len(previewed(status(), found).message) <= target_report.MESSAGE_LIMIT
    assert len(found.model_dump_json()) < 150_000


def test_many_targets_share_the_lines() -> None:
    env = [{"name": f"A{n}", "value": str(n)} for n in range(300)]
    found = of(seen(), a_world(a_history(a_template("A", env=env), "B")), targets=400)

    assert found.diff == ["web/image: nginx:B → nginx:A", "web/config: env[A0] (added)", LEFT_OUT]


LEFT_OUT = "… and 299 more"


def a_step(name: str, when: When, *images: str, **pod: Any) -> Step:
    containers = [{"name": f"c{n}", "image": i, "args": ["hunter2"]} for n, i in enumerate(images)]
    return Step(
        when, name, {"spec": {"template": {"spec": {"containers": containers, **pod}}}}, None
    )


def test_it_lists_the_steps_of_the_rollout_that_is_left_in_their_order() -> None:
    steps = (
        a_step("warm", When.AFTER, "tools:3"),
        a_step("drain", When.BEFORE, "tools:1", serviceAccountName="default"),
        a_step("backup", When.BEFORE, "tools:2", "tools:2b"),
    )
    history = a_history().of("A", steps=(a_step("of-a", When.BEFORE, "tools:0"),))

    found = of(seen(), a_world(history.of("B", steps=steps))).steps

    assert [(s.when, s.name, s.service_account, s.images) for s in found] == [
        ("before", "drain", "default", ["tools:1"]),
        ("before", "backup", "default", ["tools:2", "tools:2b"]),
        ("after", "warm", "default", ["tools:3"]),
    ]
    assert "hunter2" not in str(found)


def test_an_abandoned_rollout_has_no_steps_to_list() -> None:
    steps = (a_step("drain", When.BEFORE, "tools:1"),)
    world = a_world(a_history("A").of("B", steps=steps)).unfinished("C")

    assert of(seen(), world.asked(a_request().abandoning())).steps == []
