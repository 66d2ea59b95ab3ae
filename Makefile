# One command each for everything that can be done here; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := .venv-tools/bin
CHECKOV := .venv-checkov/bin
DIST ?= dist
DOCKER ?= docker
IMAGE ?= rollback-operator:dev
CLUSTER_DIR ?= .cluster
export CLUSTER_DIR

.PHONY: help
help: ## Say what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up $(VENV) (a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	@touch $@

.PHONY: install
install: $(INSTALLED) ## Make .venv with the locked dependencies

.PHONY: demo
demo: install ## Watch a rollback on a real control plane, from nothing
	@$(BIN)/python -m demo

# One more than the two cores that are always there: much of a test is waiting.
PYTEST := $(BIN)/python -m pytest -q --numprocesses=3 --dist=loadfile

.PHONY: test
test: install ## Run the tests, on a real control plane (about eight minutes)
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

.PHONY: test-slow
test-slow: install ## Run the tests that kill the operator everywhere, and other long ones
	@$(PYTEST) -m slow $(PYTEST_ARGS)

# The newest is what `test` runs on.
OLDER := 1.34 1.35 1.36

.PHONY: test-versions
test-versions: install ## Run the acceptance tests and the chart's on each older Kubernetes
	@for minor in $(OLDER); do \
	  echo "Kubernetes $$minor" && KUBERNETES=$$minor $(PYTEST) tests/acceptance tests/chart $(PYTEST_ARGS) \
	  || exit 1; \
	done

.PHONY: test-all
test-all: test test-slow test-versions prove mutants mutation reliability ## Run all tests and all that is proved by the thousand (SHARD=i/n)

# How many random stories the model is compared with.
STORIES ?= 10000
# How many of them are told again on a real control plane.
TOLD ?= 300
# How many generated requests are asked for.
REQUESTS ?= 20000
# How many claims are raced for.
CLAIMS ?= 1000
SHARD ?= 1/1
PROOF := $(BIN)/python -m proof

.PHONY: prove
prove: install ## Compare with the model, inject faults, ask nonsense; goes on where it stopped (SHARD=i/n)
	@$(PROOF) model --count $(STORIES) --shard $(SHARD)
	@$(PROOF) stories --count $(TOLD) --shard $(SHARD)
	@$(PROOF) faults --shard $(SHARD)
	@$(PROOF) fuzz --count $(REQUESTS) --shard $(SHARD)
	@$(PROOF) claims --count $(CLAIMS) --shard $(SHARD)

# How long the soak lasts.
HOURS ?= 1

.PHONY: soak
soak: install ## Let hundreds of Deployments live for an hour, the operator killed and lied to (HOURS=n)
	@$(PROOF) soak --hours $(HOURS)

.PHONY: prove-again
prove-again: install ## Repeat one piece of it: CAMPAIGN=model|stories|faults|fuzz|claims PIECE='…'
	@$(PROOF) $(CAMPAIGN) --only '$(PIECE)'

.PHONY: mutants
mutants: install ## Put each seeded bug into a copy of the code, and see that its tests fail
	@$(BIN)/python -m mutants

.PHONY: mutation
mutation: install ## Change the domain package in thousands of ways, and see that its tests fail
	@$(PROOF) mutation

.PHONY: reliability
reliability: install ## Write docs/reliability.md from what was proved
	@$(PROOF) report

.PHONY: check
check: install ## Lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

.PHONY: generate
generate: install ## Write the CRD and the reference documents from the models
	@$(BIN)/python -m rollback_operator.crd --output crds/rollbackrequests.yaml
	@cp crds/rollbackrequests.yaml charts/rollback-operator/files/
	@$(BIN)/python -m chart_readme
	@$(BIN)/python -m rollback_operator.reference docs

.PHONY: verify
verify: generate ## Fail if what is generated is not what is committed
	@git diff --exit-code -- crds docs charts || { echo "run 'make generate' and commit"; exit 1; }

.PHONY: golden
golden: install ## Write the plugin's screens anew, in tests and docs, after a change of what it shows
	@UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q -p no:randomly \
	  tests/cli/test_screens.py tests/cli/test_document.py

