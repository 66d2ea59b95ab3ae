"""Room for a rollout in ResourceQuotas, counted as pods come and go."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_container, a_pod, a_template
from rollback_operator.domain.quantity import format_quantity, parse_quantity
from rollback_operator.domain.quota import Change, Room, Strategy, room_for
from rollback_operator.domain.template import JsonObject, Template


def a_quota(hard: str, used: str, resource: str = "pods", **spec: Any) -> JsonObject:
    return {
        "metadata": {"name": "small"},
        "spec": {"hard": {resource: hard}, **spec},
        "status": {"hard": {resource: hard}, "used": {resource: used}},
    }


def using(part: str = "limits", **resources: str) -> Template:
    return a_template("A", resources={part: resources})


def room(
    quota: JsonObject,
    live: Template | None = None,
    result: Template | None = None,
    strategy: Strategy = Strategy(2, surge=1, unavailable=0),  # noqa: B008 - frozen
) -> Room:
    """Return the room for a Deployment of two pods, both there."""
    change = Change(live or a_template(), result or a_template(), strategy, pods=2)
    return room_for(change, [quota])


def needed(*arguments: Any, **options: Any) -> tuple[str, bool]:
    [line] = room(*arguments, **options).lines
    return line.needed, line.fits


@pytest.mark.parametrize(("hard", "fits"), [("3", True), ("2", False)])
def test_one_pod_more_is_needed_where_none_may_be_missed(hard: str, fits: bool) -> None:  # noqa: FBT001
    """Who compares the replicas with the limit forgets the surge."""
    assert needed(a_quota(hard, "2")) == ("3", fits)


def test_none_more_is_needed_where_one_may_be_missed() -> None:
    """Who adds the whole surge cries wolf: the rollout gets on without it."""
    assert needed(a_quota("2", "2"), strategy=Strategy(2, 1, unavailable=1)) == ("2", True)


def test_recreate_needs_no_more_than_the_replicas() -> None:
    strategy = Strategy(2, 1, 0, recreate=True)

    assert needed(a_quota("2", "2"), strategy=strategy) == ("2", True)


def test_what_others_use_counts() -> None:
    assert needed(a_quota("10", "9")) == ("10", True)
    assert needed(a_quota("10", "10")) == ("11", False)


def test_scaled_to_nothing_needs_nothing() -> None:
    assert needed(a_quota("1", "2"), strategy=Strategy(0, 1, 0)) == ("0", True)


def test_bigger_pods_need_room_until_the_last_one() -> None:
    """Who looks at the beginning only finds 1 + 1 + 3; at the end it is 3 + 3."""
    quota = a_quota("5", "2", "limits.cpu")

    assert needed(quota, using(cpu="1"), using(cpu="3"), Strategy(2, 1, 0)) == ("7", False)
    assert needed(quota, using(cpu="1"), using(cpu="3"), Strategy(2, 1, 1)) == ("6", False)


@pytest.mark.parametrize("resource", ["requests.memory", "memory"])
def test_a_request_that_is_not_said_is_the_limit(resource: str) -> None:
    template = using(memory="512Mi")

    assert needed(a_quota("2Gi", "1Gi", resource), template, template) == ("1536Mi", True)


def test_init_containers_run_one_by_one_and_sidecars_stay() -> None:
    def cpu(amount: str) -> JsonObject:
        return {"resources": {"limits": {"cpu": amount}}}

    template = a_pod(
        a_container("web", **cpu("200m")),
        initContainers=[
            a_container("sidecar", restartPolicy="Always", **cpu("100m")),
            a_container("migrate", **cpu("700m")),
        ],
        overhead={"cpu": "50m"},
    )
    strategy = Strategy(1, 1, 0, recreate=True)

    assert needed(a_quota("1", "0", "limits.cpu"), using(cpu="0"), template, strategy) == (
        "850m",
        True,
    )


@pytest.mark.parametrize(
    ("quota", "template", "text"),
    [
        (a_quota("2", "2", "limits.cpu"), a_template(), "not every container says its limits.cpu"),
        (a_quota("2", "2", scopes=["NotTerminating"]), a_template(), "it has scopes"),
        ({**a_quota("2", "2"), "status": {}}, a_template(), "pods is not enforced yet"),
    ],
)
def test_what_cannot_be_computed_is_said(quota: JsonObject, template: Template, text: str) -> None:
    found = room(quota, template, template)

    assert (found.lines, found.unchecked) == ((), (f"ResourceQuota small: {text}",))


def test_a_quota_of_other_things_is_left_alone() -> None:
    assert room(a_quota("2", "2", "services", scopes=["BestEffort"])) == Room((), ())


@pytest.mark.parametrize(
    ("spec", "strategy"),
    [
        ({"replicas": 2}, Strategy(2, surge=1, unavailable=0)),
        ({"replicas": 4}, Strategy(4, surge=1, unavailable=1)),
        (
            {
                "replicas": 3,
                "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}},
            },
            Strategy(3, surge=0, unavailable=1),
        ),
        (
            {"replicas": 3, "strategy": {"type": "Recreate"}},
            Strategy(3, surge=1, unavailable=0, recreate=True),
        ),
    ],
)
def test_percentages_are_rounded_as_the_controller_does(
    spec: JsonObject, strategy: Strategy
) -> None:
    assert Strategy.from_spec(spec) == strategy


@given(
    replicas=st.integers(1, 12),
    surge=st.integers(0, 5),
    unavailable=st.integers(0, 5),
    old=st.integers(1, 5),
    new=st.integers(1, 5),
)
def test_a_rollout_ends_with_what_is_needed_and_hangs_with_less(
    replicas: int, surge: int, unavailable: int, old: int, new: int
) -> None:
    """Carried out pod by pod: the formula is what the controller needs, no more and no less."""
    strategy = Strategy(replicas, surge, unavailable if surge else max(unavailable, 1))
    least = int(strategy.least(Decimal(old), Decimal(new)))
    present = replicas * old

    assert reaches_its_end(strategy, old, new, max(least, 0))
    assert least <= present or not reaches_its_end(strategy, old, new, least - 1)


def reaches_its_end(strategy: Strategy, old: int, new: int, limit: int) -> bool:
    """Take old pods away as far as allowed, add one new pod at a time while there is room."""
    olds, news = strategy.replicas, 0
    while news < strategy.replicas:
        olds = min(olds, max(strategy.replicas - strategy.unavailable - news, 0))
        if olds * old + (news + 1) * new > limit:
            return False
        news += 1
    return True


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", "0.5"), ("1.5Gi", "1610612736"), ("2e3", "2000"), ("1E", "1e18"), ("100u", "0.0001")],
)
def test_quantities_are_read(text: str, value: str) -> None:
    assert parse_quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "much", "1Xi", "1 Gi"])
def test_what_is_no_quantity_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["3", "250m", "1536Mi", "2Gi", "1000", "0", "1024"])
def test_quantities_are_written_as_they_are_read(text: str) -> None:
    assert format_quantity(parse_quantity(text)) == text
