# Everything runs from a virtual environment of its own, made from the pinned and hashed requirements.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
JOBS ?= 2

# Commands are started over and over by tests and measurements: compiled files must be kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check unit kube test-kube crash-smoke bench schemas docs lock clean

help: ## what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## the virtual environment

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; needs a package index)"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Plumb needs Python 3.11 to 3.13; choose one with PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## the main job, narrated, on the embedded sandbox
	@$(PY) -m examples.demo

test: check unit ## all that needs nothing but Python

check: setup ## style, types, import contracts, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

unit: setup
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup -m "not kube"

kube: setup ## a real Kubernetes control plane, found or built with Go
	@$(PY) -m tests.kube.control_plane build

test-kube: setup ## the behaviour suite and the provider on the real control plane
	@$(PY) -m pytest -m kube tests

crash-smoke: setup ## kill -9 at about 50 instants, then run again
	@$(PY) -m tests.crash.smoke

bench: setup ## time, memory and requests, as ratios
	@$(PY) -m benchmarks

schemas: setup ## the schema facts again, byte for byte, from the published packages
	@$(PY) -m tests.schemas.extract

docs: setup ## the generated parts of the documentation
	@$(PY) -m docs.generate

lock: setup ## resolve the requirements again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --extra dev --extra schemas -o requirements.lock pyproject.toml

clean: ## remove what the other targets made
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache
