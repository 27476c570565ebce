# The two commands are `make run` and `make test`. They need a Python from 3.11 to 3.14 (PYTHON=… names one) and
# nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# Images of containers often set this, and then each of the hundred processes of the tests compiles all of the code.
export PYTHONDONTWRITEBYTECODE :=

PY := .venv/bin/python
SERVICES := $(PY) -m ledgerflow.embedded with
# Versions of PostgreSQL that `make test` runs on. A server of your own (DATABASE_URL) is tested once, as it is.
PG ?= $(if $(DATABASE_URL),18,18 16)
# For the two cores of the machine this is built for. Tests of processes mostly wait for them, so a third worker goes on.
PYTEST := $(PY) -m pytest --dist worksteal
WITH_PROCESSES := $(PYTEST) -n 3 $(PYTEST_ARGS)
WITHOUT := $(PYTEST) -n 2 $(PYTEST_ARGS)
MEASURED := --cov --cov-report= --cov-fail-under=0
PURE := ledgerflow/core/*,ledgerflow/core/locales/*,ledgerflow/books/eventlog.py,ledgerflow/books/groupcommit.py,ledgerflow/books/copying.py,ledgerflow/events/cloudevents.py,ledgerflow/events/feed/event_types.py,ledgerflow/events/checkpoints/merkle.py,ledgerflow/events/checkpoints/notes.py,$\
	ledgerflow/desk/finding/amounts.py,ledgerflow/desk/errors.py,ledgerflow/desk/finding/grammar.py,ledgerflow/desk/finding/periods.py,ledgerflow/desk/finding/wanted.py,ledgerflow/desk/translations/catalogue.py,$\
	accounts/specs.py,accounts/iso4217.py,journals/drafts.py,journals/engine.py,journals/events.py,$\
	journals/dating.py,journals/limits.py,journals/days/cutoffs.py,journals/periods/fiscal_years.py,journals/schedules/dates.py,journals/schedules/templates.py,$\
	journals/hold_states.py,journals/hold_events.py,journals/lot_keeping/states.py,journals/lot_keeping/deciding.py,journals/lot_keeping/facts.py,journals/attachments/kinds.py,journals/attachments/errors.py,journals/by_hand/amounts.py,journals/by_hand/errors.py,journals/by_hand/sheets.py,$\
	ledgerflow/web/pages/charts.py,reports/shapes.py,reports/reading/tree.py,reports/reading/years.py,$\
	fx/rates/conversion.py,fx/rates/ecb.py,fx/rates/csv_rates.py,fx/rates/quotes.py,fx/rates/files.py,fx/deals/exchange_amounts.py,fx/revaluation/revaluing.py,$\
	recon/statements/parsers/*,recon/statements/errors.py,$\
	recon/matching/passes/*,$\
	recon/reports/bridge.py,recon/reports/errors.py,recon/open_items/settling.py,recon/open_items/suggesting.py,$\
	apps/operations/definitions.py,apps/operations/differences.py,apps/operations/evaluating.py,apps/operations/expressions.py,apps/operations/parameters.py,apps/operations/patterns.py,$\
	apps/credits/applications.py,apps/credits/asking.py,apps/credits/definitions.py,apps/credits/entries.py,apps/credits/errors.py,apps/credits/files.py
# Checks of the code need settings that load, not a database.
NO_DATABASE := env DATABASE_URL='postgresql:///none?host=/nonexistent' LEDGERFLOW_SECRET_KEY=lint
COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(PY) -m piptools compile --quiet --upgrade --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-options

.PHONY: help run up down restart logs ps test tests test-pure test-on-18 test-on-16 coverage lint bench bench-credits bench-events bench-find bench-growth bench-recon bench-roundtrip bench-statements bench-templates bench-trace event-types lock clean run-environment dev-environment desk

help:
	@echo 'make run           start everything; Ctrl-C stops it. PORT=8001 for another port, PYTHON=python3.13 for a Python'
	@echo 'make up            each role as a process (or container) of its own; down, restart, logs, ps go with it'
	@echo 'make run KAFKA=1   the same with a Kafka broker beside it (Java 17, and Maven once). KAFKA_PORT=9092 for a port'
	@echo 'make test          all checks and tests, those of the database on 18 and 16. PG=18 for one, PYTEST_ARGS="-k words"'
	@echo 'make lint          the checks without the tests'
	@echo 'make coverage      the tests on PostgreSQL 18, and which lines none of them runs'
	@echo 'make bench         measure; bench-growth: the run into 5 million journals'
	@echo 'make bench-credits  credits under load, AMLSim as credits that expire, and how fast; 1 where a count is not right'
	@echo 'make bench-events  events through Kafka under kills, in an outage, and how fast; 1 where a promise is not kept'
	@echo 'make bench-find    the first ten hits of each way to find; 1 where one takes too long'
	@echo 'make bench-recon   reconciling: AMLSim with a bank that mangles, against the truth; 100,000 lines; 1 where a promise is not kept'
	@echo 'make bench-statements  worked examples of others, booked and reported; 1 where a figure is not right'

	@echo 'make bench-roundtrip  books exported and imported into empty ones: 1 where a statement differs'
	@echo 'make bench-templates  10,000 random templates over HTTP; 1 where a promise is not kept'
	@echo 'make bench-trace   how often a transfer and a close go from file to file; BENCH_ARGS=--pairs shows where'
	@echo 'make desk          every page of the desk in a browser, how fast also in 10 million postings, and jobs by keyboard; 1 where a bar is missed'
	@echo 'make event-types   write what was added to types of events into what is kept of them'
	@echo 'make lock          newest versions that pyproject.toml allows into the lock files'
	@echo 'make clean         remove what is made; the books in .ledgerflow stay'

run-environment:
	@.ci/install requirements.lock

dev-environment:
	@.ci/install requirements-dev.lock

run: run-environment
	@exec $(PY) -m ledgerflow.embedded run

# ROLE=query make logs, and restart: of one role.
up down restart logs ps: run-environment
	@deploy/roles.sh $@ $(ROLE)

test: dev-environment
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint tests

# The checks take one processor for longer than the pure tests take, and the other one need not wait for them.
tests: test-pure
	@for version in $(PG); do $(MAKE) --no-print-directory --output-sync=none test-on-$$version; done

# What needs no database. Pure modules are covered in whole, and by these tests alone.
test-pure: dev-environment
	@echo '== Pure modules, with coverage'
	@$(PY) -m coverage erase
	@$(NO_DATABASE) $(WITHOUT) -m pure $(MEASURED) $$(grep -rl 'mark\.pure' tests --include='test_*.py')
	@$(PY) -m coverage report --include='$(PURE)' --omit=ledgerflow/core/people.py --fail-under=100

test-on-18:
	@echo '== Tests on PostgreSQL 18'
	@$(SERVICES) --pg 18 --temporary --fast --redis --kafka-if-possible -- $(WITH_PROCESSES) -m 'not pure' \
		$$(grep -rl '^pytestmark = pytest.mark.pure$$' tests --include='test_*.py' | sed 's/^/--ignore=/')

# What the database itself decides: guards, locks, triggers, and the queries of each room in its ordinary work, which one
# module a room goes through; those of the proof all run over the books of tests/proof/test_forgery.py.
test-on-16:
	@echo '== Tests on PostgreSQL 16'
	@$(SERVICES) --pg 16 --temporary --fast --redis -- $(WITHOUT) -m 'every_server and not pure' \
		$$(grep -rl 'mark\.every_server' tests --include='test_*.py')

# Everything on PostgreSQL 18: half as long again as without.
coverage: dev-environment
	@$(PY) -m coverage erase
	@$(SERVICES) --pg 18 --temporary --fast --redis --kafka-if-possible -- $(WITH_PROCESSES) $(MEASURED)
	@$(PY) -m coverage report

lint: dev-environment
	@echo '== Checks'
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(NO_DATABASE) $(PY) -m mypy .
	@.venv/bin/lint-imports
	@$(NO_DATABASE) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

# On the disk of the project: /tmp may be memory, and memory has no fsync.
bench bench-growth: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary --redis -- \
		$(PY) -m bench $(if $(filter bench-growth,$@),growth,all) $(BENCH_ARGS)

bench-credits: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary --redis -- $(PY) -m bench.credits $(BENCH_ARGS)

# Starts its own Kafka, because it kills it.
bench-events: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary --redis -- $(PY) -m bench.events $(BENCH_ARGS)

bench-recon: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary --redis -- $(PY) -m bench.recon $(BENCH_ARGS)

bench-statements: dev-environment
	@$(SERVICES) --temporary --fast --redis -- $(PY) -m bench.statements $(BENCH_ARGS)

bench-roundtrip: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary --redis -- $(PY) -m bench.roundtrip $(BENCH_ARGS)

bench-find: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary -- $(PY) -m bench.find $(BENCH_ARGS)

bench-templates: dev-environment
	@mkdir -p .ledgerflow
	@LEDGERFLOW_TMPDIR=$(CURDIR)/.ledgerflow $(SERVICES) --temporary --redis -- $(PY) -m bench.templates $(BENCH_ARGS)

# Every page in a browser, in all widths and colours, and jobs by keyboard; 1 where a bar is missed.
desk: dev-environment
	@$(SERVICES) --temporary --redis -- $(PY) -m bench.desk $(DESK_ARGS)

bench-trace: dev-environment
	@$(SERVICES) --temporary --fast -- $(PY) -m bench.trace $(BENCH_ARGS)

# The types of events that others rely on, after something was added to them.
event-types: dev-environment
	@$(NO_DATABASE) DJANGO_SETTINGS_MODULE=ledgerflow.settings $(PY) -m tests.house.event_types

lock: dev-environment
	@$(COMPILE) --output-file requirements.lock pyproject.toml
	@$(COMPILE) --all-extras --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
