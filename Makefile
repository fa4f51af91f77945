# `make demo` and `make test` need Python 3.11 or later with venv, and nothing else.
SHELL := /bin/sh
PYTHON ?= python3
# Processes of the tests. Each may start a run of its own.
WORKERS ?= 2
empty :=
# Snakemake starts scripts with the path of its Python unquoted, so the environment cannot be in a folder with blanks.
ifeq ($(findstring $(empty) $(empty),$(CURDIR)),)
VENV := .venv
else
VENV := $(HOME)/.cache/autocrine/environment-$(shell pwd | cksum | cut -d' ' -f1)
endif
BIN := $(VENV)/bin
VENDOR := workflow/report/vendor
CELLS := resources/demo_cells/config.yaml
RUN_STAMP := $(VENV)/.run-$(shell cksum < requirements.lock | cut -d' ' -f1)
TEST_STAMP := $(VENV)/.test-$(shell cksum < requirements-dev.lock | cut -d' ' -f1)
LOCKING := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-strip-extras --custom-compile-command 'make lock'
# With this set, every process would compile its imports anew, which costs seconds each time.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test test-library test-library-here env-library env-tests test-cluster lint env lock docs notebooks site pictures vendor clean

help:
	@echo 'make demo    run the workflow on the bundled simulated cohorts, of samples and of single cells'
	@echo 'make test    run every test but those on Slurm'
	@echo 'make test-library PYTHON=python3.13  the tests of the library with another Python, in an environment of its own'
	@echo 'make test-cluster  the tests on Slurm, the demo to the end among them (needs tests/slurm/start_slurm.sh)'
	@echo 'make lint    check code style'
	@echo 'make env     only set up the environment in $(VENV)'
	@echo 'make lock    pin newer versions (needs uv)'
	@echo 'make docs    write docs/tables.md, docs/licences.md and the keys of config/README.md anew'
	@echo 'make notebooks  run the notebooks of docs/notebooks and store what they show (needs results of make demo, and R)'
	@echo 'make site    build the documentation as a site, into site/'
	@echo 'make pictures  take the pictures of the documentation anew (needs results of make demo, and Chromium)'
	@echo 'make vendor  bring the pinned libraries of the pages (needs npm)'
	@echo 'make clean   remove the environment and all results'

# Two runs, since a run has one configuration, and models of samples are none of cells. Each has its own folder of results.
demo: $(RUN_STAMP)
	@echo 'Two SIMULATED cohorts: 59 samples of 17 patients (one to two minutes on two cores), then a small one of single cells.'
	@AUTOCRINE_PROGRESS=1 $(BIN)/snakemake --cores all
	@AUTOCRINE_PROGRESS=1 $(BIN)/snakemake --cores all --configfile $(CELLS)
	@echo 'Open in a browser:'
	@echo results/demo/report.html
	@echo results/demo_cells/report.html

test: $(TEST_STAMP) lint
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# Another Python has an environment of its own beside the first, such as .venv-3.13.
OTHER = $(MAKE) --no-print-directory VENV="$(VENV)-$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')"

test-library:
	@$(OTHER) test-library-here

env-library:
	@$(OTHER) env-tests

env-tests: $(TEST_STAMP)

# All but what starts runs of the workflow, which takes most of the time.
test-library-here: $(TEST_STAMP)
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  --ignore=tests/workflow --ignore=tests/hostile --ignore=tests/slurm --ignore=tests/container

test-cluster: $(TEST_STAMP)
	@$(BIN)/python -m pytest -m slurm tests/slurm

