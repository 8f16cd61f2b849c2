# Two commands: `make demo` and `make test`. Both set up .venv first; `make setup` does only that.
#
# TORCH is what pip is asked for; which build of it (CPU, CUDA) comes from pip's own settings: see the README.
# Another choice sets .venv up anew: make demo TORCH='torch>=2.10'
TORCH ?= torch==2.13.0
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test faults setup lint clean

demo: setup
	$(BIN)/cartoonize run quickstart -w demo

test: setup
	$(BIN)/python -m pytest -m "not slow"

# Everything that can go wrong, tried: processes are killed, disks are full, files are damaged. One line each.
faults: setup
	$(BIN)/python -m pytest -m fault --durations=0 --durations-min=60

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

STAMP := $(VENV)/.ready-$(subst =,_,$(subst /,_,$(subst >,_,$(subst <,_,$(TORCH)))))

setup: $(STAMP)

# The stamp is written last: a set-up that was interrupted starts over.
$(STAMP): pyproject.toml Makefile
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo
