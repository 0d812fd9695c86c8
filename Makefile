# The commands of the README. Everything runs in .venv, which the targets make.
PYTHON := .venv/bin/python

.PHONY: help demo test screens bench reliability installer test-installer desktop-entry
.PHONY: setup setup-test setup-installer

help:
	@echo "make demo     record a demonstration session into ./recordings"
	@echo "make test     ruff, mypy, import-linter and pytest"
	@echo "make screens  pictures of every screen into docs/screens"
	@echo "make bench    measure speed; tables and benchmarks/results/*.json"
	@echo "make installer       the application that runs without Python, into ./dist (minutes)"
	@echo "make test-installer  build it and use it (minutes)"
	@echo "make desktop-entry   put what was built into the menu of this desktop"
	@echo "make reliability  break sessions in every way, and see what is left; an hour and a half"

demo: setup
	$(PYTHON) -m neurofeedback demo --out recordings

test: setup-test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) -m pytest -n auto --dist loadfile

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

setup:
	@sh scripts/setup.sh
	@sh scripts/system-libraries.sh

setup-installer:
	@sh scripts/setup.sh test,installer
	@sh scripts/system-libraries.sh

setup-test:
	@sh scripts/setup.sh test
	@sh scripts/system-libraries.sh
