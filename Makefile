# Needs Python 3.11 or newer and make, nothing else: every target builds .venv from the pinned requirements first. Only
# `make proof` wants Node 18.20 or newer and npm, too.
#
#   make test ARGS="-k lockfile"     options for the command behind demo, quick, test, proof, bench, requirements
#   make PYTHON=python3.12 test      another interpreter (after `make clean`)

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
PIP := -m pip --disable-pip-version-check --no-input
# Stamps, not folders: a build that was interrupted leaves no stamp and starts again.
PINNED := .venv/.pinned
READY := .venv/.ready
LOCK := .venv/lock
PUBLISH := .venv/publish
WHEEL := .venv/wheel
NODE := .venv/node
# What the site is made of, as it lies in the repository: links between pages are those of the files.
PAGES := .venv/pages
# pytest keeps the tests it has rewritten, or each worker does it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo quick test proof check format schemas costs bench build sbom docs release requirements clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## plan, review and apply against the built-in simulator, no account needed
	$(BIN)/reconciler demo $(ARGS)

quick: $(READY) ## the tests without a server, a process or git, in seconds: while you write
	$(BIN)/python -m pytest -n auto --dist worksteal tests/unit tests/manifest tests/render tests/test_architecture.py \
		--ignore=tests/unit/test_git_store.py --ignore=tests/unit/test_state_branch.py \
		--ignore=tests/unit/test_stores.py --ignore=tests/unit/test_archive.py $(ARGS)

test: $(READY) ## every test, of the long ones a share that moves with the commit: before you push
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

proof: $(READY) $(NODE)/.ready ## the long ones in full: every seed, mutant, crash point and broken reply, the real limits
	$(BIN)/python -m pytest -n auto --dist worksteal -m proof $(ARGS)

check: $(READY) ## format, lint and types, as the continuous integration runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict

format: $(READY) ## format the code and apply the lint fixes that are safe
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

schemas: $(READY) ## write schemas/ again from the kinds
	$(BIN)/reconciler schema --out schemas

costs: $(READY) ## what a field, a kind, a contract, a room costs
	$(BIN)/python -m tests.costs

bench: $(READY) ## measure; see tests/benchmarks
	$(BIN)/python -m tests.benchmarks $(ARGS)

build: $(READY) ## source distribution and wheel, into dist/
	rm -rf dist
	$(BIN)/hatchling build

# The wheel in a venv of its own, with nothing but what it is installed with: that is the bill.
sbom: build $(PUBLISH)/.ready ## bill of materials of the installed wheel (CycloneDX), into dist/
	rm -rf $(WHEEL)
	$(PYTHON) -m venv --without-pip $(WHEEL)
	$(BIN)/python -m pip --python $(WHEEL)/bin/python --disable-pip-version-check --no-input install --quiet \
		--require-hashes -r .ci/requirements-runtime.txt
	$(BIN)/python -m pip --python $(WHEEL)/bin/python --disable-pip-version-check --no-input install --quiet \
		--no-deps --no-index dist/*.whl
	$(PUBLISH)/bin/cyclonedx-py environment --output-reproducible --output-file dist/ads-reconciler.cdx.json \
		$(WHEEL)/bin/python

docs: $(PUBLISH)/.ready ## the documentation's site, strictly, into .venv/site/
	rm -rf $(PAGES) && mkdir -p $(PAGES)
	ln -s ../../README.md ../../CHANGELOG.md ../../LICENSE ../../action.yml ../../docs ../../examples ../../.github $(PAGES)
	NO_MKDOCS_2_WARNING=1 $(PUBLISH)/bin/mkdocs build --strict --config-file docs/mkdocs.yml

release: $(READY) ## write a version where it stands (ARGS="prepare 0.2.0"); see docs/releasing.md
	@$(BIN)/python -m tests.release $(ARGS)

requirements: $(LOCK)/.ready ## pin again after a change in pyproject.toml (ARGS=--upgrade: newest versions)
	$(LOCK)/bin/uv pip compile $(UV) $(ARGS) pyproject.toml --extra buckets --extra fleet --group dev --output-file .ci/requirements.txt
	$(LOCK)/bin/uv pip compile $(UV) pyproject.toml --extra buckets --extra fleet --constraint .ci/requirements.txt --upgrade \
		--output-file .ci/requirements-runtime.txt
	$(LOCK)/bin/uv pip compile $(UV) $(ARGS) --group lock --output-file .ci/requirements-uv.txt
	$(LOCK)/bin/uv pip compile $(UV) $(ARGS) --group publish --output-file .ci/requirements-publish.txt

# One file for every platform and Python version we support, with the hashes of all their wheels.
UV := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make requirements"

# GitHub's own parser of workflow files, from npm, as its package-lock pins it.
$(NODE)/.ready: $(PINNED) $(wildcard tests/gitops/official/*)
	rm -rf $(NODE)
	cp -r tests/gitops/official $(NODE)
	cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

clean: ## remove .venv, caches and builds
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PINNED): .ci/requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) install --quiet --require-hashes -r .ci/requirements.txt
	@touch $@

$(READY): $(PINNED) pyproject.toml
	$(BIN)/python $(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Beside the pinned packages, not among them: pinning must work when the present pins do not.
$(LOCK)/.ready: .ci/requirements-uv.txt
	rm -rf $(LOCK)
	$(PYTHON) -m venv $(LOCK)
	$(LOCK)/bin/python $(PIP) install --quiet --require-hashes -r .ci/requirements-uv.txt
	@touch $@

$(PUBLISH)/.ready: .ci/requirements-publish.txt
	rm -rf $(PUBLISH)
	$(PYTHON) -m venv $(PUBLISH)
	$(PUBLISH)/bin/python $(PIP) install --quiet --require-hashes -r .ci/requirements-publish.txt
	@touch $@
