# make demo   the whole story on a fresh machine (Python >= 3.11, make and a package index are enough)
# make test   every test; installs pdfsig, openssl, zbar, PostgreSQL and SoftHSM first where apt-get can (JOBS=4: in four processes)
# make fuzz   a minute of fuzzing over every parser, audits included (60 seconds; FUZZ_S=600 for ten minutes)
# make verdicts   thousands of forged and genuine documents: our verdicts beside those of pyHanko, pdfsig and EU DSS
# make lint | interop | bench | clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= out
FUZZ_S ?= 60
JOBS   ?= 2
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -q

.PHONY: demo test lint interop verdicts bench fuzz tools clean

demo: $(VENV)/.demo
	$(BIN)/signing demo $(OUT)

test: $(VENV)/.test tools
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

interop: $(VENV)/.test tools
	@.ci/tools qpdf:qpdf
	@command -v java >/dev/null && command -v mvn >/dev/null || { \
	  echo "make interop needs a JDK (17 or newer) and Maven: apt-get install openjdk-17-jdk-headless maven" >&2; exit 2; }
	$(BIN)/python tests/interop/run.py

verdicts: $(VENV)/.test tools
	@.ci/tools certutil:libnss3-tools
	$(BIN)/python -m tests.verdicts.run

bench: $(VENV)/.test tools
	@.ci/tools /usr/share/fonts/truetype/croscore/Tinos-Regular.ttf:fonts-croscore
	$(BIN)/python benchmarks/run.py

fuzz: $(VENV)/.fuzz
	$(BIN)/python -m tests.fuzz.run --seconds $(FUZZ_S)

tools:
	@.ci/tools pdfsig:poppler-utils openssl:openssl zbarimg:zbar-tools xmlsec1:xmlsec1 postgres:postgresql \
	  softhsm2-util:softhsm2 pkcs11-tool:opensc cc:build-essential

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; where it has another name: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) makes no environment; on Debian: apt-get install python3-venv" >&2; exit 2; }

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(PIP) -e '.[scan]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(PIP) -e '.[scan,postgres,test,lint]'
	@touch $@ $(VENV)/.demo

$(VENV)/.fuzz: pyproject.toml | $(VENV)/bin/python
	$(PIP) -e '.[fuzz]'
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) $(OUT) *.egg-info build tests/interop/dss/target tests/interop/verapdf/target benchmarks/jvm/target
