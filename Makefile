# The tasks of a maintainer. `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: help setup fast check lint long bench coverage screens picture

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

setup: ## a fresh .venv with everything the tasks need
	python3 -m venv .venv
	.venv/bin/pip install -q -U pip
	.venv/bin/pip install -q -e . --group dev

fast: ## core and pair without the slow properties: seconds, for every save
	$(PYTHON) -m pytest -n 3 tests/core tests/pair -m "not long and not hypothesis and not slow"

lint: ## format, lint, types and import contracts
	$(BIN)ruff format --check .
	$(BIN)ruff check .
	$(BIN)mypy
	$(BIN)lint-imports

check: ## what CI runs, from a clean copy of what is committed
	.ci/run

long: ## the proofs of minutes: typing, pastes, wrapping, byte identity
	$(PYTHON) -m pytest -n 3 -m long

bench: ## our figures beside a floor in the same run, as ratios
	$(PYTHON) -m tests.bench

coverage: ## branches of core and services that their own tests reach
	$(BIN)pip install -q pytest-cov
	$(PYTHON) -m pytest -n 3 tests/core tests/pair tests/services -m "not long" \
		--cov=spark_tui/core --cov=spark_tui/services --cov-branch --cov-report=term:skip-covered

screens: ## take the pictures of the screens anew; look at each before committing
	$(PYTHON) -m pytest -n 3 tests/ui -k snapshot --snapshot-update

picture: ## README's picture, from a real run
	$(PYTHON) -m tests.ui.readme_picture
