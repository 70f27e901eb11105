# Two commands for a fresh machine: `make demo` and `make test`. Only python3 and make are needed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Tests run in as many processes as there are cores: make test WORKERS=0 for one, such as for a debugger.
WORKERS ?= auto
PYTEST := -m pytest --numprocesses $(WORKERS) --dist worksteal
DEMO := demo_out

.PHONY: help demo test test-slow test-all test-min test-frameworks test-package test-browser test-spark test-services test-nojit coverage page lock audit lint types docs bench clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

$(BIN)/cat2vec: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.test: $(BIN)/cat2vec
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

# A wheel of torch at hand (PIP_FIND_LINKS, such as one for CPUs only) is taken before that of the
# index, which on Linux brings gigabytes for GPUs.
$(VENV)/.frameworks: $(VENV)/.test
	-$(BIN)/pip install --quiet --no-index --no-deps torch
	$(BIN)/pip install --quiet --editable '.[test,frameworks]'
	@touch $@

# Chromium comes from the system: where it is missing, Debian's package is installed, which takes root.
WEB := cat2vec/explore/web
$(VENV)/.browser: $(VENV)/.test $(WEB)/node_modules/.package-lock.json
	$(BIN)/pip install --quiet --editable '.[test,browser]'
	command -v chromium "$$CAT2VEC_CHROMIUM" || { apt-get update && apt-get install --yes --no-install-recommends chromium; }
	@touch $@

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json
	cd $(WEB) && npm ci --no-progress

# Spark and Dask hold other packages back, so they have an environment of their own.
$(VENV)-services/.test: pyproject.toml
	$(PYTHON) -m venv $(VENV)-services
	$(VENV)-services/bin/pip install --quiet --upgrade pip
	$(VENV)-services/bin/pip install --quiet --editable '.[test,services]'
	@touch $@

demo: $(BIN)/cat2vec  ## learn vectors for 124 vehicle types and print neighbours
	$(BIN)/cat2vec train cat2vec/datasets/vehicles.csv --exclude example --types wheels=numeric --out $(DEMO)/vehicles
	@for vehicle in tram submarine bicycle "launch rocket"; do \
		echo; echo "nearest to $$vehicle:"; \
		$(BIN)/cat2vec nearest $(DEMO)/vehicles vehicle "$$vehicle" -n 3; \
	done
	@echo; echo "for gensim: $(DEMO)/vehicles/vectors.kv"

test: $(VENV)/.test  ## set up and run the tests
	$(BIN)/python $(PYTEST) -m "not slow and not browser" $(PYTEST_ARGS)

test-slow: $(VENV)/.test  ## the tests that `make test` leaves out, such as many trainings of one table
	$(BIN)/python $(PYTEST) -m slow $(PYTEST_ARGS)

test-all: $(VENV)/.dev test test-slow lint types  ## tests, style and types

# Without the compiler a loop is Python, and coverage sees its lines. Counters of kernels run over on purpose.
PLAIN := NUMBA_DISABLE_JIT=1 $(BIN)/python $(PYTEST) -m "kernels and not slow" -W "ignore:overflow encountered"

test-nojit: $(VENV)/.test  ## tests that call every kernel, with kernels as plain Python
	$(PLAIN) $(PYTEST_ARGS)

coverage: $(VENV)/.test  ## which branches the tests of `make test` and `make test-nojit` take; 95 % at least
	rm -f .coverage
	$(PLAIN) --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/python $(PYTEST) -m "not slow and not browser" --cov --cov-append --cov-fail-under 95 $(PYTEST_ARGS)

test-min: ## run the tests with the lowest versions that pyproject.toml allows
	$(PYTHON) -m venv $(VENV)-min
	$(VENV)-min/bin/pip install --quiet --upgrade pip
	$(PYTHON) tests/lowest_versions.py pyproject.toml > $(VENV)-min/constraints.txt
	$(VENV)-min/bin/pip install --quiet --editable '.[test]' --constraint $(VENV)-min/constraints.txt
	$(VENV)-min/bin/python $(PYTEST) -m "not slow and not browser" $(PYTEST_ARGS)
	$(VENV)-min/bin/python $(PYTEST) -m slow tests/test_repeatability.py $(PYTEST_ARGS)

test-frameworks: $(VENV)/.frameworks  ## tests with PyTorch, Keras and TensorFlow, which take gigabytes
	$(BIN)/python $(PYTEST) tests/export tests/examples tests/docs/test_pages.py tests/cli/test_faults.py \
		tests/estimator/test_features_together.py cat2vec/export $(PYTEST_ARGS)

test-package: $(BIN)/cat2vec  ## build wheel and source distribution, install each into an empty environment, try it; walk the path of a newcomer
	$(BIN)/pip install --quiet build
	rm -rf dist build/package && mkdir -p build/package
	$(BIN)/python -m build --outdir dist .
	@for package in dist/*.whl dist/*.tar.gz; do \
		rm -rf build/package/* && $(PYTHON) -m venv build/package/venv && mkdir build/package/empty && \
		build/package/venv/bin/pip install --quiet $$package && \
		(cd build/package/empty && ../venv/bin/python ../../../tests/smoke.py) || exit 1; \
	done
	sh tests/newcomer.sh

test-browser: $(VENV)/.browser  ## tests of the page of `cat2vec explore` in Chromium; needs node and npm
	$(BIN)/python $(PYTEST) -m "browser or not slow" tests/explore $(PYTEST_ARGS)

page: $(WEB)/node_modules/.package-lock.json  ## build the page of `cat2vec explore` from its sources
	cd $(WEB) && npm run build

test-spark: $(VENV)-services/.test  ## tests with clusters of Spark (which needs Java) and Dask on this machine
	$(VENV)-services/bin/python -m pytest tests/counting/partitioned -k "spark or Dask" $(PYTEST_ARGS)

test-services: $(VENV)-services/.test  ## tests with databases: SQLite, and PostgreSQL where its server is installed
	$(VENV)-services/bin/python -m pytest tests/services $(PYTEST_ARGS)

lock: $(VENV)/.dev $(VENV)/.docs  ## write .ci/constraints.txt anew: make clean lock
	(echo "# Versions for checks that do not change by themselves, of Python 3.11. Renew: make clean lock"; \
		$(BIN)/pip freeze --exclude-editable) > .ci/constraints.txt

audit: $(VENV)/.dev  ## look for known faults of the versions in .ci/constraints.txt; needs the network
	$(BIN)/pip install --quiet pip-audit
	$(BIN)/pip-audit --requirement .ci/constraints.txt --no-deps --disable-pip --strict

lint: $(VENV)/.dev  ## check style, and that nothing needs a newer Python than pyproject.toml says
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/vermin --quiet --violations --no-tips --target=3.10- \
		--exclude copy.replace --exclude str.decode cat2vec tests benchmarks examples

types: $(VENV)/.dev  ## check types
	$(BIN)/mypy

$(VENV)/.docs: $(BIN)/cat2vec
	$(BIN)/pip install --quiet --editable '.[docs]'
	@touch $@

docs: $(VENV)/.docs  ## build the documentation: build/site/index.html, which needs no network
	sh docs/pages.sh
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet -c docs build/pages build/site

bench: $(BIN)/cat2vec  ## compare the solvers on real tables: make bench DATA=folder
	$(BIN)/python -m benchmarks.solvers $(DATA)
	$(BIN)/python -m benchmarks.tables $(DATA)

clean:  ## remove what these targets made
	rm -rf $(VENV) $(VENV)-min $(VENV)-services $(WEB)/node_modules $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
