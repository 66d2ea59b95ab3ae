"""What is made of objects, also of those of a newer operator or of none."""

from typing import Any

import pytest

from builders import NOON, a_deployment, a_history, a_request
from builders.plugin import a_target, an_answer, answered, recorded
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.problems import Problem
from rollback_operator.cli.views import activity, difference, history, request
from rollback_operator.cli.views.hints import HINTS
from rollback_operator.cli.wish import Version
from rollback_operator.domain.names import HISTORY, RECORD_LABEL
from rollback_operator.domain.outcomes import OUTCOMES


def marks(seen: history.HistoryView) -> list[tuple[int, str]]:
    """Return the revisions with their marks, newest first."""
    return [
        (version.revision, "live" if version.live else "goal" if version.goal else "")
        for version in seen.versions
    ]


def test_the_live_version_and_the_default_goal_are_marked() -> None:
    seen = history.view(recorded(a_history("A", "B", "C").build()).obj)

    assert marks(seen) == [(3, "live"), (2, "goal"), (1, "")]
    assert (seen.rollbackable, seen.reason) == ("True", "EarlierSnapshot")


def test_after_a_rollback_there_is_no_default_goal() -> None:
    seen = history.view(recorded(a_history("A", "B").returned_to("A").build()).obj)

    assert marks(seen) == [(3, "live"), (2, ""), (1, "")]
    assert (seen.rollbackable, seen.reason) == ("False", "AlreadyRolledBack")


def test_an_unfinished_rollout_is_not_a_version() -> None:
    live = a_deployment("C").at_revision(3).rolling_out()

    seen = history.view(recorded(a_history("A", "B").build(), live).obj)

    assert marks(seen) == [(2, ""), (1, "")]
    assert "revision 3 (web=nginx:C)" in seen.unrecorded


def test_a_rollout_that_the_controller_has_not_seen_is_shown_without_a_number() -> None:
    live = a_deployment("C").at_revision(2).counting(2, 2, 2, observed=0)

    seen = history.view(recorded(a_history("A", "B").build(), live).obj)

    assert "Live is web=nginx:C, which is not recorded: the deployment" in seen.unrecorded


def test_the_history_of_another_object_is_not_shown() -> None:
    copied = recorded(a_history("A", "B").build()).of_uid("another")

    assert history.view(copied.obj).versions == ()
    assert "of another object" in history.why_empty(copied.obj)


@pytest.mark.parametrize("text", ["", "{}", "no JSON", '{"uid": "deployment-uid"}', "[" * 100_000])
def test_a_broken_history_is_no_history(text: str) -> None:
    broken = a_deployment("A").annotated({HISTORY: text})

    assert history.view(broken.obj).versions == ()


def test_a_deployment_that_is_not_to_be_recorded_says_so() -> None:
    left_out = a_deployment("A").labelled(**{RECORD_LABEL: "disabled"})

    assert RECORD_LABEL in history.why_empty(left_out.obj)


def test_a_request_that_nobody_looked_at() -> None:
    new = answered(a_request(), {"phase": "Queued", "observedGeneration": -1})

    seen = request.view(new)

    assert (seen.answered, seen.is_over, seen.exit_code) == (False, False, ExitCode.UNFINISHED)


def test_a_request_without_a_status_is_queued() -> None:
    assert request.view(a_request().obj).phase == "Queued"


def test_a_newer_operator_may_say_what_is_not_known_here() -> None:
    target = a_target(reason="FromTheFuture", kind="StatefulSet") | {"from": None}
    newer = an_answer(target, oracle=["x"], phase="Completed")

    seen = request.view(answered(a_request(), newer))

    assert (seen.reason, seen.advice, seen.exit_code) == ("FromTheFuture", "", ExitCode.DONE)
    assert [target.left for target in seen.targets] == ["-"]


def test_the_activity_is_listed_newest_first() -> None:
    old, new = (a_request(name)._with("metadata", creationTimestamp=at) for name, at in TIMES)  # noqa: SLF001

    listed = activity.select([old.obj, new.obj], None, previews=False)

    assert [entry.name for entry in activity.entries(listed)] == ["new", "old"]


TIMES = (("old", "2030-01-01T12:00:00Z"), ("new", "2030-01-01T13:00:00Z"))


def test_the_activity_leaves_out_previews_and_other_deployments() -> None:
    mine, other = a_request("mine"), a_request("other").of_targets("backend")
    requests = [r.obj for r in (mine, other, a_request("dry").saying(dryRun=True))]

    def names(deployment: str | None, *, previews: bool) -> list[str]:
        chosen = activity.select(requests, deployment, previews=previews)
        return sorted(entry.name for entry in activity.entries(chosen))

    assert names(None, previews=False) == ["mine", "other"]
    assert names(None, previews=True) == ["dry", "mine", "other"]
    assert names("backend", previews=False) == ["other"]


@pytest.mark.parametrize(
    ("to", "goal"),
    [
        (None, "revision 2 (nginx:B)"),
        (Version(revision=1), "revision 1 (nginx:A)"),
        (Version(images={"web": "nginx:A"}), "revision 1 (nginx:A)"),
        (Version(snapshot="SECOND"), "revision 2 (nginx:B)"),
    ],
)
def test_the_difference_to_a_version(to: Version | None, goal: str) -> None:
    built = a_history("A", "B", "C").build()
    if to and to.snapshot:
        to = Version(snapshot=built.snapshots[1].id)

    seen = difference.view(recorded(built).obj, to)

    assert (seen.left, seen.goal) == ("revision 3 (nginx:C)", goal)
    assert seen.lines == (f"web/image: nginx:C → {goal[-8:-1]}",)


def test_a_failed_rollout_is_compared_with_the_newest_success() -> None:
    live = a_deployment("C").at_revision(3).rolling_out()

    seen = difference.view(recorded(a_history("A", "B").build(), live).obj, None)

    assert seen.lines == ("web/image: nginx:C → nginx:B",)


@pytest.mark.parametrize(
    ("obj", "to", "code"),
    [
        (a_deployment("A").obj, None, ExitCode.UNEXPECTED),
        (recorded(a_history("A").build()).obj, None, ExitCode.REFUSED),
        (recorded(a_history("A", "B").build()).obj, Version(revision=9), ExitCode.REFUSED),
        (recorded(a_history("A", "B").build()).obj, Version(snapshot="none"), ExitCode.REFUSED),
    ],
)
def test_what_cannot_be_compared(obj: dict[str, Any], to: Version | None, code: ExitCode) -> None:
    with pytest.raises(Problem) as told:
        difference.view(obj, to)

    assert told.value.code == code


def test_hints_are_for_refusals() -> None:
    assert all(OUTCOMES[reason].phase == "Exception" for reason in HINTS)


def test_noon_is_when_builders_record() -> None:
    [first, *_] = history.view(recorded(a_history("A").build()).obj).versions

    assert (first.completed - NOON).seconds == 60
