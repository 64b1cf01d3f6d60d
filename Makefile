# Everything a person or CI does with this tree. `make` alone lists it.
# Needs python3 (3.11 or newer) and a package registry, nothing else.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; print("$(name)" if sys.version_info >= (3, 11) else "")' 2>/dev/null)))
BIN := .venv/bin
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
NPM := $(NODE) npm --prefix web
WEB := $(shell find web -name node_modules -prune -o -type f -print)
CLIENTS := clients/operations.graphql
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

# What a machine says of caches is for one run of a program; tests start the same modules a hundred times.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup web browser curl programs standards screenshots demo test ready lint style types imports pages \
	current rules proven faults faults-hosts soak stateful fuzz mutation bench capacity format lock clients operating \
	audit sbom released clean

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

setup: .venv/installed ## the environment: .venv/ with the `backfill` command in .venv/bin, and the pages
	@$(MAKE) --no-print-directory web || echo "The pages could not be built; everything else works without" \
		"them. To try again: make web"

.venv/installed: requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Backfill needs Python 3.11 or newer, and neither python3 nor python3.11" \
		"to python3.14 is one. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python could not make a virtual" \
		"environment; on Debian and Ubuntu its venv package is separate: install python3-venv."; exit 1; }
	@echo "Installing what requirements-dev.lock names into .venv …"
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true # as pip does, but on every core; it skips the same files
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

web: api/pages/built/index.html ## the pages for people: board, scanner, GraphiQL

# The whole path, because schema.graphql by its name is the command that writes it anew.
api/pages/built/index.html: web/node_modules/.installed $(CURDIR)/schema.graphql $(WEB) $(CLIENTS)
	@echo "Building the pages …"
	@$(NPM) run --silent build

web/node_modules/.installed: .venv/installed web/package-lock.json web/package.json
	@echo "Installing what web/package-lock.json names …"
	@$(NPM) ci --loglevel=error
	@touch $@

clients: setup ## the generated code of the Python client, from clients/operations.graphql and the schema
	@test -x .cache/clients/bin/ariadne-codegen || { "$(PYTHON)" -m venv .cache/clients && \
		.cache/clients/bin/pip install --quiet ariadne-codegen==0.19.0; }
	cd clients/python && ../../.cache/clients/bin/ariadne-codegen
	$(BIN)/python -m tests.clients.used_schema > clients/python/generated-from.txt

demo: setup ## the whole program on sample orders, with a live feed in this terminal
	@$(BIN)/backfill demo

browser: ## Chromium, which the tests of the pages need, where there is none and root can install it
	@test -n "$(CHROMIUM)" || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing Chromium …" && \
			apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; } || \
		{ echo "The tests of the pages need Chromium: install it, or set CHROMIUM to where it is."; exit 1; }

curl: ## curl, with which the walkthroughs fetch files, where there is none and root can install it
	@command -v curl >/dev/null || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing curl …" && \
			apt-get -qq update && apt-get -qq install -y --no-install-recommends curl >/dev/null; } || \
		{ echo "The tests of the walkthroughs need curl: install it."; exit 1; }

standards: tests/standards/node_modules/.installed ## the audits and clients from npm that the tests of standards drive

tests/standards/node_modules/.installed: .venv/installed tests/standards/package-lock.json
	@echo "Installing what tests/standards/package-lock.json names …"
	@$(NODE) npm --prefix tests/standards ci --loglevel=error
	@touch $@

test: ## everything CI checks: lint, types, architecture, schema, a test for every rule, tests
	@$(MAKE) --no-print-directory --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=line) ready
	$(BIN)/python -m pytest -n "$$($(BIN)/python -c 'import os; print(min(os.cpu_count() + 1, 4))')" --dist loadgroup

# What can be got and checked side by side, before the tests, which have the machine to themselves.
ready: programs standards lint proven

programs: # apt-get can't run twice at a time
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory curl

lint: style types imports pages current ## style, types, the architecture's import rules, and schema.graphql against the code

style: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/installed
	$(BIN)/mypy

imports: .venv/installed
	$(BIN)/lint-imports

pages: web
	$(NPM) run --silent check

