# One command each for everything that can be done here; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
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

PYTEST := $(BIN)/python -m pytest -q --numprocesses=2 --dist=loadfile

.PHONY: test
test: install ## Run the tests, on a real control plane (a quarter of an hour)
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

.PHONY: test-slow
test-slow: install ## Run the tests that kill the operator everywhere, and other long ones
	@$(PYTEST) -m slow $(PYTEST_ARGS)

.PHONY: test-all
test-all: test test-slow ## Run all tests

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
	@$(BIN)/python -m rollback_operator.reference docs

.PHONY: verify
verify: generate ## Fail if what is generated is not what is committed
	@git diff --exit-code -- crds docs charts || { echo "run 'make generate' and commit"; exit 1; }

.PHONY: bench
bench: install ## Measure latency and writes beside a bare client
	@$(BIN)/python -m bench

.PHONY: cluster-up
cluster-up: install ## Start a cluster and leave it running (CLUSTER=embedded|kind|existing)
	@$(BIN)/python -m harness up

.PHONY: cluster-down
cluster-down: install ## End the cluster that cluster-up or KEEP=1 left running
	@$(BIN)/python -m harness down

.PHONY: lock
lock: ## Resolve the dependencies anew, with hashes (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -o requirements-dev.lock

.PHONY: image
image: ## Build the container image
	@echo "There is no container image yet: run the operator with $(BIN)/rollback-operator."; exit 1

.PHONY: chart
chart: ## Check the Helm chart
	@echo "There is no Helm chart yet: apply crds/ and run $(BIN)/rollback-operator."; exit 1
