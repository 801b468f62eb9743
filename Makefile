# `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

BIN := .venv/bin
# The configuration that `make report` is about.
CONFIG ?= config/config.yaml
DEMO := config/demo/config.yaml
DEMO_CALLING := config/demo/calling.yaml
# Processes for tests: two more than continuous integration has cores, since a test that waits for
# a service, a cluster, Snakemake or R leaves its core to others.
TESTERS ?= 4
# Every benchmarks/AREA.py is run by `make bench-AREA`.
BENCHES := $(patsubst benchmarks/%.py,bench-%,$(filter-out %/check_sampler.py,$(wildcard benchmarks/[a-z]*.py)))

help: ## this list
	@sed -nE 's/^([a-z%-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## .venv from requirements.lock, and the system tools; again and again as you like
	@setup/setup.sh

setup-tests: ## what tests start for themselves (SLURM, sshd, a browser), where this may install it
	@setup/test_servers.sh

demo: setup ## the main job on bundled data, then its results and report
	@$(call run_and_report,$(DEMO))

demo-calling: setup ## from simulated reads to calls of three callers, measured: results and report
	@$(call run_and_report,$(DEMO_CALLING))

# a run that had nothing to do prints no table
define run_and_report
touch .venv/.demo-started
$(BIN)/snakemake --profile profiles/default --configfile $(1)
[[ -n "$$(find results -name '*.json' -newer .venv/.demo-started -print -quit)" ]] || $(BIN)/plumbline results results
$(call report,$(1))
echo; echo "Report: $(CURDIR)/report.html"
endef

report: setup ## report.html of the finished run of CONFIG=config/config.yaml, one file, opens offline
	@$(call report,$(CONFIG))
	@echo "Report: $(CURDIR)/report.html"

report = $(BIN)/snakemake --configfile $(1) --workflow-profile none --quiet rules progress --report report.html

test: setup setup-tests ## what continuous integration runs: lint, and beside it all tests
	@# lint takes what tests that wait leave; before them they are compiled once, which each of the
	@# processes would do for itself
	@nice $(MAKE) --no-print-directory lint & lint=$$!; passed=0; \
	  env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest --collect-only -qq >/dev/null 2>&1 || true; \
	  $(BIN)/pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder -q || passed=$$?; \
	  wait $$lint && exit $$passed

test-long: setup setup-tests ## 50 kills of service, fetch and upload, 20 of runs on a cluster, a long look at the API, a real MultiQC
	@PLUMBLINE_LONG=1 PLUMBLINE_KILLS=50 PLUMBLINE_CLUSTER_KILLS=20 PLUMBLINE_MULTIQC=1 SCHEMATHESIS_EXAMPLES=60 \
	  $(BIN)/pytest -q tests/control/cluster tests/control/serve/test_service.py tests/control/web/test_schemathesis.py \
	  tests/engines/fetch/test_processes.py tests/engines/upload/test_processes.py tests/engines/annotate/test_cli.py \
	  tests/engines/qc/test_multiqc_environment.py tests/control/runs/test_launch_ssh.py \
	  tests/control/runs/test_validation.py tests/workflow/test_align.py tests/workflow/test_screen.py tests/control/intake \
	  tests/workflow/test_calling.py tests/workflow/test_reads_to_calls.py \
	  tests/control/page/test_screen_run.py

executor: setup ## the plugins that a profile needs besides SLURM's: make executor PROFILE=pbs
	@setup/python.sh executor "$(PROFILE)"

check-profiles: setup ## every profile with the plugins it is for, in an environment of its own
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && setup/python.sh plugins "$$folder" && \
	  PLUMBLINE_PLUGINS="$$folder" $(BIN)/pytest -q tests/workflow/test_profiles.py

check-sampler: setup ## calibrate 200 data sets whose truth is known: how often do the intervals hold it?
	$(BIN)/python benchmarks/check_sampler.py

lint: setup ## ruff, mypy, snakefmt and snakemake --lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy control workflow/engines
	@$(BIN)/snakefmt --check workflow
	@$(BIN)/snakemake --lint --configfile $(DEMO) --workflow-profile none

bench: $(BENCHES) ## every benchmark; one of them: make bench-AREA

$(BENCHES): bench-%: setup
	$(BIN)/python benchmarks/$*.py

screenshots: setup ## pictures of every view of the page, in screenshots/ (some: VIEWS="runs log")
	$(BIN)/python docs/screenshots.py $(VIEWS)

clean: ## caches of the tools; never results, logs or .venv
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find control workflow config tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help setup setup-tests demo demo-calling report test test-long executor check-profiles check-sampler lint bench screenshots clean $(BENCHES)
