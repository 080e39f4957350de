# Sensync: `make demo` shows it, `make test` proves it. Both set up what they need, in .venv.
#
#   make demo            a made-up school, a Google Workspace on this machine, set-up, first sync; Ctrl-C ends it
#   make demo ONCE=1     the same, ending after a booking, answers to concerns and one press, with a summary
#                        (PORT=8765 chooses the port)
#   make test            style, types, architecture, then every test              (WITHOUT="browser postgres")
#   make lint            the same without the tests
#   make bench           requests, bytes and CPU of a sync, beside other tools    (BENCH="--quick" is passed on)
#   make install-dev     everything for working on Sensync, in .venv
#   make clean           takes away what the others made
#
# Works with GNU make 3.81 (macOS) and later.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

# Markers of tests to leave out, for a machine that cannot have a browser or a PostgreSQL server.
WITHOUT ?=
empty :=
space := $(empty) $(empty)
LEFT_OUT := $(subst $(space), and ,$(patsubst %,not@%,$(strip $(WITHOUT))))
MARKERS := $(if $(LEFT_OUT),-m "$(subst @, ,$(LEFT_OUT))")

.PHONY: demo test lint style types architecture pytest bench install install-dev clean
.DEFAULT_GOAL := demo

demo: $(STAMP)
	@$(BIN)/sensync demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: lint pytest

lint: style types architecture

style: $(DEV_STAMP)
	@echo "== Style: ruff"
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --quiet --check . || { echo "Run: $(BIN)/ruff format ."; exit 1; }

types: $(DEV_STAMP)
	@echo "== Types: mypy --strict"
	@$(BIN)/mypy

architecture: $(DEV_STAMP)
	@echo "== Architecture: import-linter"
	@$(BIN)/lint-imports --no-logo

pytest: $(DEV_STAMP)
	@WITHOUT="$(WITHOUT)" .ci/system-packages
	@echo "== Tests: pytest"
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(MARKERS)

bench: $(DEV_STAMP)
	@$(BIN)/python -m bench.mirror $(BENCH)

install: $(STAMP)

install-dev: $(DEV_STAMP)

$(BIN)/python:
	@PYTHON="$(PYTHON)" .ci/make-venv "$(VENV)"

$(STAMP): pyproject.toml | $(BIN)/python
	@echo "== Installing Sensync and its libraries in $(VENV) (a minute or two the first time)"
	@$(PIP) install --upgrade "pip>=25.1"
	@PYTHONWARNINGS=ignore $(PIP) install --editable .
	@touch $@

$(DEV_STAMP): $(STAMP)
	@echo "== Installing what the tests need"
	@$(PIP) install --group dev
	@touch $@

clean:
	rm -rf $(VENV) .demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
