# The front door. Every target makes its own .venv; all it needs is Python 3.11 or later and make.
PYTHON ?= python3
BIN := .venv/bin
SEEDS ?= 1-5
RUNS ?= runs
CAPTURE ?= captures/nat500_timewait_collision/capture.pcap.gz

.PHONY: help demo test check format lint types layers captures notebooks evaluate bench bench-peers new-detector new-capture help-text index clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "netdiag needs Python 3.11 or later: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: .venv/.installed  ## the verdict on a real capture of a NAT that reuses its ports
	$(BIN)/netdiag analyze $(CAPTURE)

test: .venv/.installed  ## the tests
	$(BIN)/python -m pytest -q

check: format lint types layers test captures notebooks  ## everything that must hold before a change is merged

format: .venv/.installed
	$(BIN)/ruff format --check .

lint: .venv/.installed
	$(BIN)/ruff check .

types: .venv/.installed
	$(BIN)/mypy

layers: .venv/.installed
	$(BIN)/lint-imports --cache-dir .import_linter_cache

captures: .venv/.installed  ## what known captures must and must not yield
	$(BIN)/netdiag check captures/

notebooks: .venv/.installed
	$(BIN)/python -m pytest -q --nbmake notebooks

evaluate: .venv/.installed  ## as root, 20 minutes: the lab with other parameters per seed (SEEDS=1-5), and how often netdiag is right
	@test ! -e "$(RUNS)" || { echo "$(RUNS) is there already: take it away, or choose another with RUNS=..." >&2; exit 1; }
	$(BIN)/python captures/lab all --vary --seeds $(SEEDS) --out $(RUNS)
	$(BIN)/python tests/tools/evaluate.py $(RUNS)

bench-peers: .venv/.installed  ## netdiag against other tools, in pairs; writes docs/benchmarks.md
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python tests/benchmarks/peers.py

bench: .venv/.installed  ## how fast the engine is on this machine
	$(BIN)/python -m pytest -q tests/benchmarks/bench_*.py --benchmark-columns=min,median,rounds

new-detector: .venv/.installed  ## NAME=my-fault: the three files a detector needs, with tests red until filled
	$(BIN)/python tests/tools/new_detector.py "$(NAME)"

new-capture: .venv/.installed  ## NAME=my_case FROM=my.pcap: a capture folder, its expectation to be filled in
	$(BIN)/python tests/tools/new_capture.py "$(NAME)" "$(FROM)"

help-text: .venv/.installed  ## netdiag/verbs/help.txt, what --help says, after a verb has changed
	COLUMNS=80 $(BIN)/netdiag --help > netdiag/verbs/help.txt

index: .venv/.installed  ## captures/README.md, the list of the known captures
	$(BIN)/python tests/tools/captures_index.py

clean:  ## remove the environment and every cache
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
