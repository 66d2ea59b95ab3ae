"""From the command line to the request, to its end, to the exit code."""

from typing import Any

import pytest

from builders import a_deployment, a_request
from builders.plugin import a_log, a_preview, a_target, an_answer, answered, refused
from fake_plugin_cluster import FakePluginCluster
from plugin_runner import Plugin
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.problems import forbidden

STARTED = "2030-01-01T12:00:01Z"


def spec_of(api: FakePluginCluster, plugin: Plugin, *words: str) -> dict[str, Any]:
    """Return the spec that these words ask for."""
    plugin(*words, "--yes", "--no-wait")
    spec = api.created[-1]["spec"]
    assert isinstance(spec, dict)
    return spec


def a_rolled_back(**fields: Any) -> dict[str, Any]:
    return an_answer(a_target(startedAt=STARTED, **fields))


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (["web"], {"name": "web"}),
        (["to", "web"], {"name": "web"}),
        (["deployment/web"], {"name": "web"}),
        (["deployment.apps/web"], {"name": "web"}),
        (["web", "--revision", "4"], {"name": "web", "to": {"revision": 4}}),
        (["--snapshot", "f00dcafe12", "web"], {"name": "web", "to": {"snapshot": "f00dcafe12"}}),
        (
            ["web", "--image", "web=nginx:1", "--image", "log=fluent:2"],
            {"name": "web", "to": {"images": {"web": "nginx:1", "log": "fluent:2"}}},
        ),
        (["web", "--pin"], {"name": "web", "pin": True}),
        (["web", "--artifacts"], {"name": "web", "components": {"mode": "Artifacts"}}),
        (
            ["web", "--component", "web/image", "--component", "pod"],
            {"name": "web", "components": {"mode": "Selected", "names": ["web/image", "pod"]}},
        ),
    ],
)
def test_words_become_a_target(
    api: FakePluginCluster, plugin: Plugin, words: list[str], target: dict[str, Any]
) -> None:
    assert spec_of(api, plugin, *words) == {"targets": [target]}


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (["--reason", "5xx"], {"reason": "5xx"}),
        (["--on-failure", "continue"], {"onFailure": "Continue"}),
        (["--order", "listed"], {"order": "Listed"}),
        (["--unfinished", "abandon"], {"unfinishedRollout": "Abandon"}),
        (["--target-timeout", "1h30m"], {"timeoutSeconds": 5400}),
        (["--starting-deadline", "90"], {"startingDeadlineSeconds": 90}),
        (["--ttl", "2d"], {"ttlSecondsAfterFinished": 172800}),
    ],
)
def test_words_become_fields_of_the_spec(
    api: FakePluginCluster, plugin: Plugin, words: list[str], fields: dict[str, Any]
) -> None:
    assert spec_of(api, plugin, "web", *words) == {"targets": [{"name": "web"}], **fields}


def test_several_deployments_become_one_request(api: FakePluginCluster, plugin: Plugin) -> None:
    spec = spec_of(api, plugin, "web", "backend", "web")

    assert spec == {"targets": [{"name": "web"}, {"name": "backend"}]}


def test_deployments_are_selected_as_of_a_time(api: FakePluginCluster, plugin: Plugin) -> None:
    spec = spec_of(api, plugin, "-l", "app=shop", "-l", "tier=web", "--as-of", "15m")

    assert spec == {
        "selector": {"matchLabels": {"app": "shop", "tier": "web"}},
        "asOf": "2030-01-01T12:50:00Z",
    }


def test_for_git_the_live_images_are_what_is_left(api: FakePluginCluster, plugin: Plugin) -> None:
    api.has(a_deployment("B").obj)

    spec = spec_of(api, plugin, "web", "--from-live")

    assert spec["targets"] == [{"name": "web", "from": {"images": {"web": "nginx:B"}}}]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["web", "backend", "--revision", "1"],
        ["web", "--revision", "1", "--snapshot", "f00dcafe12"],
        ["web", "--artifacts", "--component", "pod"],
        ["web", "-l", "app=shop", "--as-of", "1h"],
        ["-l", "app=shop"],
        ["-l", "app=shop", "--as-of", "1h", "--pin"],
        ["web", "--as-of", "1h"],
        ["-l", "app=shop", "--as-of", "2030-01-01T12:00:00"],
        ["web", "--image", "nginx"],
        ["web", "--timeout", "soon"],
        ["statefulset/web"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    api: FakePluginCluster, plugin: Plugin, words: list[str]
) -> None:
    shown = plugin("to", *words, "--yes")

    assert (shown.code, api.created) == (ExitCode.UNEXPECTED, [])
    assert "Error: " in shown.err


def test_what_was_shown_is_what_is_asked_for(api: FakePluginCluster, plugin: Plugin) -> None:
    """If another version is live by the time of the yes, the operator does nothing."""
    api.answering(an_answer(a_preview()), a_rolled_back())

    shown = plugin("web", stdin="y\n")

    preview, request = api.created
    assert preview["spec"]["dryRun"]
    assert preview["spec"]["ttlSecondsAfterFinished"]
    assert request["spec"] == {
        "targets": [
            {"name": "web", "from": {"snapshot": "bbbbbbbbbb"}, "to": {"snapshot": "aaaaaaaaaa"}}
        ]
    }
    assert shown.code == ExitCode.DONE


def test_where_the_user_said_where_to_go_it_stays(api: FakePluginCluster, plugin: Plugin) -> None:
    api.answering(an_answer(a_preview()), a_rolled_back())

    plugin("web", "--revision", "1", stdin="y\n")

    [target] = api.created[-1]["spec"]["targets"]
    assert target["to"] == {"revision": 1}


