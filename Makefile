# Needs Python 3.11 to 3.13, make and git; everything else goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
# Tests wait as much as they compute: for sockets, timers and processes.
WORKERS ?= $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

.DEFAULT_GOAL := help
.PHONY: run test bench lint audit format messages clean help

run: $(READY) ## the shop on this machine: database, stand-in bank and LINE chat included
	@$(BIN)/python -m dev.run $(ARGS)

test: $(READY) ## every test; ARGS="tests/unit -k price" for some, WORKERS=1 for fewer at once
	@$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist worksteal $(ARGS)

bench: $(READY) ## measure, and compare with the baselines
	@$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY) ## style, types and the arrows between the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

audit: $(READY) ## the pinned packages against the published advisories; needs the network
	@$(BIN)/python ops/audit $(ARGS)

format: $(READY) ## put imports and layout right
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

messages: $(READY) ## take new texts of the code into the catalogues of bot/locale, and compile them
	@$(BIN)/pybabel -q extract -F babel.cfg -k plural:1,1 --add-location=file --sort-by-file \
		--omit-header -o $(VENV)/messages.pot .
	@for catalogue in bot/locale/*/LC_MESSAGES/messages.po; do \
		language=$$(basename "$${catalogue%/LC_MESSAGES/*}"); \
		$(BIN)/pybabel -q update -i $(VENV)/messages.pot -o "$$catalogue" -l "$$language" \
			--no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date; \
	done
	@$(BIN)/pybabel -q compile -d bot/locale

clean: ## forget the environment, the caches and the development shop's data
	@rm -rf $(VENV) .dev .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

# Made again whenever a requirement changes; an unfinished one leaves no .ready behind and is resumed.
$(READY): requirements.txt requirements-dev.txt
	@rm -f $@
	@test -x $(BIN)/python && $(BIN)/python -c "" || { \
	for python in python3.13 python3.12 python3.11 python3; do \
		$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || continue; \
		found=$$python; \
		$$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making $(VENV) with $$($$python --version) ..."; \
		$$python -m venv --clear $(VENV) && exit 0; \
		echo "$$python could not make $(VENV): see above." >&2; exit 1; \
	done; \
	if test -n "$$found"; then \
		echo "$$found cannot make a virtual environment: install your system's python3-venv package" \
			"(Debian and Ubuntu: apt-get install python3-venv)." >&2; \
	else \
		echo "No Python 3.11, 3.12 or 3.13 was found: install one, so that python3 or python3.13 starts it." >&2; \
	fi; exit 1; }
	@echo "Installing what requirements-dev.txt lists ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --retries 2 --timeout 15 \
		-r requirements-dev.txt || { \
		echo "The packages could not be installed, for the reason above; the first time needs the network." >&2; \
		exit 1; }
	@touch $@
