# What a clone can do. Every target makes the environment in .venv first, once for each requirements.lock.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := env

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Two cores are what the tests are timed on.
WORKERS ?= 2
# A file is one worker's: its tests share servers and workspaces that are slow to make. In their order, for the slowest come early.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# For example: make demo ARGS='--days 20 --leads 300', make test-deep ARGS='-k reference'.
ARGS ?=

.PHONY: help env demo test test-deep test-faults mutants bench lint manual

help: ## say what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

env: .venv/.installed help ## make the environment in .venv; `make` alone does the same

demo: .venv/.installed ## run the real flows over a made-up vendor, in a workspace of its own
	@$(BIN)/penstock demo $(ARGS)

lint: .venv/.installed ## ruff (rules and format) and mypy
	$(BIN)/ruff check --output-format concise .
	$(BIN)/ruff format --check --output-format concise .
	$(BIN)/mypy

test: lint ## lint, types and all tests, a share of the kills among them
	$(PYTEST) $(ARGS)

test-deep: .venv/.installed ## the generated tests, with many more examples, new ones each time
	$(PYTEST) --dist load -m hypothesis --hypothesis-profile=deep $(ARGS)

test-faults: .venv/.installed ## every kill: each boundary, all seeded moments, whole processes
	PENSTOCK_FAULTS=all $(PYTEST) -m faults -s $(ARGS)

manual: .venv/.installed ## write MANUAL.md anew from the examples in tests/spec
	$(BIN)/python -m tests.spec.manual

mutants: .venv/.installed ## change the compiler in one place at a time, and print which changes no test notices
	$(BIN)/python -m tests.mutants $(ARGS)

bench: .venv/.installed ## print the figures, on SQLite and on PostgreSQL
	$(BIN)/python -m tests.benchmarks $(ARGS)

# The pip that comes with Python 3.11 takes a hashed lock only with --no-deps, so `pip check` looks for what is missing.
.venv/.locked: requirements.lock
	@python=$$(.ci/find-python) && started=$$SECONDS \
	&& echo "Making the environment in .venv with $$($$python --version): a minute, once for each lock." \
	&& $$python -m venv .venv \
	&& $(PIP) install --quiet --retries 5 --no-deps --require-hashes -r requirements.lock \
	&& $(PIP) check \
	&& touch $@ && echo "Environment made in $$((SECONDS - started)) s."

# Without build isolation: what builds the package (hatchling, editables) comes from the lock too.
.venv/.installed: .venv/.locked pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation -e . && touch $@
