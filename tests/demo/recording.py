"""Shows the history on the Deployment, and that it may be rolled back."""

import json
from collections.abc import Mapping
from typing import Any

from demo.claims import check
from demo.releases import BAD, FIRST, GOOD
from demo.stage import NAMESPACE, Stage

GET = f"kubectl -n {NAMESPACE} get deployment web -o"
HISTORY = r"{.metadata.annotations.rollback-operator\.dev/history}"
ROLLBACKABLE = '{.status.conditions[?(@.type=="Rollbackable")]'


def play(stage: Stage) -> None:
    """Read the annotation and the condition as anyone can."""
    recorded = json.loads(stage.run(f"{GET} jsonpath='{HISTORY}'"))
    snapshots = recorded["snapshots"]
    stage.screen.say("That is signed; the pod templates are in an annotation beside it. In short:")
    stage.screen.table("revision", "image", "completed", "id", rows=[_row(s) for s in snapshots])
    check("the recorded images", [_image(s) for s in snapshots], [FIRST, GOOD, BAD])
    check("whether the history is signed", bool(recorded["signature"]), expected=True)
    check("whether all were seen serving", {s["verified"] for s in snapshots}, {True})
    printed = stage.run(f"{GET} jsonpath='{show_rollbackable('status', 'message')}'")
    check("Rollbackable", printed.split()[0], "True")
    stage.screen.shown("Every rollout is on record, and a rollback is possible before anyone asks.")


def show_rollbackable(*fields: str) -> str:
    """Return a template that prints fields of the condition in one line."""
    return '{"  "}'.join(f"{ROLLBACKABLE}.{field}}}" for field in fields) + '{"\\n"}'


def _row(snapshot: Mapping[str, Any]) -> tuple[str, ...]:
    return str(snapshot["revision"]), _image(snapshot), snapshot["completed"], snapshot["id"]


def _image(snapshot: Mapping[str, Any]) -> str:
    return ", ".join(snapshot["images"].values())
