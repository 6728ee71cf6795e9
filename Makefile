# Every target bootstraps its own .venv from python3 alone.
PYTHON ?= python3
BIN := .venv/bin
STATION ?= station

.PHONY: demo run test check score bench million million-rebuild docs accept clean
.DEFAULT_GOAL := demo

.venv/ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Caversham needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12 demo" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || \
	  { echo "python3 cannot make a virtual environment here. On Debian: apt install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	@$(BIN)/uv sync --quiet --frozen --inexact --all-extras
	@touch $@

demo: .venv/ready ## collect, search and show a fictional outlet; ends with a page to open
	@$(BIN)/caversham demo --station demo-station

run: .venv/ready ## serve the station in ./station (make it with `caversham init`)
	@$(BIN)/caversham serve --station $(STATION)

test: .venv/ready ## all tests
	@$(BIN)/pytest

check: .venv/ready ## what CI checks besides the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell src tests bench docs *.md
	@$(BIN)/python docs/generate.py --check

docs: .venv/ready ## write the generated parts of the docs again
	@$(BIN)/python docs/generate.py

score: .venv/ready ## figures of quality
	@$(BIN)/python -m bench.score

bench: .venv/ready ## figures of speed, as ratios beside a peer
	@$(BIN)/python -m bench.bench

million: .venv/ready ## load the station of a million articles that the figures of search are measured in, once
	@$(BIN)/python -m bench.million.load

million-rebuild: .venv/ready ## make the million again from its archive, in a copy: twenty minutes
	@$(BIN)/python -m bench.million.rebuild

accept: .venv/ready ## write expected files again, to be reviewed as a diff
	@ACCEPT=1 $(BIN)/pytest -q tests/golden tests/outlets

clean: ## remove what make made
	@rm -rf .venv demo-station .pytest_cache .mypy_cache .ruff_cache .hypothesis
