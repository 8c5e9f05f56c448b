.DEFAULT_GOAL := help
.PHONY: help setup run lint test bench bench-search bench-import bench-export pictures lock words

help: ## what can be asked for
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

CATALOGS := $(wildcard locale/*/LC_MESSAGES/*.po)

setup: .venv/.synced $(CATALOGS:.po=.mo) ## .venv ready, nothing running

.venv/.synced: requirements/dev.txt requirements/uv.txt requirements/setup.sh .python-version
	@sh requirements/setup.sh

run: setup ## a clinic to try, at http://127.0.0.1:8000/ (PORT=8001 for another port)
	@.venv/bin/python -m config.run

lint: setup ## linters, type checks, migrations and deployment checks
	@sh requirements/lint.sh

test: lint ## linters, type checks and all tests
	@sh requirements/chromium.sh
	.venv/bin/pytest

pictures: setup ## take the pictures of README and docs anew
	@sh requirements/chromium.sh
	.venv/bin/pytest -q -n 0 tests/browser/screenshots.py

SIZE ?= 10k

bench: setup ## how fast it is beside what it cannot be faster than (SIZE=10k, 1m or 10m appointments)
	@.venv/bin/python -m tests.benchmarks $(SIZE) $(BENCH)

bench-search: setup ## how fast patients are found, of 200,000, by whatever is typed
	.venv/bin/pytest -q -n 0 tests/benchmarks/bench_search.py

bench-import: setup ## how long the past of a large clinic takes to come in, again, and after a kill
	.venv/bin/pytest -q -n 0 -s tests/benchmarks/bench_import.py

bench-export: setup ## how long the export of a million appointments takes, and how much memory
	.venv/bin/pytest -q -n 0 -s tests/benchmarks/bench_export.py

lock: ## lock the dependencies anew
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -o requirements/dev.txt

words: setup ## gather the words of the sources into locale/, say which have no translation, compile
	@.venv/bin/python -m config.words

%.mo: %.po .venv/.synced
	@.venv/bin/python -m config.words compile
