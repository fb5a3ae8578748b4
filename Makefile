# Everything runs in the virtual environment below, which is made when it is first needed and
# brought up to date when pyproject.toml or constraints.txt change.
VENV ?= .venv
CAPTURE ?= data/ordinary.pcapng
OUTPUT ?= reports
WORKERS ?= 2
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup core report lab test coverage lint format types contract style notebooks check \
    installed benchmark fuzz data pin clean distclean

help: ## Say what can be made
	@echo "Usage: make TARGET. Needed: Python 3.11 or newer; all else is set up in $(VENV)."
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Install the project with everything needed to work on it
	@PYTHON="$(PYTHON)" tools/setup.sh all $(VENV)

core:
	@PYTHON="$(PYTHON)" tools/setup.sh core $(VENV)

report: core ## Make a report about a sample capture, or about CAPTURE=file
	@$(VENV)/bin/workbench explore "$(CAPTURE)" --output "$(OUTPUT)"

lab: core ## Open JupyterLab on the notebooks
	@$(PY) -m jupyterlab --notebook-dir=.

test: setup ## Run the tests; what this machine lacks is skipped and named
	@$(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadfile

coverage: setup ## Run the tests and say which lines they leave out
	@$(PY) -m pytest --cov --cov-report=term --cov-report=html

lint: setup ## Check style and formatting, and print the budgets
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m tools.style

format: setup ## Put the code into its format, and repair what can be repaired safely
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format

types: setup ## Check types
	@$(PY) -m mypy

contract: setup ## Check which part imports which
	@$(VENV)/bin/lint-imports

notebooks: setup ## Run every notebook
	@$(PY) -m pytest --nbval-lax --nbval-cell-timeout=120 --override-ini=addopts= notebooks

check: lint types contract test notebooks ## All of the above

installed: setup ## Build the wheel, install it elsewhere and make one report with it
	@PYTHON="$(abspath $(PY))" tools/installed.sh "$(CAPTURE)"

benchmark: setup ## Measure speed and memory beside other tools: minutes, and an idle machine
	@$(PY) -m tests.benchmarks

fuzz: setup ## Look for new inputs that break something: minutes
	@HYPOTHESIS_PROFILE=fuzz $(PY) -m pytest --numprocesses=$(WORKERS) --dist=loadfile

data: setup ## Make the sample captures again (needs root, network namespaces, nginx, tcpdump)
	@$(PY) data/make.py

pin: ## Resolve every dependency anew and write constraints.txt
	@PYTHON="$(PYTHON)" tools/pin.sh

clean: ## Remove what was made, but not the environment
	@rm -rf build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
	    .hypothesis .import_linter_cache
	@find reports -mindepth 1 ! -name README.md -delete 2>/dev/null || true
	@find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

distclean: clean ## Remove the environment too
	@if [ -f "$(VENV)/pyvenv.cfg" ]; then rm -rf -- "$(VENV)"; fi
