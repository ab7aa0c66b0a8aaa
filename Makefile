# `make` alone lists the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCE ?=
SOURCE_ROOT ?=
WORKSPACE ?= workspace
PORT ?= 8501
PHOTOGRAPHS ?= ../shared/data/cats_and_dogs

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test lint check format shape docs bench tables clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/datadiet: requirements.txt pyproject.toml
	@echo "Installing into $(VENV) (PyTorch is the largest part; a few minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Data Diet needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/datadiet
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

install: $(BIN)/datadiet ## make the virtual environment and install datadiet into it

install-dev: $(VENV)/.dev ## the same, with what tests and checks need

run: install ## audit the digits with 10 % of labels flipped (or SOURCE=path) and open the dashboard
ifeq ($(strip $(SOURCE)),)
	$(BIN)/datadiet demo --audit-only --workspace "$(WORKSPACE)"
else
	$(BIN)/datadiet audit "$(SOURCE)" --workspace "$(WORKSPACE)"
endif
	$(BIN)/datadiet dashboard --workspace "$(WORKSPACE)" --port $(PORT) $(if $(SOURCE_ROOT),--source-root "$(SOURCE_ROOT)")

test: install-dev ## run the tests
	$(BIN)/python -m pytest

lint: install-dev ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## all of the above; what .ci/run calls

format: install-dev ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

shape: install ## print how long modules and functions are
	$(BIN)/python benchmarks/shape.py

docs: install ## write the generated parts of the manual anew
	$(BIN)/python docs/generate.py

bench: install-dev ## measure the CPU tables anew, into benchmarks/results and docs (about three quarters of an hour)
	$(BIN)/python -m pip install --quiet --requirement benchmarks/requirements.txt
	$(BIN)/python benchmarks/grand.py run
	$(BIN)/python benchmarks/grand_layers.py run
	$(BIN)/python benchmarks/side_by_side.py run
	$(BIN)/python benchmarks/compiled.py run
	$(BIN)/python benchmarks/retrain_cost.py run
	$(BIN)/python benchmarks/imports.py run
	$(BIN)/python benchmarks/decode.py run --folder $(PHOTOGRAPHS)
	$(BIN)/python benchmarks/growth.py run
	$(BIN)/python benchmarks/audits.py run
	$(BIN)/python benchmarks/lean_audits.py run
	$(MAKE) tables

tables: install-dev ## write the tables of the docs from benchmarks/results
	$(BIN)/python benchmarks/grand.py table
	$(BIN)/python benchmarks/grand_layers.py table
	$(BIN)/python benchmarks/exactness.py table
	$(BIN)/python benchmarks/imports.py table
	$(BIN)/python benchmarks/decode.py table
	$(BIN)/python benchmarks/growth.py table
	$(BIN)/python benchmarks/retrain_cost.py table
	$(BIN)/python benchmarks/side_by_side.py table
	$(BIN)/python benchmarks/compiled.py table
	$(BIN)/python benchmarks/ntk.py table
	$(BIN)/python benchmarks/frontier.py table
	$(BIN)/python benchmarks/small_sets.py table
	$(BIN)/python benchmarks/audits.py table
	$(BIN)/python benchmarks/lean_audits.py table
	$(BIN)/python benchmarks/mislabels.py table
	$(BIN)/python benchmarks/windows.py table
	$(BIN)/python benchmarks/adaptive.py table
	$(BIN)/python benchmarks/dashboard.py table

clean: ## remove the virtual environment and what tools left behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
