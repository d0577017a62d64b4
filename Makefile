# Every target sets up what it needs: .venv beside this file, with the pinned packages of requirements.txt.
# PYTHON=/path/to/python chooses the interpreter (3.10 to 3.13), ARGUMENTS="..." is handed to the tool or to pytest.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow lint format clean

python := .venv/bin/python

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with the pinned packages (done by every other target too)
	@PYTHON='$(PYTHON)' sh tools/venv.sh

demo: setup ## train, convert, run and report a small network
	$(python) tools/demo.py $(ARGUMENTS)

test: lint ## lint, and the fast tests: some minutes on two cores
	$(python) -m pytest $(ARGUMENTS)

test-slow: setup ## the tests that take minutes or download a dataset
	$(python) -m pytest -m slow $(ARGUMENTS)

lint: setup ## ruff's checks, and its formatting
	$(python) -m ruff check .
	$(python) -m ruff format --check .

format: setup ## let ruff repair what it can
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

clean: ## remove .venv and caches; runs/, bundles/ and reports/ stay
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
