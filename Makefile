# The two main commands are `make demo` and `make test`. Both set up .venv first; `make setup` does only that.
#
# TORCH is the requirement that pip gets. The build of torch (CPU, CUDA) depends on pip's own settings: see the README.
# Another value sets .venv up again: make demo TORCH='torch>=2.10'
TORCH ?= torch==2.13.0
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test faults package setup lint clean

demo: setup
	$(BIN)/cartoonize run quickstart -w demo

test: setup
	$(BIN)/python -m pytest -m "not slow"

# Test every fault of docs/faults.md: kill processes, fill disks, damage files. Prints one line per fault.
faults: setup
	$(BIN)/python -m pytest -m fault --durations=0 --durations-min=60

# Build sdist and wheel, install the wheel into an empty environment and colour a picture with it.
package: setup
	$(BIN)/python -m pytest -m slow tests/packaging

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

STAMP := $(VENV)/.ready-$(subst =,_,$(subst /,_,$(subst >,_,$(subst <,_,$(TORCH)))))

setup: $(STAMP)

# The stamp is written last, so that an interrupted set-up starts over.
$(STAMP): pyproject.toml setup.py Makefile
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo
