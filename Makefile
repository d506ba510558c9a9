# Everything a user or a developer does here, by name: make help

PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup dev run test check train bench screenshots

help: ## say what there is
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1	/p' Makefile | expand -t 20

setup: ## make .venv, install what serving and sieving need, and the command monasieve
	@tools/setup.sh serve

dev:
	@tools/setup.sh dev

run: setup ## start MonaSieve on http://127.0.0.1:8000 (PORT=8001 for another port)
	@exec $(PYTHON) webapp/serving/tethered.py .venv/bin/monasieve serve

test: dev ## run all tests, the browser's too, and hold the coverage
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --only-allowed-skips --cov --cov-report=
	@$(PYTHON) -m coverage report --fail-under=90
	@$(PYTHON) -m coverage report --fail-under=100 --include='webapp/storage/*,ml/scoring/piles.py'

check: dev ## format, lint, types, who imports whom, length of modules
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m mypy
	@$(PYTHON) -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@$(PYTHON) tools/lengths.py

train: ## train a target (ARGS="DATASET --target NAME --imagenet FILE"; ARGS=--help)
	@tools/setup.sh train
	@.venv/bin/monasieve train $(ARGS)

bench: setup ## measure the throughput (ARCHIVE=pictures.zip for pictures of your own)
	@$(PYTHON) bench/throughput.py $(if $(ARCHIVE),"$(ARCHIVE)")

screenshots: dev ## make the README's pictures again, from drawn pictures
	@$(PYTHON) -m tools.screenshots
