"""The bad release comes back, and the one on call uses the kubectl plugin."""

from demo.claims import check, check_contains
from demo.releases import BAD, GOOD, image
from demo.stage import NAMESPACE, Stage

RELEASES = 5
"""Two releases over a first version, the return, and the bad one again."""
PLUGIN = f"kubectl rollback -n {NAMESPACE}"
REQUEST = "once-more"


def play(stage: Stage) -> None:
    """Release the bad version again; look, preview, roll back, and look at the activity."""
    stage.run(f"kubectl -n {NAMESPACE} set image deployment/web nginx={BAD}")
    stage.until_recorded("web", RELEASES)
    history = stage.run(f"{PLUGIN} history web").splitlines()
    check_contains("the live version", _marked(history, "*"), BAD)
    check_contains("the version to go back to", _marked(history, "←"), GOOD)
    stage.screen.shown(
        "A rollout that was rolled back and rolled out anew can be rolled back anew."
    )
    _preview(stage)
    reason = "the same again, from another pipeline"
    line = f'{PLUGIN} web --yes --wait --name {REQUEST} --reason "{reason}"'
    check_contains("how it ended", stage.run(line, with_errors=True), "Completed, RolledBack")
    check("the image of web", image(stage), GOOD)
    activity = stage.run(f"{PLUGIN} list web").splitlines()
    check("the newest entry of the activity", activity[1].split()[:2], [REQUEST, "Completed"])
    stage.screen.shown("It only made a RollbackRequest: whoever looks later finds it in the list.")


def _preview(stage: Stage) -> None:
    before = stage.object("deployment", "web")
    preview = stage.run(f"{PLUGIN} preview web")
    check_contains("the preview", preview, f"nginx/image: {BAD} → {GOOD}")
    check_contains("the preview", preview, "It would succeed.")
    check("the Deployment after the preview", stage.object("deployment", "web"), before)


def _marked(lines: list[str], mark: str) -> str:
    """Return the row of the history that has a mark."""
    return next((line for line in lines if line.startswith(f"{mark} ")), "")
