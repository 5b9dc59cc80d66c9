# Every target sets up what it needs first; set-up does nothing when nothing has changed.

PYTHON ?= python3
BIN := .venv/bin
UPGRADE ?=

PORT ?= 8000

# One more than there are cores, since tests with a browser wait for it. By file, since a file shares what takes long to make;
# in their order, since the first ones take longest.
WORKERS := $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")

PACKS := $(notdir $(wildcard questionnaires/packs/*))

.PHONY: help setup run test test-all check lint-packs format bench durability load attack lock clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 10

setup: ## install what is missing: system packages, .venv, the charter command
	@$(PYTHON) scripts/setup.py

run: setup ## serve a coalition with made-up members at http://127.0.0.1:8000
	@CHARTER_DEMO=true $(BIN)/charter demo --keep
	@CHARTER_DEMO=true $(BIN)/charter run --port $(PORT)

test: setup ## run the tests, apart from the longest ones
	$(PYTEST) -m "not long" $(PYTEST_ARGS)

test-all: setup ## run all tests; takes some minutes more
	$(PYTEST) $(PYTEST_ARGS)
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup ## formatting, lint, types, import rules, dangerous calls, templates, packs, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --severity-level medium --configfile pyproject.toml --recursive charter scoring questionnaires action_plans
	$(BIN)/djlint templates --lint --quiet
	@$(PYTHON) scripts/setup.py semgrep
	$(BIN)/python -m scripts.own_rules
	@$(MAKE) --no-print-directory lint-packs
	$(BIN)/python -m scripts.translations --check

lint-packs: setup
	$(BIN)/charter lint $(PACKS)

format: setup ## put the code into the project's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## measure; results go to docs/performance/
	$(BIN)/python -m bench

durability: setup ## kill the server again and again while people save; figures go to docs/reliability.md
	$(BIN)/python -m bench.durability

load: setup ## 300 people at once for five minutes, and a day without a pause; figures go to docs/reliability.md
	$(BIN)/python -m bench.deadline

attack: setup ## try to work out single scores from made-up releases; figures go to docs/disclosure.md
	$(BIN)/python -m bench.disclosure

lock: setup ## compile the lock files from pyproject.toml; UPGRADE=--upgrade takes newer versions
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group semgrep -o requirements-semgrep.lock
COMPILE = $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

clean: ## remove what was made, except .venv and your data
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -exec rm -rf {} +
