# Everything is made from here: `make run` and `make test` need Python 3.11 (with venv) and make, nothing else.

PYTHON ?= python3
BIN := .venv/bin

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header -q
UV_COMPILE := $(UV) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test test-verifier interop fuzz check format bench lock words clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.venv/.portal: requirements/portal.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11.2 or later is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11, 2) else 0)'
	@echo "Installing what the portal needs into .venv: once, half a minute."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements/portal.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.lock .venv/.portal
	@echo "Installing what tests and checks need into .venv."
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

MO := portal/translations/en/LC_MESSAGES/messages.mo
$(MO): portal/translations/en/LC_MESSAGES/messages.po | .venv/.portal
	@$(BIN)/pybabel --quiet compile -d portal/translations

run: .venv/.portal $(MO) ## Start a test instance: portal, worker, mailbox, bank (LSE_PORT, LSE_HOME)
	@exec $(BIN)/python -m flask lse serve

test: .venv/.dev $(MO) ## Run every test that this machine can run (ARGS: more words for pytest)
	@$(BIN)/python -m pytest $(ARGS)

test-verifier: $(MO) ## Run the verifier's tests in an environment without the web
	@test -x .venv-verifier/bin/python || $(PYTHON) -m venv .venv-verifier
	@.venv-verifier/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/verifier-test.lock
	@.venv-verifier/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@.venv-verifier/bin/python -c 'import importlib.util as u; found = [n for n in ("flask", "sqlalchemy") if u.find_spec(n)]; assert not found, found'
	@.venv-verifier/bin/python -m pytest --confcutdir=tests/verifier tests/verifier verifier

interop: .venv/.dev $(MO) ## Ask EU DSS, veraPDF, poppler and OpenSSL (needs Java 17 and Maven for the first two)
	@tests/interop/oracle/build.sh
	@$(BIN)/python -m pytest tests/interop

fuzz: .venv/.dev ## Fuzz the verifier guided by coverage (SECONDS: 600; what it found stays in .fuzz)
	$(PIP) install --require-hashes -r requirements/fuzz.lock
	@$(BIN)/python -m tests.fuzz.guided .fuzz -max_total_time=$(or $(SECONDS),600)

check: .venv/.dev $(MO) ## Format, lint, types, floors
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.dev ## Put the code in form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/.dev $(MO) ## Measure what the README quotes
	@for one in seal proof verify consult click journal; do $(BIN)/python -m bench.$$one || exit 1; done

words: .venv/.dev ## Bring the English catalogue up to date with the French sentences
	@$(BIN)/pybabel --quiet extract -F babel.cfg -k _l -o .venv/messages.pot .
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching -i .venv/messages.pot -d portal/translations

lock: ## Resolve the dependencies anew (needs uv)
	@$(UV_COMPILE) --group build -o requirements/verifier.lock
	@$(UV_COMPILE) --group build --group verifier-test -o requirements/verifier-test.lock
	@$(UV_COMPILE) --group build --extra portal -o requirements/portal.lock
	@$(UV_COMPILE) --group build --extra portal --group dev -o requirements/dev.lock
	@$(UV) --group fuzz -o requirements/fuzz.lock

clean: ## Remove what was made, but for the instance's data
	@rm -rf .venv .venv-verifier dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .fuzz