def test_what_the_user_said_must_be_live_stays(api: FakePluginCluster, plugin: Plugin) -> None:
    api.has(a_deployment("B").obj)
    api.answering(an_answer(a_preview()), a_rolled_back())

    plugin("web", "--from-live", stdin="y\n")

    [target] = api.created[-1]["spec"]["targets"]
    assert target["from"] == {"images": {"web": "nginx:B"}}


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nothing_is_asked_for_without_a_yes(
    api: FakePluginCluster, plugin: Plugin, answer: str
) -> None:
    api.answering(an_answer(a_preview()))

    shown = plugin("web", stdin=answer)

    assert shown.code == ExitCode.UNEXPECTED
    assert "othing was changed" in shown.err
    assert [request["spec"].get("dryRun") for request in api.created] == [True]


def test_what_would_be_refused_is_not_asked_about(api: FakePluginCluster, plugin: Plugin) -> None:
    api.answering(refused("RolloutNotCompleted", "revision 3 has not completed"))

    shown = plugin("web")

    assert shown.code == ExitCode.REFUSED
    assert "--unfinished abandon" in shown.out
    assert len(api.created) == 1


def test_what_would_do_nothing_is_not_asked_about(api: FakePluginCluster, plugin: Plugin) -> None:
    api.answering(an_answer(a_target(reason="AlreadyThere")))

    shown = plugin("web", "--revision", "1")

    assert (shown.code, len(api.created)) == (ExitCode.DONE, 1)
    assert "nothing to do" in shown.out


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (a_rolled_back(), ExitCode.DONE),
        (an_answer(a_target(reason="AlreadyThere")), ExitCode.DONE),
        (refused("AlreadyRolledBack", "it is a return"), ExitCode.REFUSED),
        (a_rolled_back(reason="DeadlineExceeded", phase="Exception"), ExitCode.FAILED),
        (a_rolled_back(reason="ReasonOfANewerOperator", phase="Exception"), ExitCode.FAILED),
    ],
)
def test_the_exit_code_tells_how_it_ended(
    api: FakePluginCluster, plugin: Plugin, status: dict[str, Any], code: ExitCode
) -> None:
    api.answering(status)

    assert plugin("web", "--yes").code == code


def test_the_status_has_the_same_exit_codes(api: FakePluginCluster, plugin: Plugin) -> None:
    working = a_rolled_back(reason="RollingBack", phase="InProgress")
    api.has(answered(a_request("back"), working))

    assert plugin("status", "back").code == ExitCode.UNFINISHED


def test_waiting_ends_with_the_patience(api: FakePluginCluster, plugin: Plugin) -> None:
    api.answering(a_rolled_back(reason="RollingBack", phase="InProgress"))

    shown = plugin("web", "--yes", "--timeout", "1m")

    assert shown.code == ExitCode.UNFINISHED
    assert "is not over after 60 s; it goes on" in shown.err


def test_no_operator_is_told_once_and_waited_for(api: FakePluginCluster, plugin: Plugin) -> None:
    shown = plugin("web", "--yes", "--timeout", "1m")

    assert shown.code == ExitCode.UNFINISHED
    assert shown.err.count("No operator has looked at") == 1
    assert api.seconds == 60


def test_an_interruption_tells_that_the_request_goes_on(
    api: FakePluginCluster, plugin: Plugin
) -> None:
    api.answering({"interrupted": True})

    shown = plugin("web", "--yes")

    assert shown.code == ExitCode.INTERRUPTED
    assert "goes on without you" in shown.err


def test_each_line_of_the_log_is_told_once(api: FakePluginCluster, plugin: Plugin) -> None:
    first, second = a_log("web: RollingBack: patched", "web: RolledBack: serving")
    working = a_rolled_back(reason="RollingBack", phase="InProgress") | {"log": [first]}
    api.answering(working, working, a_rolled_back() | {"log": [first, second]})
    api.has(a_deployment("A").obj)

    shown = plugin("web", "--yes")

    assert (shown.err.count("patched"), shown.err.count("serving")) == (1, 1)


def test_who_may_not_is_told_which_right_is_missing(api: FakePluginCluster, plugin: Plugin) -> None:
    api.problem = forbidden('User "ana" cannot create resource "rollbackrequests"')

    shown = plugin("web", "--yes")

    assert shown.code == ExitCode.REFUSED
    assert 'User "ana" cannot create' in shown.err
    assert "kubectl auth can-i create" in shown.err


def test_without_waiting_it_says_how_to_follow(plugin: Plugin) -> None:
    shown = plugin("web", "--yes", "--no-wait")

    assert shown.code == ExitCode.DONE
    assert "kubectl rollback status rollback-web-3f9a1c --wait" in shown.out


def test_a_dry_run_of_the_client_asks_nobody(api: FakePluginCluster, plugin: Plugin) -> None:
    shown = plugin("web", "--dry-run", "client")

    assert "kind: RollbackRequest" in shown.out
    assert (api.created, api.dry_runs) == ([], [])


def test_a_dry_run_of_the_server_is_checked_there(api: FakePluginCluster, plugin: Plugin) -> None:
    shown = plugin("web", "--dry-run", "server", "-o", "name")

    assert shown.out == "rollbackrequest.rollback-operator.dev/rollback-web-3f9a1c\n"
    assert (api.created, len(api.dry_runs)) == ([], 1)


@pytest.mark.parametrize(
    "words",
    [["-n", "till", "--as", "ana", "history", "web"], ["history", "web", "-n=till", "--as=ana"]],
)
def test_kubectls_flags_may_stand_before_and_after_the_command(
    api: FakePluginCluster, plugin: Plugin, words: list[str]
) -> None:
    api.has(a_deployment("A").obj)

    plugin(*words)

    [connection] = api.connections
    assert (connection.namespace, connection.user) == ("till", "ana")
