# `make help` says what there is.  Needs python3 (3.11 or newer, with venv), make and git; the rest
# is fetched into .venv and .servers, nothing is installed on the machine.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --editable
WORKERS ?= 2
PYTEST_ARGS ?=
SOAK_ARGS ?=
DIFFERENTIAL_ARGS ?=
FUZZ_ARGS ?=
COMPAT_ARGS ?=
ABOUT_THE_ADAPTER = $(sort $(wildcard tests/integration/test_adapter_*.py) $(shell \
  grep -lE '\badapter\b|make_(async_)?client' tests/integration/test_*.py tests/integration/*/test_*.py))
BENCH_ARGS ?=
ABOUT_LOOPS = $(addprefix tests/integration/,test_loops.py test_adapter_order.py \
  test_adapter_blocking.py test_adapter_pipeline.py test_adapter_pubsub.py test_adapter_lifecycle.py \
  test_pubsub_bridge_loops.py queues/test_bullmq_queues.py test_command_line.py test_mock_server.py \
  test_mock_faults.py test_commands_migrate.py test_replication.py test_replication_stream.py)

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test coverage uvloop redis5 soak differential fuzz compat unit lint types bench bench-micro coverage-commands coverage-native servers clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo REDIS_URL=redis://127.0.0.1:6379   the demo on a server of yours"
	@echo "  make bench BENCH_ARGS='must-hold --quick'   what must hold, in a minute; all: --quick"
	@echo "  make test PYTEST_ARGS='--target mock -k blpop'  anything that pytest takes"

demo: $(STAMP)  ## a BullMQ queue through the adapter, on the bundled mock server
	@exec $(BIN)/python -m benchmarks.demo

coverage: $(STAMP)  ## line and branch coverage of adapter/; fails under 95 %
	@.ci/servers.sh || true
	@$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term-missing tests/unit/adapter $(ABOUT_THE_ADAPTER) $(PYTEST_ARGS)

test: $(STAMP)  ## all tests: unit, and integration on mock, redis and valkey
	@.ci/servers.sh || { test "$$CI" != true && echo "make: going on without; tests on it are skipped"; }
	@.ci/bullmq_scripts.sh || { test "$$CI" != true && echo "make: going on without; tests of them are skipped"; }
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)
	@test -n "$(PYTEST_ARGS)" || exec $(MAKE) uvloop
	@test -n "$(PYTEST_ARGS)" || exec $(MAKE) redis5

uvloop: $(STAMP)  ## on uvloop: the asynchronous client (order, blocking calls, pub/sub ...), and the mock
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --loop uvloop --target mock $(ABOUT_LOOPS)

redis5:  ## unit and parity tests of the adapter on the mock, with redis-py 5.3 underneath
	@PYTHON=$(PYTHON) WORKERS=$(WORKERS) exec .ci/redis5.sh

soak: $(STAMP)  ## ten minutes of random commands from fifty clients, on the mock
	@exec $(BIN)/python -m tests.soak $(SOAK_ARGS)

differential: $(STAMP)  ## 20,000 generated commands per data type, on mock and real servers at once
	@.ci/servers.sh
	@exec $(BIN)/python -m tests.integration.differential $(DIFFERENTIAL_ARGS)

fuzz: $(STAMP)  ## a million hostile inputs for reader, inline parser, binders and kernel
	@exec $(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

compat: $(STAMP)  ## the test suites of RQ and Huey, with redis-py and with the adapter
	@.ci/servers.sh
	@exec $(BIN)/python -m tests.compat $(COMPAT_ARGS)

unit: $(STAMP)  ## the tests that need no server
	@exec $(BIN)/python -m pytest tests/unit $(PYTEST_ARGS)

lint: $(STAMP)  ## ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)  ## mypy --strict on both packages
	@$(BIN)/mypy

bench: $(STAMP)-bench  ## adapter and mock beside what they replace; writes docs/benchmarks/
	@.ci/servers.sh
	@exec $(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-micro: $(STAMP)-bench  ## microseconds of single steps: the adapter's neck, the mock's hot path
	@exec $(BIN)/python -m pytest benchmarks/micro --benchmark-max-time=0.3 --benchmark-columns=min,median,iqr,ops --benchmark-sort=name $(PYTEST_ARGS)

coverage-commands: $(STAMP)  ## which commands the mock has; writes docs/COMMANDS.md
	@.ci/servers.sh || true
	@exec $(BIN)/python -m tests.command_coverage --write

coverage-native: $(STAMP)  ## what each method of redis-py becomes inside GLIDE; writes docs/NATIVE.md
	@exec $(BIN)/python -m tests.native_requests --write

servers:  ## find or fetch redis-server and valkey-server
	@.ci/servers.sh

clean:  ## remove .venv, .servers, .compat and every cache
	@rm -rf .venv .venv-redis5 .servers .compat build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "make: Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	       "Name another one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
	  echo "make: $(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
	@echo "installing into .venv ..."
	@$(PIP_INSTALL) '.[test,queues]'
	@touch $@

$(STAMP)-bench: $(STAMP)
	@$(PIP_INSTALL) '.[bench]'
	@touch $@
