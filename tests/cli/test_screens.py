"""What people see. `make golden` writes the files anew; `docs/plugin.md` shows the same ones."""

from typing import Any

import pytest

from builders import a_deployment, a_history, a_request
from builders.plugin import a_log, a_preview, a_target, an_answer, answered, recorded, refused
from fake_plugin_cluster import FakePluginCluster
from plugin_runner import Golden, Plugin
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.program import COMMANDS

STARTED = "2030-01-01T12:00:01Z"
ROLLING_BACK = "web: RollingBack: deployment shop/web was patched to nginx:A"
ROLLED_BACK = "web: RolledBack: deployment shop/web is back on nginx:A; 2 of 2 available"


def two_releases(api: FakePluginCluster) -> None:
    history = a_history().of("A", manager="argocd").of("B", manager="argocd", cause="release 14:02")
    api.has(recorded(history.build()).obj)


def the_end(**fields: Any) -> dict[str, Any]:
    return an_answer(a_target(startedAt=STARTED, **fields), log=a_log(ROLLING_BACK, ROLLED_BACK))


def test_the_history(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    two_releases(api)

    golden("history", plugin("history", "web").out)


def test_the_history_with_all_columns(
    api: FakePluginCluster, plugin: Plugin, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = a_history().adopted("A").of("B", cause="release 14:02").unverified("C")
    api.has(recorded(history.with_gap("D").build()).obj)
    monkeypatch.delenv("TTY_COMPATIBLE")

    golden("history-wide", plugin("history", "web", "-o", "wide").out)


def test_the_history_of_a_deployment_whose_newest_rollout_failed(
    api: FakePluginCluster, plugin: Plugin, golden: Golden
) -> None:
    bad = a_deployment("C").at_revision(3).counting(1, 3, 2)
    api.has(recorded(a_history("A", "B").build(), bad).obj)

    golden("history-unfinished", plugin("history", "web").out)


def test_the_difference(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    two_releases(api)

    golden("diff", plugin("diff", "web").out)


def test_a_preview(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    api.answering(an_answer(a_preview()))

    golden("preview", plugin("preview", "web").out)


def test_a_preview_of_what_would_not_succeed(
    api: FakePluginCluster, plugin: Plugin, golden: Golden
) -> None:
    problem = "ConfigMap settings is missing"
    found = a_preview(wouldSucceed=False, problems=[problem], missing=["ConfigMap settings"])
    api.answering(an_answer(found))

    golden("preview-problems", plugin("preview", "web").out)


def test_a_preview_of_several(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    api.answering(an_answer(a_preview("web", turn=1), a_preview("backend", turn=2)))

    golden("preview-group", plugin("preview", "backend", "web").out)


def test_a_rollback_that_is_confirmed(
    api: FakePluginCluster, plugin: Plugin, golden: Golden
) -> None:
    api.answering(an_answer(a_preview()), the_end())

    shown = plugin("web", "--reason", "5xx since 14:02", stdin="y\n")

    golden("rollback", shown.out)
    golden("rollback-progress", shown.err)


def test_a_refusal(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    why = "deployment shop/web: revision 3 (nginx:A) is itself a return to an earlier version"
    api.answering(refused("AlreadyRolledBack", why))

    golden("refusal", plugin("web").out)


def test_the_status(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    request = a_request("checkout-500s").saying(reason="5xx since 14:02")
    steps = [
        {"name": "undo-schema", "when": "before", "job": "undo-schema-1", "state": "Succeeded"}
    ]
    warning = "Argo CD will bring it back: change the image in Git too"
    api.has(answered(request, the_end(steps=steps, warning=warning)))

    golden("status", plugin("status", "checkout-500s").out)


def test_the_log(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    api.has(answered(a_request("checkout-500s"), the_end()))

    golden("log", plugin("log", "checkout-500s").out)


def test_the_activity(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    why = "deployment shop/web: revision 3 (nginx:A) is itself a return to an earlier version"
    api.has(
        answered(a_request("checkout-500s"), the_end()),
        answered(a_request("again"), refused("AlreadyRolledBack", why)),
    )

    golden("list", plugin("list").out)


def test_the_request_for_git(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    two_releases(api)

    shown = plugin("web", "--name", "checkout-500s", "--from-live", "--dry-run", "client")

    golden("dry-run", shown.out)


def test_no_operator(plugin: Plugin, golden: Golden) -> None:
    shown = plugin("web", "--yes", "--timeout", "15s")

    assert shown.code == ExitCode.UNFINISHED
    golden("no-operator", shown.err)


def test_no_history(api: FakePluginCluster, plugin: Plugin, golden: Golden) -> None:
    api.has(a_deployment("A").obj)

    golden("no-history", plugin("history", "web").err)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help(plugin: Plugin, golden: Golden, command: str) -> None:
    golden(f"help-{command}", plugin(command, "--help").out)


def test_the_help_of_all(plugin: Plugin, golden: Golden) -> None:
    golden("help", plugin("--help").out)
