# The commands of the README. Everything runs in .venv, which the targets make.
PYTHON := .venv/bin/python
INPUTS := 100000
MUTANTS := 150

.PHONY: help demo test test-long test-lowest docs screens bench reliability fuzz mutants lock audit data
.PHONY: installer test-installer desktop-entry setup setup-test setup-docs setup-installer

help:
	@echo "make demo     record a demonstration session into ./recordings"
	@echo "make test     ruff, mypy, import-linter and pytest"
	@echo "make test-long  all tests, with those that make test leaves out and five times the examples"
	@echo "make test-lowest  pytest with the lowest versions of what is needed"
	@echo "make docs     the documentation as a site, into ./build/site; links are checked"
	@echo "make screens  pictures of every screen into docs/screens"
	@echo "make bench    measure speed; tables and benchmarks/results/*.json"
	@echo "make installer       the application that runs without Python, into ./dist (minutes)"
	@echo "make test-installer  build it and use it (minutes)"
	@echo "make desktop-entry   put what was built into the menu of this desktop"
	@echo "make fuzz     give all readers INPUTS=$(INPUTS) inputs that nobody meant; half an hour"
	@echo "make mutants  change MUTANTS=$(MUTANTS) places, and tell what no test notices; an hour or more"
	@echo "make lock     write requirements.lock anew: versions and checksums of all that is needed"
	@echo "make audit    look for known faults in these versions; needs a network"
	@echo "make data     fetch the public recordings that some tests are run on; needs a network"
	@echo "make reliability  break sessions in every way, and see what is left; an hour and a half"

demo: setup
	$(PYTHON) -m neurofeedback demo --out recordings

# Tests start the program some hundred times: it must not be compiled anew each time.
test: export PYTHONDONTWRITEBYTECODE =
test: setup-test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m pytest -n auto --dist worksteal

test-long: setup-test
	NEUROFEEDBACK_TESTS=thorough $(PYTHON) -m pytest -n auto --dist worksteal -m ""

# What has become deprecated since those versions were made is no fault.
test-lowest:
	python3 -m venv build/lowest
	python3 scripts/lowest.py > build/lowest.txt
	build/lowest/bin/python -m pip install --quiet --editable ".[test]" --constraint build/lowest.txt
	build/lowest/bin/python -m pytest -n auto --dist worksteal -p no:cacheprovider \
	    -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning

docs: setup-docs
	$(PYTHON) docs/make_site.py

screens: setup-test
	$(PYTHON) docs/make_screens.py

bench: setup-test
	$(PYTHON) -m benchmarks

installer: setup-installer
	$(PYTHON) scripts/build_installer.py

test-installer: setup-installer
	$(PYTHON) -m pytest packaging

desktop-entry:
	$(PYTHON) scripts/desktop_entry.py dist/neurofeedback/neurofeedback

reliability: setup-test
	$(PYTHON) -m reliability

# One file for all systems and versions of Python; without the address of an index.
lock:
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	    --output-file requirements.lock --upgrade pyproject.toml

audit:
	python3 scripts/audit.py

data: setup
	$(PYTHON) scripts/fetch_data.py

mutants: setup-test
	$(PYTHON) scripts/mutants.py --sample $(MUTANTS)

fuzz: setup-test
	$(PYTHON) -m reliability.fuzz --inputs $(INPUTS)

setup:
	@sh scripts/setup.sh
	@sh scripts/system-libraries.sh

setup-installer:
	@sh scripts/setup.sh test,installer
	@sh scripts/system-libraries.sh

setup-docs:
	@sh scripts/setup.sh docs

setup-test:
	@sh scripts/setup.sh test
	@sh scripts/system-libraries.sh
