# The ways into the project. `make` alone lists them.
# Everything is installed into .venv (and .venv-peers, .venv-models, .venv-look-up, .venv-oldest) from the locks in requirements/ (and tests/audit/package-lock.json); nothing else on the
# machine is touched, except that `make test`, `make audit` and `make pdf` install a browser where there is none.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Tests of one module stay together; those of the built site are spread one by one.
WORKERS := 2
PYTEST = $(RUN) -m pytest -n $(WORKERS)
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
INSTALL := $(RUN) $(PIP_INSTALL) --no-compile
# pip compiles what it has installed with one processor, and that takes longer than all else it does. A third of it is
# never imported here: libraries' own tests, and the models of transformers. What is, is compiled as it is imported.
COMPILE := $(RUN) -m compileall -q -j 0 -x '/tests/|/testing/|/transformers/models/' $(VENV)/lib >/dev/null 2>&1 || true
# The tools that gradlab is compared with drag in many packages: they live apart.
PEERS := .venv-peers
RUN_PEERS := $(PEERS)/bin/python
INSTALL_PEERS := $(RUN_PEERS) $(PIP_INSTALL)
# So do the oldest versions that gradlab runs with.
OLDEST := .venv-oldest
# So do the libraries whose networks are the outside bank, on the newest torch that the probe is tested with.
MODELS := .venv-models
# So does what looks up known vulnerabilities.
LOOK_UP := .venv-look-up
RUN_MODELS := $(MODELS)/bin/python
INSTALL_MODELS := $(RUN_MODELS) $(PIP_INSTALL)
# One thread for each process: two small networks that share cores are slower with more.
export OMP_NUM_THREADS := 1
export PYTHONUTF8 := 1
# Some machines forbid to keep compiled modules: each of hundreds of processes would then compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