.PHONY: krew
krew: install ## Pack the kubectl plugin for Krew, with its manifest
	@rm -rf $(DIST)/krew
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --wheel-dir $(DIST)/krew .
	@$(BIN)/python plugins/krew.py $(DIST)/krew/*.whl
	@echo "Try it: kubectl krew install --manifest=$(DIST)/krew/rollback.yaml --archive=$(DIST)/krew/kubectl-rollback.zip"

.PHONY: bench
bench: install ## Measure latency and writes beside a bare client
	@$(BIN)/python -m bench

.PHONY: cluster-up
cluster-up: install ## Start a cluster and leave it running (CLUSTER=embedded|kind|existing)
	@$(BIN)/python -m harness up

.PHONY: cluster-down
cluster-down: install ## End the cluster that cluster-up or KEEP=1 left running
	@$(BIN)/python -m harness down

.PHONY: security
security: $(TOOLS)/.installed ## Look through code, workflows and Dockerfile for what attackers like
	@$(TOOLS)/bandit --quiet --recursive --configfile pyproject.toml operator
	@$(TOOLS)/hadolint Dockerfile
	@$(TOOLS)/zizmor --quiet --no-progress --offline --persona pedantic .github

.PHONY: audit
audit: $(TOOLS)/.installed ## Ask for known flaws of what is shipped (needs pypi.org itself, no mirror)
	@$(TOOLS)/pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
	  --requirement requirements.lock

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links

.PHONY: lock
lock: ## Resolve the dependencies anew, with hashes (needs uv)
	@$(COMPILE) pyproject.toml -o requirements.lock
	@$(COMPILE) pyproject.toml --group dev -o requirements-dev.lock
	@$(COMPILE) --group build -o requirements-build.lock
	@$(COMPILE) --group tools -o requirements-tools.lock
	@$(COMPILE) --group chart -o requirements-chart.lock

# What image and security work with, apart from .venv: nothing of it is needed for demo or tests.
$(TOOLS)/.installed: requirements-tools.lock
	@$(PYTHON) -m venv .venv-tools
	@$(TOOLS)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-tools.lock
	@touch $@

.PHONY: image
image: $(DIST)/sbom.cdx.json ## Build the container image and list what is in it
	@$(TOOLS)/hadolint Dockerfile
	@if $(DOCKER) info >/dev/null 2>&1; then \
	  $(DOCKER) build --tag $(IMAGE) . \
	  && $(DOCKER) run --rm --read-only --cap-drop ALL --network none $(IMAGE) --version \
	  && echo "$(IMAGE) is built; $(DIST)/sbom.cdx.json lists what is in it."; \
	else \
	  echo "No Docker daemon answers, so there is no image: the wheel runs, and $(DIST)/sbom.cdx.json lists what would be in it."; \
	fi

.PHONY: bases
bases: ## Pin the image's bases to what their tags mean today (needs Docker)
	@sed -n 's/^ARG [A-Z_]*=\(.*\)@sha256:.*/\1/p' Dockerfile | while read -r base; do \
	  digest=$$($(DOCKER) buildx imagetools inspect --format '{{.Manifest.Digest}}' "$$base") || exit 1; \
	  sed -i.old "s|$$base@sha256:[0-9a-f]*|$$base@$$digest|" Dockerfile && rm Dockerfile.old; \
	done

# The operator as it is shipped, the wheel and what is locked for it, in an environment without pip.
$(DIST)/runtime/.installed: $(INSTALLED) requirements.lock README.md $(shell find operator -name '*.py')
	@rm -rf $(DIST)/*.whl
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --wheel-dir $(DIST) .
	@$(PYTHON) -m venv --clear --without-pip $(DIST)/runtime
	@$(BIN)/python -m pip --python $(DIST)/runtime/bin/python install --quiet --require-hashes \
	  --disable-pip-version-check --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip --python $(DIST)/runtime/bin/python install --quiet --no-deps --no-index \
	  --disable-pip-version-check $(DIST)/*.whl
	@$(DIST)/runtime/bin/rollback-operator --version
	@touch $@

$(DIST)/sbom.cdx.json: $(DIST)/runtime/.installed $(TOOLS)/.installed
	@$(TOOLS)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-file $@ $(DIST)/runtime/bin/python

# Of `make chart-scan` only, and alone: what checkov pins, the other tools need newer.
$(CHECKOV)/.installed: requirements-chart.lock
	@$(PYTHON) -m venv .venv-checkov
	@$(CHECKOV)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-chart.lock
	@touch $@

.PHONY: chart
chart: install ## Check the Helm chart: lint, all combinations on an API server, rights in use
	@$(PYTEST) tests/chart $(PYTEST_ARGS)
	@$(MAKE) --no-print-directory chart-scan

.PHONY: chart-scan
chart-scan: install $(CHECKOV)/.installed ## Have checkov look at what the chart renders to
	@$(BIN)/python -m chart_scan $(CHECKOV)/checkov
