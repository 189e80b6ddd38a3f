# Two commands for a newcomer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES ?= ../shared/sources
INSTANCES ?= $(wildcard ../shared/bench)
UV := $(shell command -v uv 2>/dev/null)

.PHONY: demo test test-slow lint docs docs-pages gallery wheel data docs-data docs-methods docs-model docs-benchmarks lp-files accuracy bench install clean
.DEFAULT_GOAL := demo

demo: $(VENV)/run.stamp
	$(BIN)/siting plan scenarios/baseline.toml --out out/baseline

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow"

test-slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -q -m slow

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/nbstripout --verify notebooks/*.ipynb

# Pages in out/docs/index.html. `docs` runs the notebooks first, and one again when it, the package or the data changed;
# `docs-pages` builds with what has been run.
NOTEBOOKS := $(patsubst notebooks/%,out/notebooks/%,$(wildcard notebooks/*.ipynb))

docs: $(NOTEBOOKS) docs-pages

docs-pages: $(VENV)/dev.stamp
	$(BIN)/sphinx-build -q -W --keep-going -E -b html docs out/docs
	@echo "Pages: out/docs/index.html"

out/notebooks/%.ipynb: notebooks/%.ipynb data/datapackage.json $(shell find siting -name '*.py') | $(VENV)/dev.stamp
	$(BIN)/python docs/build_notebooks.py $< $@

gallery: $(VENV)/dev.stamp
	$(BIN)/siting plan scenarios/baseline.toml --time-limit 600 --out out/baseline
	$(BIN)/python docs/build_gallery.py out/baseline

wheel: $(VENV)/dev.stamp
	.ci/wheel

data: $(VENV)/dev.stamp
	$(BIN)/python data/build/build.py --sources $(SOURCES)
	$(BIN)/python data/build/docs_data.py

docs-data: $(VENV)/dev.stamp
	$(BIN)/python data/build/docs_data.py

docs-methods: $(VENV)/dev.stamp
	$(BIN)/python data/build/docs_methods.py

docs-model: $(VENV)/dev.stamp
	$(BIN)/python docs/build_limits.py
	$(BIN)/python docs/build_model.py

bench: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/locate.py $(if $(INSTANCES),--instances $(INSTANCES))
	$(BIN)/python benchmarks/over_time.py $(if $(INSTANCES),--instances $(INSTANCES))
	$(BIN)/python benchmarks/rivals.py $(if $(INSTANCES),--instances $(INSTANCES))
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/programme.py
	$(BIN)/python docs/build_benchmarks.py

docs-benchmarks: $(VENV)/dev.stamp
	$(BIN)/python docs/build_benchmarks.py
	$(BIN)/python docs/build_studies.py

lp-files: $(VENV)/dev.stamp
	$(BIN)/python tests/lp_cases.py

accuracy: $(VENV)/dev.stamp
	$(BIN)/python data/build/accuracy.py --sources $(SOURCES)

install: $(VENV)/run.stamp

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 12) else "siting needs Python 3.12 or newer (PuLP 4 does); this is " + sys.version.split()[0] + ": install it, or run make PYTHON=python3.12")'
ifdef UV
	uv venv --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV)
endif

$(VENV)/run.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
ifdef UV
	uv pip install --python $(BIN)/python -q -c constraints.txt -e .
else
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
endif
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
ifdef UV
	uv pip install --compile-bytecode --python $(BIN)/python -q -c constraints.txt -e ".[dev,build,solvers]"
else
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev,build,solvers]"
endif
	@touch $@ $(VENV)/run.stamp

clean:
	rm -rf $(VENV) out build dist *.egg-info
