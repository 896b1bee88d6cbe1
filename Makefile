# 常用命令。make run 运行本站，make test 运行全部测试。
PORT ?= 8000
DATA_DIR ?= var
DATA ?=
ARGS ?=
N ?= 20000
export PORT DATA_DIR

python := .venv/bin/python
templates = $(shell find templates -name '*.html')
random = $(python) -c 'import secrets; print(secrets.token_urlsafe(50))'
prepare = $(python) manage.py prepare $(if $(DATA),--data "$(DATA)")
compile = CUSTOM_COMPILE_COMMAND="make lock" $(python) -m piptools compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options
linters = lint-bandit lint-mypy lint-deploy lint-migrations lint-templates lint-ruff

.PHONY: run dev test test-all faults fuzz bench deploy-test check audit lint $(linters) fmt lock bundle runtime \
	development

# The production server and settings on this machine alone, whatever .env says.
run: export DEBUG = off
dev: export DEBUG = on
run dev: export HTTPS = off
run dev: export ALLOWED_HOSTS = 127.0.0.1,localhost
run dev: export DATABASE_URL =
run dev: export PATH_PREFIX =

run: runtime
	@$(python) -m common.data_folder
	@$(python) -m huozhou_portal.server --check
	@$(prepare)
	@exec $(python) -m huozhou_portal.server

dev: development
	@$(python) -m common.data_folder
	@$(prepare)
	@exec $(python) manage.py runserver "127.0.0.1:$(PORT)"

# On SQLite, what could differ there also on PostgreSQL, and in a browser. ARGS go to pytest: make test ARGS="-k ledger"
test:
	@scripts/test $(ARGS)

# Everything on both databases: before a change is called done.
test-all:
	@scripts/test --everything $(ARGS)

# Processes killed, backups under writers, migrations broken off: what `make test` does of it a few times, many times.
faults: export ROUNDS = 30
faults: export PARTS = SQLite PostgreSQL
faults:
	@scripts/test --everything tests/faults $(ARGS)

# Long: N requests made by chance to each database. SEED, which is printed, repeats a run.
fuzz: export FUZZ_REQUESTS = $(N)
fuzz:
	@export FUZZ_SEED="$${SEED:-$$(date +%s)}"; echo "make fuzz N=$(N) SEED=$$FUZZ_SEED"; \
		PARTS="SQLite PostgreSQL" scripts/test tests/db/test_fuzz.py -p no:logging -rP

# What has to hold before a change is handed in. What nobody could be asked about is said last, where it is seen.
check: lint test audit

# What is published about weaknesses of the packages in the locks. STRICT=on also refuses what nobody could be asked about.
audit: development
	@$(python) scripts/advisories.py

# Side by side: the two that take long, bandit and mypy, keep a core busy each.
lint: development
	@$(MAKE) --no-print-directory -j2 $(linters)

lint-bandit:
	$(python) -m bandit --quiet --recursive --configfile pyproject.toml .
lint-mypy:
	SECRET_KEY=unused $(python) -m mypy
lint-deploy:
	ENV_FILE=/dev/null SECRET_KEY="$$($(random))" ALLOWED_HOSTS=example.gov.cn \
		$(python) manage.py check --deploy --fail-level WARNING
lint-migrations:
	$(python) manage.py makemigrations --check --settings tests.settings
lint-templates:
	.venv/bin/djade --check --target-version 5.2 $(templates)
	$(python) -m djhtml --check --tabwidth 2 templates
lint-ruff:
	$(python) -m ruff format --check .
	$(python) -m ruff check .

fmt: development
	$(python) -m ruff check --fix .
	$(python) -m ruff format .
	-.venv/bin/djade --target-version 5.2 $(templates)
	-$(python) -m djhtml --tabwidth 2 templates

# Both locks, under the oldest Python that is supported, and whether the next Debian's finds every one of them with its hash.
# ARGS=--upgrade takes newer versions.
lock: development
	@$(python) -c 'import sys; sys.exit(sys.version_info[:2] > (3, 11) and "make lock needs a .venv of Python 3.11.")'
	$(compile) $(ARGS) -o requirements.txt requirements.in
	$(compile) $(ARGS) -o requirements-dev.txt requirements-dev.in
	$(python) -m pip install --quiet --disable-pip-version-check --dry-run --ignore-installed --target /nonexistent \
		--only-binary=:all: --python-version 3.13 --require-hashes -r requirements-dev.txt

runtime:
	@scripts/venv requirements.txt

development:
	@scripts/venv requirements-dev.txt

# One file to install from where there is no network: dist/huozhou-portal-….tar
bundle: development
	@scripts/bundle

# nginx, the server and PostgreSQL from the very files of deploy/, on loopback ports, and tests against them.
deploy-test:
	@scripts/deploy-test $(ARGS)

# What the portal carries, as one table of ratios. ARGS="--projects 10 --seconds 2" for a short look, --write for docs/performance.md.
bench: development
	@$(python) -m lab.bench $(ARGS)