current: .venv/installed
	$(BIN)/backfill schema | diff -u schema.graphql - || { echo "schema.graphql is stale: make schema.graphql"; exit 1; }

proven: .venv/installed
	$(BIN)/python -m tests.rule_table > /dev/null

rules: setup ## which tests prove which rule of docs/rules.md; fails when a rule has none
	@$(BIN)/python -m tests.rule_table

faults: setup ## ten minutes of load while everything it stands on fails; FAULTS="--seconds 60 --seed 7"
	$(BIN)/python -m tests.faults $(FAULTS)

faults-hosts: setup ## the same on nine hosts, while PostgreSQL fails over; takes root and iproute2
	$(BIN)/python -m tests.faults --hosts $(FAULTS)

bench: setup ## every promise about speed, beside its peers and limits; writes docs/performance.md
	$(BIN)/python -m bench $(BENCH)

capacity: setup ## what units of work cost, and how well that predicts a mixed load; writes docs/capacity.md
	$(BIN)/python -m bench.capacity $(CAPACITY)

soak: setup ## half an hour of mixed load, and whether anything grows; SOAK="--seconds 600" for less
	$(BIN)/python -m tests.soak $(SOAK)

stateful: setup ## 10,000 random operations against a reference model of the domain; STEPS=100000 for more
	BACKFILL_TEST_STEPS=$(STEPS) $(BIN)/python -m pytest -s tests/stateful

STEPS = 10000

fuzz: setup ## minutes of random requests; TIMES=100 for longer, FUZZ="--hypothesis-seed 7" to repeat one
	BACKFILL_TEST_FUZZ=$(TIMES) $(BIN)/python -m pytest tests/fuzz $(FUZZ)

TIMES = 20

mutation: setup ## break domain/rules on purpose, one small change at a time: which ones no test notices
	@mkdir -p .cache
	BACKFILL_TEST_PROFILE=mutation $(BIN)/mutmut run $(MUTANTS) > .cache/mutation.log || { tail -n 30 .cache/mutation.log; exit 1; }
	@$(BIN)/mutmut results
	@$(BIN)/mutmut export-cicd-stats > /dev/null && cat mutants/mutmut-cicd-stats.json

screenshots: setup web browser ## the pictures of the pages in docs/images
	$(BIN)/python -m tests.web.screenshots

format: setup ## put the code into its form and mend what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

operating: setup ## the tables of settings and measurements in docs/operating.md, from the program
	BACKFILL_TEST_WRITE=1 $(BIN)/python -m pytest -q tests/docs/test_operating.py

audit: .venv/installed ## known weaknesses of everything that is installed, where the advisory services answer
	$(BIN)/python -m tests.supply_chain.audit

sbom: .venv/installed ## what the program consists of, as CycloneDX: build/sbom/*.cdx.json
	@mkdir -p build/sbom
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-file build/sbom/program.cdx.json requirements.lock
	$(NPM) sbom --loglevel=error --package-lock-only --sbom-format cyclonedx --sbom-type application > build/sbom/pages.cdx.json

released: ## with a new release: clients may rely on today's schema from now on
	cp schema.graphql tests/api/released.graphql
	git rev-parse HEAD > tests/faults/released_commit

.PHONY: schema.graphql
schema.graphql: setup
	$(BIN)/backfill schema > $@.new && mv $@.new $@
	$(BIN)/backfill schema --markdown > docs/reference.md

lock: ## resolve the dependencies of pyproject.toml again; `make lock UPGRADE=--upgrade` takes newer ones
	@test -x .cache/lock/bin/uv || { "$(PYTHON)" -m venv .cache/lock && .cache/lock/bin/pip install --quiet uv; }
	.cache/lock/bin/uv pip compile $(LOCK) pyproject.toml --output-file requirements.lock
	.cache/lock/bin/uv pip compile $(LOCK) --constraint requirements.lock pyproject.toml --group dev \
		--output-file requirements-dev.lock

# One lock for every supported Python and platform; no registry's address in it.
LOCK = --quiet --extra tracing --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	$(UPGRADE)

clean: ## remove the environment and every cache
	rm -rf web/node_modules tests/standards/node_modules bench/peers/postgraphile/node_modules api/pages/built build mutants .venv .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
