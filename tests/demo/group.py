"""A release of three Deployments with a step each, rolled back together in reverse order."""

from collections.abc import Iterator

from demo.claims import check
from demo.follow import follow
from demo.stage import NAMESPACE, Stage
from harness.objects import is_done

NAMES = ("database", "backend", "frontend")
REQUEST = "shop-group"
COLUMNS = (
    "DEPLOYMENT:.metadata.name,IMAGE:.spec.template.spec.containers[0].image,"
    "UPDATED:.status.updatedReplicas,AVAILABLE:.status.availableReplicas"
)
STEPS = (
    '{range .status.targets[*]}{.finishedAt}{"  "}{.name}{": "}{.reason}{", step "}'
    '{.steps[0].name}{" "}{.steps[0].state}{"\\n"}{end}'
)


def play(stage: Stage) -> None:
    """Release three, roll them back, and look at the order."""
    for name in NAMES:
        stage.quietly(f"kubectl -n {NAMESPACE} apply -f -", stdin=_cron_job(name))
    stage.screen.say("Each Deployment names a step of its own: a suspended CronJob.")
    stage.apply(_deployment("database", 1))
    for version in (1, 2):
        for name in NAMES:
            stage.quietly(f"kubectl -n {NAMESPACE} apply -f -", stdin=_deployment(name, version))
            stage.until_recorded(name, version)
    stage.screen.shown("Version 2 of all three is live: database first, frontend last.")
    _roll_back(stage)


def _roll_back(stage: Stage) -> None:
    line = (
        f"kubectl -n {NAMESPACE} get deployments -l demo=group --watch -o custom-columns={COLUMNS}"
    )
    with follow(stage, line) as rows:
        for _ in range(1 + len(NAMES)):
            next(rows)
        stage.apply(_request())
        order = list(dict.fromkeys(_reverted(rows)))
    check("the order of the rollbacks", order, list(reversed(NAMES)))
    stage.until("rbr", REQUEST, lambda seen: seen["status"]["phase"] == "Completed", "its end")
    printed = stage.run(f"kubectl -n {NAMESPACE} get rbr {REQUEST} -o jsonpath='{STEPS}'")
    check("the steps that succeeded", printed.count("Succeeded"), len(NAMES))
    stage.run(f"kubectl -n {NAMESPACE} get jobs -l rollback-operator.dev/step")
    for name in NAMES:
        check(f"{name} serves", is_done(stage.object("deployment", name)), expected=True)
    stage.screen.shown("Frontend first, database last: each only when the one before it served.")


def _reverted(rows: Iterator[str]) -> Iterator[str]:
    """Yield the Deployments as they go back to version 1, until the last one has."""
    seen: set[str] = set()
    while len(seen) < len(NAMES):
        name, image, *_ = next(rows).split()
        if image.endswith(":1"):
            seen.add(name)
            yield name


def _cron_job(name: str) -> str:
    return f"""\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}-undo}}
spec:
  suspend: true
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: undo
            image: example.com/tools:1
            args: ["--from=${{rollout.images.{name}}}", "--to=${{target.images.{name}}}"]
"""


def _deployment(name: str, version: int) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{demo: group}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata:
      labels: {{app: {name}}}
      annotations: {{rollback-operator.dev/before: {name}-undo}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {{name: {name}, image: "example.com/{name}:{version}"}}
"""


def _request() -> str:
    targets = "\n".join(f"  - name: {name}" for name in NAMES)
    return f"""\
apiVersion: rollback-operator.dev/v1alpha1
kind: RollbackRequest
metadata:
  name: {REQUEST}
spec:
  reason: "the release of 14:02 loses orders"
  targets:
{targets}
"""
