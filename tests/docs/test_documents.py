"""Every command and every object in the documents does what they say, on a real control plane.

Each document gets a namespace of its own. Its blocks run in order, and what they show must be what
the document shows. What cannot run here says why, and is listed below.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import harness
from builders.examples import apply, release_good_and_bad, wait
from handbook.pages import ROOT, Block, Page, pages
from handbook.screens import agrees, commands
from handbook.terminal import Terminal
from harness.helm import Helm, Installation
from harness.operator_process import OperatorProcess
from harness.shop import Shop

PAGES = pages()
RUN = [page for page in PAGES if any(b.language in {"sh", "console"} for b in page.blocks)]
BARE = "a cluster without the operator"
WITH_OPERATOR = [page for page in RUN if page.prepared != BARE]
WITHOUT_OPERATOR = [page for page in RUN if page.prepared == BARE]
YAML = [block for page in PAGES for block in page.blocks if block.language == "yaml"]


def roll_back(shop: Shop) -> None:
    """Release two versions of web, and put the first one back."""
    release_good_and_bad(shop)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")


PREPARATIONS: dict[str, Callable[[Shop], None]] = {
    "": lambda _: None,
    "two releases of web": release_good_and_bad,
    "a rollback of web": roll_back,
}

NOT_RUN = {
    "README.md": 3,
    "docs/plugin.md": 2,
    "docs/quick-start.md": 1,
    "docs/runbook.md": 1,
    "docs/troubleshooting.md": 1,
}
"""How many blocks of each document cannot run here; each says why."""

READER = "admin"
"""Who reads the documents, and so makes the requests in them."""

LANGUAGES = {"sh", "console", "yaml", "text", "python", ""}
"""What blocks may be: the last three show, and promise nothing that could be run."""


def by_name(page: Page) -> str:
    """Name a test for its document."""
    return page.name


@pytest.mark.parametrize("page", WITH_OPERATOR, ids=by_name)
def test_its_commands_do_what_it_shows(page: Page, installed_shop: Shop, tmp_path: Path) -> None:
    PREPARATIONS[page.prepared](installed_shop)
    terminal = Terminal(installed_shop.cluster, tmp_path, installed_shop.namespace)

    for block in to_run(page):
        play(block, terminal)


@pytest.mark.parametrize("page", WITHOUT_OPERATOR, ids=by_name)
def test_its_commands_do_what_it_shows_from_nothing(
    page: Page, kubelet: "Kubelet", tmp_path: Path
) -> None:
    terminal = Terminal(kubelet.cluster, tmp_path)

    for block in to_run(page):
        play(block, terminal, kubelet.look)


def test_what_is_not_run_says_why_and_is_known() -> None:
    left_out = [b for page in PAGES for b in page.blocks if b.mark == "not run"]

    assert [b.where for b in left_out if len(b.said) < len("no cloud here")] == []
    assert {p.name: n for p in PAGES if (n := _count(left_out, p))} == NOT_RUN


def test_every_block_is_of_a_kind_that_is_looked_at() -> None:
    strange = [b.where for page in PAGES for b in page.blocks if b.language not in LANGUAGES]

    assert strange == []


@pytest.mark.parametrize("block", YAML, ids=lambda block: str(block.where))
def test_its_objects_are_accepted(block: Block, installed_shop: Shop, tmp_path: Path) -> None:
    """An object by the API server, a fragment by the file that it is of, values by the chart."""
    match block.mark:
        case "part of":
            assert _holds(list(yaml.safe_load_all((ROOT / block.said).read_text())), block)
        case "chart values":
            values = tmp_path / "values.yaml"
            values.write_text(block.text)
            assert Helm.of(installed_shop.cluster).template(f"--values={values}")
        case "not run":
            pass
        case _:
            flags = ("--dry-run=server", "--validate=strict")
            installed_shop.kubectl("create", *flags, "-f", "-", input=block.text)


def to_run(page: Page) -> list[Block]:
    """Return the blocks with commands that can run."""
    return [b for b in page.blocks if b.language in {"sh", "console"} and b.mark != "not run"]


def play(block: Block, terminal: Terminal, then: Callable[[], None] = lambda: None) -> None:
    """Run a block, and hold what it shows against what the document shows."""
    for command in commands(block.language, block.text):
        actual = terminal.run(command.text)
        if command.shown is not None:
            shown = command.shown.replace(f" {READER} ", f" {terminal.requester} ")
            assert agrees(shown, actual), f"{block.where} shows\n{shown}\nin truth it is\n{actual}"
        then()


class Kubelet:
    """Runs the operator's process while its chart is installed: the pods themselves are played."""

    def __init__(self, cluster: harness.Cluster, log: Path) -> None:
        self.cluster = cluster
        self._installation = Installation(cluster)
        self._log = log
        self._operator: OperatorProcess | None = None

    def look(self) -> None:
        """Start or end the process, as the chart has it now."""
        wanted = self._is_installed()
        if wanted and self._operator is None:
            credentials = self._installation.kubeconfig()
            # The port of a pod is nobody else's; that of this machine may be.
            settings = self._installation.settings() | {"ROLLBACK_PORT": "0"}
            self._operator = OperatorProcess(credentials, self._log, settings).start()
            self._until_watching()
        elif not wanted:
            self.stop()

    def stop(self) -> None:
        """End the process."""
        if self._operator is not None:
            self._operator.stop()
        self._operator = None

    def _is_installed(self) -> bool:
        where = f"--namespace={self._installation.namespace}"
        return bool(self._installation.kubectl.json("get", "deployments", where)["items"])

    def _until_watching(self) -> None:
        place = Shop(self.cluster, prefix="sentinel")
        place.deploy(replicas=0)
        place.until_recorded()
        place.close()
        self._installation.until_in_force()


@pytest.fixture
def kubelet(tmp_path: Path) -> Iterator[Kubelet]:
    """A cluster with nothing in it, and the operator as soon as the chart is installed."""
    cluster = harness.start(tmp_path / "cluster")
    plays = Kubelet(cluster, tmp_path / "operator.log")
    yield plays
    plays.stop()
    cluster.stop()


def _count(blocks: list[Block], page: Page) -> int:
    return sum(block.page == page.name for block in blocks)


def _holds(whole: object, block: Block) -> bool:
    return _is_in(yaml.safe_load(block.text), whole)


def _is_in(part: object, whole: object) -> bool:
    """Whether an object has the other one somewhere, field by field."""
    if _fits(part, whole):
        return True
    within: list[object] = []
    if isinstance(whole, dict):
        within = list(whole.values())
    elif isinstance(whole, list):
        within = whole
    return any(_is_in(part, each) for each in within)


def _fits(part: object, whole: object) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _fits(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return all(any(_fits(each, other) for other in whole) for each in part)
    return part == whole