lint: $(TEST_STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/snakefmt --check Snakefile workflow
	@$(BIN)/snakemake --lint
	@if command -v npm > /dev/null; then \
	  test -d $(VENDOR)/node_modules/eslint || npm ci --silent --omit=optional --prefix $(VENDOR); \
	  cd workflow/report && node vendor/node_modules/eslint/bin/eslint.js --config vendor/eslint.config.mjs page/*.js; \
	else echo 'npm is not installed: the scripts of the report were not linted'; fi

env: $(RUN_STAMP)

$(RUN_STAMP): requirements.lock
	$(call set-up,requirements.lock,$@)

$(TEST_STAMP): requirements-dev.lock
	$(call set-up,requirements-dev.lock,$@)

# The environment is made once per lock file; the stamp says which one it holds. Kernels are compiled here, not in a run.
define set-up
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "autocrine needs Python 3.11 or later, found: $$($(PYTHON) --version 2>&1). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing (on Debian and Ubuntu: apt install python3-venv)"; exit 2; }
	@echo "Setting up $(VENV) from $(1) (once: downloads about 110 packages, 280 MB, and takes some minutes) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --compile -r $(1) \
	  || { echo "The packages could not be installed; why is said above. If one failed to build, there is none ready for this Python ($$($(PYTHON) --version 2>&1)):" \
	  "take Python 3.11 to 3.13 (make $(MAKECMDGOALS) PYTHON=python3.13), or install a C compiler and Python's headers (on Debian and Ubuntu: gcc and python3-dev)"; exit 2; }
	@$(BIN)/python -m compileall -q workflow/scripts || true
	@PYTHONPATH=workflow/scripts $(BIN)/python -c 'from autocrine import engine, linear; engine.warm_up(); linear.warm_up()'
	@touch $(2)
endef

lock:
	uv pip compile $(LOCKING) --extra workflow pyproject.toml -o requirements.lock
	uv pip compile $(LOCKING) --extra workflow --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

docs: $(TEST_STAMP)
	@$(BIN)/python -m tests.licences > docs/licences.md
	@$(BIN)/python -m tests.keys
	@PYTHONPATH=workflow/scripts $(BIN)/python -c 'from autocrine.column_descriptions import document; print(document(), end="")' > docs/tables.md

notebooks: $(TEST_STAMP)
	@PYTHONPATH='$(CURDIR)/workflow/scripts' $(BIN)/python -m tests.notebooks docs/notebooks/*.ipynb

# Without a network; links that lead nowhere stop it.
site: $(TEST_STAMP)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo site/index.html

pictures: $(TEST_STAMP)
	@$(BIN)/python docs/site/pictures.py

# Libraries of the report and of the documentation's search are committed, so that neither needs npm or a network; this
# brings them anew.
vendor:
	npm ci --silent --omit=optional --prefix $(VENDOR)
	cp $(VENDOR)/node_modules/echarts/dist/echarts.min.js $(VENDOR)/echarts.min.js
	cp $(VENDOR)/node_modules/echarts/LICENSE $(VENDOR)/echarts.LICENSE
	cp $(VENDOR)/node_modules/echarts/NOTICE $(VENDOR)/echarts.NOTICE
	cp $(VENDOR)/node_modules/jspdf/dist/jspdf.umd.min.js $(VENDOR)/jspdf.min.js
	cp $(VENDOR)/node_modules/jspdf/LICENSE $(VENDOR)/jspdf.LICENSE
	cp $(VENDOR)/node_modules/svg2pdf.js/dist/svg2pdf.umd.min.js $(VENDOR)/svg2pdf.min.js
	cp $(VENDOR)/node_modules/svg2pdf.js/LICENSE $(VENDOR)/svg2pdf.LICENSE
	cp $(VENDOR)/node_modules/tabulator-tables/dist/js/tabulator.min.js $(VENDOR)/tabulator.min.js
	cp $(VENDOR)/node_modules/tabulator-tables/dist/css/tabulator.min.css $(VENDOR)/tabulator.min.css
	cp $(VENDOR)/node_modules/tabulator-tables/LICENSE $(VENDOR)/tabulator.LICENSE
	cp $(VENDOR)/node_modules/iframe-worker/shim/index.js $(VENDOR)/iframe-worker.min.js
	cp $(VENDOR)/node_modules/iframe-worker/LICENSE $(VENDOR)/iframe-worker.LICENSE
	cd $(VENDOR) && sha256sum *.min.js *.min.css *.LICENSE *.NOTICE > SHA256SUMS

clean:
	rm -rf $(VENV) $(VENV)-3.* .snakemake results logs site