# LANG on the command line chooses the preview's language; the one that every shell exports is only a hint.
LANGUAGES := $(basename $(notdir $(wildcard gradlab/locale/*.toml)))
ifeq ($(origin LANG),command line)
  LANGUAGE := $(LANG)
  ifeq ($(filter $(LANGUAGES),$(LANG)),)
    $(error LANG: found '$(LANG)', allowed: $(LANGUAGES))
  endif
else
  LANGUAGE := $(or $(filter $(LANGUAGES),$(firstword $(subst _, ,$(subst ., ,$(LANG))))),en)
endif
# `zh` is no locale: programs that are started must not see it as one.
unexport LANG
MAKEOVERRIDES := $(filter-out LANG=%,$(MAKEOVERRIDES))

.DEFAULT_GOAL := help
.PHONY: help docs pdf verify serve figures exhibit test test-fast test-slow torture tested-site browser collected audit processors audit-all mutants bench bench-peers models oldest record record-models record-peers record-outside record-published record-cures record-cures-outside lint lock vulnerabilities clean
.DELETE_ON_ERROR:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

docs: $(VENV)/.docs ## build the site in all languages into site/ (SITE_URL=https://host/path/ when it will be published, REPOSITORY_URL=https://host/owner/name for links to edit it)
	@$(RUN) -m figures_src docs

pdf: $(VENV)/.test browser ## the whole site as one PDF for each language, build/gradient-lab-*.pdf; installs a browser where there is none
	@$(RUN) -m figures_src pdf

verify: $(VENV)/.docs ## make a published site once more, and name what differs: SITE=https://host/path/ or a folder
	@$(RUN) -m figures_src verify "$(SITE)"

serve: $(VENV)/.docs ## preview with live reload (LANG=zh, LANG=en; ADDRESS=127.0.0.1:8001 where another program has the port)
	@$(RUN) -m figures_src serve --language $(LANGUAGE) $(if $(ADDRESS),--address $(ADDRESS))

figures: $(VENV)/.docs ## run the experiments and draw the figures that changed, and check the pages
	@$(RUN) -m figures_src figures

exhibit: $(VENV)/.docs ## begin an exhibit: NAME=my_idea, PAGE= a folder of figures_src/exhibits, SUBJECT= one of gradlab/experiments
	@$(RUN) -m figures_src.make.scaffold $(NAME) $(if $(PAGE),--page $(PAGE)) $(if $(SUBJECT),--subject $(SUBJECT))

test: $(VENV)/.test ## run the checks and tests that an edit needs, in minutes; installs a browser where there is none
	@$(MAKE) --no-print-directory --jobs 4 lint tested-site browser collected
	@$(PYTEST) -m "not slow and not every_combination" --junitxml=build/test-times.xml

test-fast: $(VENV)/.test ## check what differs from the last commit, in seconds, without the built site (TESTS="gradlab/networks.py tests/gradlab/theory" for some modules or tests)
	@$(RUN) -m tests.fast $(TESTS)

# They wait for builds and browsers for a quarter of their time.
test-slow: WORKERS := 3
test-slow: tested-site browser ## run the proofs that are too slow for `make test`: every planted fault, builds from nothing, every page by axe
	@$(PYTEST) -m slow

torture: $(VENV)/.test ## disturb builds: kills, signals, damages, a full disk, two at once; says how many of how many held (ten minutes; KINDS="killed served" for some)
	@$(RUN) -m tests.torture $(KINDS)

# What tests of the built site need before they start, made with every processor.
tested-site: $(VENV)/.test
	@$(RUN) -m tests.tested_site

browser: $(VENV)/.test
	@$(RUN) -m figures_src.site.browser

# pytest compiles tests in a way of its own: every worker would do so at the same time. What is wrong, the tests tell.
collected: $(VENV)/.test
	@$(RUN) -m pytest --collect-only --quiet >/dev/null 2>&1 || true

# The tests' site is built once for both; with SITE_URL it is built and checked for that address instead.
audit: $(VENV)/.audit browser ## build the site, and check it by tools that run offline: speed, weight, links, HTML, typography, spelling (CHECKS="links weight" for some)
	@$(PYTEST) --quiet tests/audit/seeded_faults.py
	@$(RUN) -m tests.audit $(CHECKS)

processors: $(VENV)/.test ## make all exhibits as on other kinds of processor and on other data, and count which checks hold and what readers would see otherwise (half an hour; EXHIBITS="remedies mended" for some)
	@$(RUN) -m tests.processors $(EXHIBITS)

audit-all: CHECKS := every
audit-all: lint audit processors ## run everything: all tests, every page by axe in every language, width and palette, and the audit (for the night)
	@$(PYTEST)

mutants: $(VENV)/.mutants ## change the code in small ways, one at a time, and count what the tests notice (an hour; ROOMS="theory cache" for some, DIGITS=0123456789 for every change, EVERY=10 for a tenth)
	@DIGITS=$(DIGITS) EVERY=$(EVERY) $(RUN) -m tests.mutants $(ROOMS)

lint: $(VENV)/.test ## style, types and the direction of imports
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(VENV)/bin/lint-imports --no-cache --no-logo
	@$(RUN) -m mypy

bench: $(VENV)/.test $(PEERS)/.installed ## the project's speed, as ratios against named alternatives in the same run
	@$(RUN) -m tests.bench

bench-peers: $(VENV)/.test $(PEERS)/.installed ## gradlab and other tools side by side: diagnoses and costs (a quarter of an hour)
	@$(RUN) -m tests.peers

oldest: $(OLDEST)/.installed ## the probe's tests on the oldest torch and other libraries that pyproject.toml allows (6 GB)
	@$(OLDEST)/bin/python -m pytest --noconftest -p no:cacheprovider tests/gradlab/probing

record: $(VENV)/.docs ## measure anew the times that a build only reads, on this machine
	@$(RUN) -m figures_src.cache.records

record-peers: $(VENV)/.test $(PEERS)/.installed ## the same as bench-peers, and write what the site's comparison of tools reads
	@$(RUN) -m tests.peers --record

record-outside: $(MODELS)/.installed ## ask the tools that diagnose about the outside bank, and write what the site's second comparison of tools reads (an hour)
	@$(RUN_MODELS) -m tests.peers --outside --record

models: $(MODELS)/.installed ## the probe's tests on the newest torch, beside the libraries whose networks are the outside bank (6 GB)
	@$(RUN_MODELS) -m pytest --noconftest -m "not slow" tests/gradlab/probing tests/gradlab/integrations

record-models: $(MODELS)/.installed ## see and train the networks of the outside bank anew, and write what the rules are tested on (an hour; ONLY=see for what the probe sees, minutes; ONLY=unseen or ONLY="see unseen" for the held-out set)
	@$(RUN_MODELS) -m tests.outside $(ONLY)

record-published: $(VENV)/.test ## train the programs of the published benchmark, ask the probe about each, and write what the comparison of tools reads (minutes)
	@$(RUN) -m tests.published

record-cures: $(VENV)/.test ## treat every ill network of the bank, the published programs and public reports, and write what the page of cures reads (half an hour)
	@$(RUN) -m tests.cured
	@$(RUN) -m tests.cured.others record

record-cures-outside: $(MODELS)/.installed ## treat every ill network of the outside bank, and write what the page of cures reads (an hour; SECONDS=600 for those that are begun in so many)
	@$(RUN_MODELS) -m tests.cured.outside $(SECONDS)

vulnerabilities: $(LOOK_UP)/.installed ## look up known vulnerabilities of everything that is locked (asks the network)
	@$(LOOK_UP)/bin/python requirements/look_up.py

lock: $(VENV)/.docs ## resolve the dependencies of pyproject.toml anew into requirements/
	@$(RUN) -m pip install --quiet --disable-pip-version-check --requirement requirements/lock.in
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(RUN) requirements/make_locks.py

clean: ## remove everything that was made, the virtual environment included
	@rm -rf $(VENV) $(PEERS) $(MODELS) $(LOOK_UP) $(OLDEST) .cache build site .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.base: requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0] + ". Name another with PYTHON=...")'
	@echo "Installing into $(VENV) (some minutes the first time)"
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) --requirement requirements/build.txt
	@touch $@

# A build of torch that lies at hand (pip's find-links) and is in the lock comes before the published one, which is
# larger: pip by itself prefers a file whose hash an index names. Where there is none, this does nothing.
# torch's published wheel for Linux needs libraries that its CPU build does not: `pip check` tells which one this is.
$(VENV)/.docs: $(VENV)/.base requirements/docs.txt requirements/torch.txt requirements/accelerator.txt pyproject.toml
	@$(INSTALL) --no-index --requirement requirements/torch.txt >/dev/null 2>&1 || true
	@$(INSTALL) --no-build-isolation --requirement requirements/docs.txt
	@$(RUN) -m pip check >/dev/null 2>&1 || $(INSTALL) --requirement requirements/accelerator.txt
	@$(RUN) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(RUN) -m pip check
	@$(COMPILE)
	@touch $@

$(VENV)/.test: $(VENV)/.docs requirements/test.txt
	@$(INSTALL) --no-build-isolation --requirement requirements/test.txt
	@$(COMPILE)
	@touch $@

$(VENV)/.mutants: $(VENV)/.test requirements/mutants.txt
	@$(INSTALL) --no-build-isolation --requirement requirements/mutants.txt
	@touch $@

# Node and Java come as Python packages; what npm installs lies in $(VENV)/audit.
$(VENV)/.audit: $(VENV)/.test requirements/audit.txt tests/audit/package-lock.json
	@echo "Installing the tools of the audit into $(VENV)"
	@$(INSTALL) --no-build-isolation --requirement requirements/audit.txt
	@$(RUN) -m tests.audit.tools
	@$(COMPILE)
	@touch $@

$(PEERS)/.installed: $(VENV)/.base requirements/peers.txt requirements/accelerator.txt pyproject.toml
	@echo "Installing the other tools into $(PEERS) (some minutes the first time)"
	@$(RUN_PEERS) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(PEERS)
	@$(INSTALL_PEERS) --requirement requirements/build.txt
	@$(INSTALL_PEERS) --no-build-isolation --requirement requirements/peers.txt
	@$(RUN_PEERS) -m pip check >/dev/null 2>&1 || $(INSTALL_PEERS) --requirement requirements/accelerator.txt
	@$(RUN_PEERS) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(RUN_PEERS) -m pip check
	@touch $@

$(MODELS)/.installed: $(VENV)/.base requirements/models.txt pyproject.toml
	@echo "Installing libraries of networks into $(MODELS) (some minutes and gigabytes the first time)"
	@$(RUN_MODELS) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(MODELS)
	@$(INSTALL_MODELS) --requirement requirements/build.txt
	@$(INSTALL_MODELS) --no-build-isolation --requirement requirements/models.txt
	@$(RUN_MODELS) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(RUN_MODELS) -m pip check
	@touch $@

$(LOOK_UP)/.installed: requirements/build.txt requirements/vulnerabilities.txt
	@$(LOOK_UP)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(LOOK_UP)
	@$(LOOK_UP)/bin/python $(PIP_INSTALL) --requirement requirements/build.txt
	@$(LOOK_UP)/bin/python $(PIP_INSTALL) --requirement requirements/vulnerabilities.txt
	@touch $@

$(OLDEST)/.installed: requirements/build.txt requirements/oldest.txt pyproject.toml
	@echo "Installing the oldest versions into $(OLDEST) (some minutes the first time)"
	@$(OLDEST)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(OLDEST)
	@$(OLDEST)/bin/python $(PIP_INSTALL) --requirement requirements/build.txt
	@$(OLDEST)/bin/python $(PIP_INSTALL) --no-build-isolation --requirement requirements/oldest.txt
	@$(OLDEST)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(OLDEST)/bin/python -m pip check
	@touch $@
