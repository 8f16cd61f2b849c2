# The two main commands are `make demo` and `make test`. Both set up .venv first, `make demo` only with what the program
# itself needs; `make setup` sets up everything.
#
# TORCH is the requirement that pip gets. The build of torch (CPU, CUDA) depends on pip's own settings: see docs/install.md.
# Another value sets .venv up again: make demo TORCH='torch>=2.10'
TORCH ?= torch==2.13.0
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Files that say what is installed: the program; everything. They are written last, so that an interrupted set-up starts over.
PROGRAM := $(VENV)/.program-$(subst =,_,$(subst /,_,$(subst >,_,$(subst <,_,$(TORCH)))))
EVERYTHING := $(PROGRAM)-dev

.PHONY: demo test slow faults gpu package docs setup lint clean

demo: $(PROGRAM)
	$(BIN)/cartoonize run quickstart -w demo

# Two tests run at a time. A test that shares a fixture with the one before it stays in its process where possible.
test: setup
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist worksteal

# Run the slow tests: tutorials, recipes from films to the page, long trainings. Half an hour on two slow cores.
slow: setup
	$(BIN)/python -m pytest -m "slow and not fault" --ignore tests/packaging

# Test every fault of docs/faults.md: kill processes, fill disks, damage files. Prints one line per fault.
faults: setup
	$(BIN)/python -m pytest -m fault --durations=0 --durations-min=60

# On a machine with a CUDA GPU: compare all methods with the CPU, and measure. Meant to take less than five minutes.
gpu: setup
	$(BIN)/python -m pytest -m gpu
	$(BIN)/python -m benchmarks gpu --quick

# Build sdist and wheel, install the wheel into an empty environment and colour a picture with it.
package: setup
	$(BIN)/python -m pytest -m slow tests/packaging

# Build the documentation into site/. Links that lead nowhere are errors.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Open site/index.html."

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(EVERYTHING)

$(PROGRAM): pyproject.toml setup.py Makefile
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(EVERYTHING): $(PROGRAM)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo site
