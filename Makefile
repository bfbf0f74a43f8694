# Needs Python 3.11 or newer and make; everything else goes into .venv.

PORT ?= 8080
MODEL ?= @house/prompter
ROUNDS ?= 5
FUZZ ?= 100
WORKERS ?= 2
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

BIN := .venv/bin

.PHONY: install serve test fuzz clients lint bench bench-peers evaluate clean

install: .venv/.run

serve: export UNDERSTUDY_API_KEY := $(or $(UNDERSTUDY_API_KEY),local)
serve: .venv/.run
	$(BIN)/understudy serve --host 127.0.0.1 --port $(PORT) --stand-in

# Files in the order of their names, shared out among WORKERS processes.
test: .venv/.test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# As the tests do, but with FUZZ random requests to every operation of /openapi.json, other ones each
# time, and all boundaries of its schemas; takes some minutes.
fuzz: .venv/.test
	FUZZ=$(FUZZ) $(BIN)/python -m pytest tests/openapi/test_fuzz.py

# Clients that the tests run in environments of their own, because their dependencies exclude ours
# or each other, and those of npm; without them those tests are skipped.
NPM := tests/node tests/clients/node tests/clients/node22 tests/clients/wrangler
clients: .venv-clients/.installed .venv-clients-older/.installed \
	$(NPM:=/node_modules/.package-lock.json)

lint: .venv/.test .venv/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.run
	$(BIN)/understudy bench $(MODEL)

# Builds and fetches other engines below benchmarks/.work the first time, then measures for about
# as long as it says at the start; it can be stopped, and goes on where it was. An engine that
# cannot be had here stands in the report with the reason.
bench-peers: .venv/.run
	-$(BIN)/python -m benchmarks.side_by_side prepare
	$(BIN)/python -m benchmarks.side_by_side run --rounds $(ROUNDS)
	$(BIN)/python -m benchmarks.side_by_side report

# Asks the bundled model every frozen item at three precisions and writes docs/house-model.md, which
# takes some minutes; EVALUATE="--items 40" and the like look closer (--help lists them).
evaluate: .venv/.test
	$(BIN)/python -m training.evaluate $(EVALUATE)

clean:
	rm -rf .venv .venv-clients .venv-clients-older $(NPM:=/node_modules) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=...)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# One stamp per set of extras: each is installed again when what it depends on changes.
.venv/.run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.test .venv/.lint: .venv/.%: pyproject.toml .venv/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --silent
	@touch $@

.venv-clients/.installed: tests/clients/outside/requirements.txt
.venv-clients-older/.installed: tests/clients/outside/older.txt
.venv-clients/.installed .venv-clients-older/.installed:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=...)" >&2; exit 1; }
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
