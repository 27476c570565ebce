# Provisional.
VENV ?= .venv
PY := $(VENV)/bin/python

.PHONY: run test lint
run:
	$(PY) -m ledgerflow.embedded run
test:
	$(PY) -m ledgerflow.embedded with --temporary --fast --redis -- $(PY) -m pytest
lint:
	$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy . && $(VENV)/bin/lint-imports
