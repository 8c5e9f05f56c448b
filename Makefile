.DEFAULT_GOAL := help
.PHONY: help setup lint test lock

help: ## what can be asked for
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

setup: .venv/.synced ## .venv ready, nothing running

.venv/.synced: requirements/dev.txt requirements/uv.txt requirements/setup.sh .python-version
	@sh requirements/setup.sh

lint: setup ## linters and type checks
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/mypy

test: lint ## linters, type checks and all tests
	.venv/bin/pytest

lock: ## lock the dependencies anew
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -o requirements/dev.txt
