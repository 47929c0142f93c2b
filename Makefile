# `make run` and `make test` work on a fresh machine with Python 3.11 or newer, venv, pip and make.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test check docs clean
.DELETE_ON_ERROR:

run: $(VENV)/run.stamp
	$(VENV)/bin/mijnrisico run groningen

test: $(VENV)/dev.stamp
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile

check: $(VENV)/dev.stamp
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" scripts/check

docs: $(VENV)/dev.stamp
	$(VENV)/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable ".[report,geo]"
	touch $@

$(VENV)/dev.stamp: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable ".[report,geo,cluster,docs,dev]"
	touch $@ $(VENV)/run.stamp

clean:
	rm -rf $(VENV) results docs/_build
