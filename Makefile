# The ways into the project. `make` alone lists them.
# Everything is installed into .venv from the locks in requirements/; nothing else on the machine is touched, except that
# `make test` installs a browser where there is none.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
# One thread for each process: two small networks that share cores are slower with more.
export OMP_NUM_THREADS := 1
export PYTHONUTF8 := 1

# LANG on the command line chooses the preview's language; the one that every shell exports is only a hint.
ifeq ($(origin LANG),command line)
  LANGUAGE := $(LANG)
  ifeq ($(filter zh en,$(LANG)),)
    $(error LANG: found '$(LANG)', allowed: zh or en)
  endif
else
  LANGUAGE := $(if $(filter zh%,$(LANG)),zh,en)
endif
# `zh` is no locale: programs that are started must not see it as one.
unexport LANG
MAKEOVERRIDES := $(filter-out LANG=%,$(MAKEOVERRIDES))

.DEFAULT_GOAL := help
.PHONY: help docs serve figures test bench record lint lock clean
.DELETE_ON_ERROR:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

docs: $(VENV)/.docs ## build the site in both languages into site/ (SITE_URL=https://host/path/ when it will be published)
	@$(RUN) -m figures_src docs

serve: $(VENV)/.docs ## preview with live reload (LANG=zh or LANG=en)
	@$(RUN) -m figures_src serve --language $(LANGUAGE)

figures: $(VENV)/.docs ## run the experiments and draw the figures that changed, and check the pages
	@$(RUN) -m figures_src figures

test: lint ## run all checks and tests; installs a browser where there is none
	@$(RUN) -m tests.browser
	@$(RUN) -m pytest -n 2 --dist loadgroup

lint: $(VENV)/.test ## style and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: $(VENV)/.test ## the project's speed, as ratios against named alternatives in the same run
	@$(RUN) -m tests.bench

record: $(VENV)/.docs ## measure anew the times that a build only reads, on this machine
	@$(RUN) -m figures_src.record

lock: $(VENV)/.docs ## resolve the dependencies of pyproject.toml anew into requirements/
	@$(RUN) -m pip install --quiet --disable-pip-version-check --requirement requirements/lock.in
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(RUN) requirements/make_locks.py

clean: ## remove everything that was made, the virtual environment included
	@rm -rf $(VENV) .cache build site .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.base: requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0] + ". Name another with PYTHON=...")'
	@echo "Installing into $(VENV) (some minutes the first time)"
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) --requirement requirements/build.txt
	@touch $@

# torch's published wheel for Linux needs libraries that its CPU build does not: `pip check` tells which one this is.
$(VENV)/.docs: $(VENV)/.base requirements/docs.txt requirements/accelerator.txt pyproject.toml
	@$(INSTALL) --no-build-isolation --requirement requirements/docs.txt
	@$(RUN) -m pip check >/dev/null 2>&1 || $(INSTALL) --requirement requirements/accelerator.txt
	@$(RUN) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(RUN) -m pip check
	@touch $@

$(VENV)/.test: $(VENV)/.docs requirements/test.txt
	@$(INSTALL) --no-build-isolation --requirement requirements/test.txt
	@touch $@
