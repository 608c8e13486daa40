# Everything a contributor does, by name; `make` alone lists it. CI runs these same targets.
# All set-up is done on the first call: two environments, so that running needs no test tools.

RUN := .venv-run/bin
DEV := .venv/bin
PIP := -m pip --disable-pip-version-check --quiet --quiet install
COMPILE := $(DEV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
CODE := rotation alembic tests tools

.DEFAULT_GOAL := help
.PHONY: help run demo test fast check format formatted lint types imports coverage mutation promises pictures soak unit bench explore wheel lock upgrade clean

help: ## list what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: .venv-run/.ready ## start the sandbox and the daemon on the example rosters
	@$(RUN)/rotation run --example

demo: .venv-run/.ready ## show handovers in the sandbox, start to end
	@$(RUN)/rotation demo

# Without compiled files each of the many processes that tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

# Two workers for each core, since real processes are waited for some of the time.
WORKERS = -n $$(($$(nproc) * 2)) --dist worksteal

# What one pytest compiled of all tests, each worker need not compile for itself.
test: .venv/.ready ## run all tests, in parallel
	@test -d tests/house/__pycache__ || $(DEV)/pytest --collect-only -qq >/dev/null
	@$(DEV)/pytest $(WORKERS)

fast: .venv/.ready ## run the quick tests, in seconds: no processes, laws on a few examples
	@$(DEV)/pytest $(WORKERS) --hypothesis-profile=fast -m "not process and not slow"

check: formatted lint types imports coverage test ## all that must hold before a change is good

format: .venv/.ready ## write the code in its one layout
	@$(DEV)/ruff format $(CODE)
	@$(DEV)/ruff check --quiet --select I --fix $(CODE)

formatted: .venv/.ready ## is the code in its one layout?
	@echo "layout"
	@$(DEV)/ruff format --check $(CODE)

lint: .venv/.ready ## look for what ruff knows to be a mistake
	@echo "lint"
	@$(DEV)/ruff check $(CODE)

types: .venv/.ready ## check types, strictly
	@echo "types"
	@$(DEV)/mypy
	@$(DEV)/mypy tools/*.py tools/bench/*.py
	@$(DEV)/mypy tools/explorer/*.py
	@$(DEV)/mypy tools/soak/*.py

imports: .venv/.ready ## check who may import whom
	@echo "imports"
	@$(DEV)/lint-imports --no-logo

coverage: .venv/.ready ## does each branch of the core have a quick test of its own?
	@echo "coverage"
	@$(DEV)/coverage run -m pytest tests/core -qq --hypothesis-profile=fast --hypothesis-seed=0 -m "not slow"
	@$(DEV)/coverage report

mutation: .venv/.ready ## change the core a little, thousands of times: do its tests notice? (long)
	@$(DEV)/python tools/mutation.py

promises: .venv/.ready ## write docs/promises.md and docs/how-it-is-tested.md from the tests
	@$(DEV)/python tools/promises.py

pictures: .venv/.ready ## take the board's pictures for the README anew (needs chromium)
	@$(DEV)/python tools/pictures.py

bench: .venv/.ready .venv-bench/.ready ## measure what people wait for, and what the peers do
	@$(DEV)/python tools/bench

soak: .venv/.ready ## what CI does under faults, very much longer, in portions that are kept (two days in all)
	@$(DEV)/python tools/soak --handovers 1000000 --kills 2000 --webhooks 1000000 --chaos 5000 --wipes 30 --clocks 100000 --asked 100000 --to docs/soak

explore: .venv/.ready ## look at all that can happen in a small scope: 2 faults, 1 crash (long)
	@$(DEV)/python tools/explorer

unit: .venv/.ready ## does systemd take the unit in ops/, and how exposed does it find it? (20 is 2.0)
	@echo "the systemd unit"
	@set -e; room=$$(mktemp -d); trap 'rm -r "$$room"' EXIT; \
	sed 's|/opt/rotation/bin/|$(CURDIR)/$(DEV)/|' ops/rotation.service >"$$room/rotation.service"; \
	systemd-analyze verify --man=no --recursive-errors=no "$$room/rotation.service"; \
	systemd-analyze security --offline=true --threshold=20 --no-pager "$$room/rotation.service" >"$$room/found" || { cat "$$room/found"; exit 1; }; \
	tail -1 "$$room/found"

wheel: .venv/.ready ## build the wheel into dist/
	@rm -rf dist
	@$(DEV)/python -m pip --disable-pip-version-check --quiet --quiet wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

lock: .venv/.ready ## bring the locks in step with pyproject.toml (needs the package index)
	@$(COMPILE) --group build --group dev --all-extras pyproject.toml --output-file requirements-dev.lock
	@$(COMPILE) --group build --constraint requirements-dev.lock pyproject.toml --output-file requirements.lock
	@$(COMPILE) --group build --all-extras --constraint requirements-dev.lock pyproject.toml --output-file ops/requirements.lock
	@$(COMPILE) --group bench --output-file requirements-bench.lock
	@echo "the locks are in step; the next make installs them"

upgrade: COMPILE += --upgrade
upgrade: lock ## the same, with the newest versions pyproject.toml allows

clean: ## remove what was built, and caches; the environments stay
	@rm -rf build dist htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find rotation alembic tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.venv-run/.ready: requirements.lock pyproject.toml tools/python
	@$(call environment,.venv-run,requirements.lock,what rotation needs to run)

.venv/.ready: requirements-dev.lock pyproject.toml tools/python
	@$(call environment,.venv,requirements-dev.lock,what rotation needs to be developed)

.venv-bench/.ready: requirements-bench.lock tools/python
	@echo "installing the peers that are measured into .venv-bench (once)"
	@test -x .venv-bench/bin/python || $$(tools/python) -m venv .venv-bench
	@.venv-bench/bin/python $(PIP) --require-hashes --requirement $<
	@touch $@

# $(1) an environment's folder, $(2) the lock it follows, $(3) what that is, in words.
# Two installs, because pip refuses a folder where it must check hashes. The build backend is in
# the lock as well, so the second needs nothing from the network.
define environment
set -e; \
python=$$(tools/python); \
echo "installing $(3) into $(1) ($$($$python --version), once)"; \
test -x $(1)/bin/python || $$python -m venv $(1); \
$(1)/bin/python -c 'import pip' 2>/dev/null || $(1)/bin/python -m ensurepip >/dev/null; \
$(1)/bin/python $(PIP) --require-hashes --requirement $(2); \
$(1)/bin/python $(PIP) --no-deps --no-build-isolation --editable .; \
touch $@
endef
