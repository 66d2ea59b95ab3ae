"""Rolls out the good image and then the bad one, over what was there before."""

from demo.claims import check
from demo.stage import NAMESPACE, Stage

FIRST = "nginx:stable"
GOOD = "nginx:stable-perl"
BAD = "nginx:stable-bullseye-perl"


def play(stage: Stage) -> None:
    """Release twice, as people do."""
    stage.run(f"kubectl -n {NAMESPACE} create deployment web --image={FIRST} --replicas=3")
    _until_rolled_out(stage)
    stage.until_recorded("web", 1)
    for count, release in enumerate((GOOD, BAD), start=2):
        stage.run(f"kubectl -n {NAMESPACE} set image deployment/web nginx={release}")
        _until_rolled_out(stage)
        stage.until_recorded("web", count)
    check("the image of web", image(stage), BAD)
    stage.screen.shown(f"{BAD} is live. Nothing failed, and yet it turns out to be bad.")


def image(stage: Stage, name: str = "web") -> str:
    """Return the image that a Deployment asks for."""
    found = stage.object("deployment", name)
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


def _until_rolled_out(stage: Stage) -> None:
    line = f"kubectl -n {NAMESPACE} rollout status deployment/web"
    stage.screen.command(line)
    stage.screen.output(stage.quietly(line).splitlines()[-1])
