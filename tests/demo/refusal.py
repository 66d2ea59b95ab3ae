"""Asks once more: what was rolled back is not rolled back again by accident."""

from demo.claims import check, check_contains
from demo.releases import FIRST, GOOD
from demo.rollback import a_request
from demo.stage import NAMESPACE, Stage
from harness.objects import is_over

NAME = "again"
OUTCOMES = {"preview": "Completed", "rollback-web": "Completed", NAME: "Exception"}


def play(stage: Stage) -> None:
    """Ask under another name, and read why not, and what to do."""
    before = stage.object("deployment", "web")
    stage.apply(a_request(NAME))
    status = stage.until("rbr", NAME, is_over, "the answer")["status"]
    message = stage.run(f"kubectl -n {NAMESPACE} get rbr {NAME} -o jsonpath='{{.status.message}}'")
    check("how it ended", [status["phase"], status["reason"]], ["Exception", "AlreadyRolledBack"])
    check_contains("the reason", message, f"({GOOD}) is itself a return")
    check_contains("the advice", message, f"say `to: {{revision: 1}}` (revision 1 ({FIRST}))")
    check("the Deployment after the refusal", stage.object("deployment", "web"), before)
    stage.screen.shown("It was refused before the first write, and says why.")
    activity = stage.run(f"kubectl -n {NAMESPACE} get rbr")
    for name, phase in OUTCOMES.items():
        row = next((line.split() for line in activity.splitlines() if line.startswith(name)), [])
        check(f"the row of {name} in the list", row[1:3], [phase, "web"])
    stage.screen.shown("The list of requests is the record of who asked for what.")
