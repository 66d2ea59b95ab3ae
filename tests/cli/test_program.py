"""Which command is meant, and what could come next."""

import pytest

from builders import a_deployment, a_request
from fake_plugin_cluster import FakePluginCluster
from plugin_runner import Plugin
from rollback_operator.cli import problems
from rollback_operator.cli.complete import completions
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.program import COMMANDS, command_first, program


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("web", "to web"),
        ("to web", "to web"),
        ("history web", "history web"),
        ("-n shop history web", "history -n shop web"),
        ("--namespace=shop web --yes", "to --namespace=shop web --yes"),
        ("--context a --as b list -A", "list --context a --as b -A"),
        ("--revision 3 web", "to --revision 3 web"),
        ("to history", "to history"),
        ("-n history web", "to -n history web"),
        ("--help", "--help"),
        ("-n shop", "-n shop"),
        ("", ""),
    ],
)
def test_the_command_may_be_left_out_and_flags_may_come_first(words: str, meant: str) -> None:
    assert command_first(words.split()) == meant.split()


def test_without_words_it_helps(plugin: Plugin) -> None:
    assert "Usage: kubectl rollback" in plugin().err


def test_the_version(plugin: Plugin) -> None:
    shown = plugin("--version")

    assert shown.code == ExitCode.DONE
    assert shown.out.startswith("kubectl rollback, version")


def asked(monkeypatch: pytest.MonkeyPatch, api: FakePluginCluster, *words: str) -> list[str]:
    """Return what kubectl is answered, without the help of each."""
    monkeypatch.setattr("rollback_operator.cli.arguments.connect", lambda _, __: api)
    return [line.partition("\t")[0] for line in completions(program, [*words]).splitlines()]


def test_kubectl_is_told_commands_and_deployments(
    monkeypatch: pytest.MonkeyPatch, api: FakePluginCluster
) -> None:
    api.has(a_deployment("A").obj)

    assert asked(monkeypatch, api, "") == [*COMMANDS, "web", ":4"]
    assert asked(monkeypatch, api, "-n", "shop", "w") == ["web", ":4"]
    assert asked(monkeypatch, api, "hi") == ["history", ":4"]


def test_kubectl_is_told_what_a_command_takes(
    monkeypatch: pytest.MonkeyPatch, api: FakePluginCluster
) -> None:
    api.has(a_deployment("A").obj, a_request("checkout-500s").obj)

    assert asked(monkeypatch, api, "history", "") == ["web", ":4"]
    assert asked(monkeypatch, api, "status", "che") == ["checkout-500s", ":4"]
    assert asked(monkeypatch, api, "web", "--unfinished", "a") == ["abandon", ":4"]
    assert asked(monkeypatch, api, "to", "--rev") == ["--revision", ":4"]
    assert asked(monkeypatch, api, "web", "") == [":4"]


def test_no_cluster_is_no_completion(
    monkeypatch: pytest.MonkeyPatch, api: FakePluginCluster
) -> None:
    api.problem = problems.not_logged_in()

    assert asked(monkeypatch, api, "history", "") == [":4"]


@pytest.mark.parametrize("shell", ["zsh", "fish", "kubectl"])
def test_each_shell_has_its_script(plugin: Plugin, shell: str) -> None:
    assert "kubectl-rollback" in plugin("completion", shell).out
