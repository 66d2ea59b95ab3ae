"""Asks what would happen, then lets it happen and watches."""

from collections.abc import Iterator

from demo.claims import check
from demo.follow import follow
from demo.recording import GET, show_rollbackable
from demo.releases import BAD, GOOD, image
from demo.stage import EXAMPLE, NAMESPACE, ROOT, Stage
from harness.objects import is_over

NAME = "rollback-web"
PHASES = ["Queued", "InProgress", "Completed"]
COLUMNS = "NAME:.metadata.name,PHASE:.status.phase,CHANGE:.status.change"
COMPONENTS = '{range .status.targets[*].components[*]}{.name}{": "}{.from}{" → "}{.to}{"\\n"}{end}'


def play(stage: Stage) -> None:
    """Preview, apply, watch, and look at the result."""
    _preview(stage)
    stage.screen.command(f"cat {EXAMPLE}")
    stage.screen.yaml(_without_comment())
    line = f"kubectl -n {NAMESPACE} get rbr --watch -o custom-columns={COLUMNS}"
    with follow(stage, line) as rows:
        next(rows)
        next(rows)
        stage.run(f"kubectl -n {NAMESPACE} apply -f {EXAMPLE}")
        passed = list(dict.fromkeys(_phases(rows)))
    check(f"the phases of {NAME}", passed, PHASES)
    _look(stage)


def a_request(name: str, *, dry_run: bool = False) -> str:
    """Return the example under another name, as a document to apply."""
    text = _without_comment().replace(f"name: {NAME}", f"name: {name}")
    return text + ("  dryRun: true\n" if dry_run else "")


def _preview(stage: Stage) -> None:
    before = stage.object("deployment", "web")
    stage.apply(a_request("preview", dry_run=True))
    seen = stage.until("rbr", "preview", is_over, "the preview")
    stage.run(f"kubectl -n {NAMESPACE} get rbr preview -o jsonpath='{COMPONENTS}'")
    check("the reason of the preview", seen["status"]["reason"], "Previewed")
    check("the Deployment after the preview", stage.object("deployment", "web"), before)
    stage.screen.shown("The preview says what would change, and touched nothing.")


def _phases(rows: Iterator[str]) -> Iterator[str]:
    for row in rows:
        name, phase, *_ = row.split()
        if name == NAME:
            yield phase
            if phase in {"Completed", "Exception"}:
                return


def _look(stage: Stage) -> None:
    status = stage.object("rbr", NAME)["status"]
    check("the change in the status", status["change"], f"{BAD} → {GOOD}")
    states = {c["name"]: c["state"] for c in status["targets"][0]["components"]}
    check("the components", states, {"nginx/image": "Reverted"})
    check("the image of web", image(stage), GOOD)
    shown = f"{GET} jsonpath='{show_rollbackable('status', 'reason')}'"
    stage.run(f"kubectl -n {NAMESPACE} get deployment web -o wide")
    check("Rollbackable", stage.run(shown).split(), ["False", "AlreadyRolledBack"])
    stage.screen.shown(f"From {BAD} back to {GOOD}, and the old version is serving.")


def _without_comment() -> str:
    lines = (ROOT / EXAMPLE).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))
