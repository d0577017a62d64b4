# Every target sets up what it needs: .venv beside this file, with the pinned packages of requirements.txt.
# PYTHON=/path/to/python chooses the interpreter (3.10 to 3.13), ARGUMENTS="..." is handed to the tool or to pytest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo serve-demo test test-slow test-android phone-library apk screenshots lint format clean

python := .venv/bin/python
mutations := android_demo/core/target/mutations.gz
damaged := android_demo/core/target/damaged_parts.gz
own := android_demo/core/target/own/made
assets := android_demo/app/target/own_assets

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with the pinned packages (done by every other target too)
	@PYTHON='$(PYTHON)' sh tools/venv.sh

demo: setup ## train, convert, run and report a small network
	$(python) tools/demo.py $(ARGUMENTS)

serve-demo: setup ## train a small network, serve its cloud part, kill the server, go on without it
	$(python) tools/serve_demo.py $(ARGUMENTS)

test: lint phone-library ## lint, the fast tests, and the JVM's where its tools are: some minutes on two cores
	$(python) -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder $(ARGUMENTS)
	@if sh android_demo/check_tools.sh; then $(MAKE) --no-print-directory test-android ARGUMENTS=; \
	else echo "THE TESTS OF android_demo DID NOT RUN: see the line above for what they need"; fi

# Once, before tests in several processes ask for it; it says what is missing, and the tests that need it say it again.
phone-library: setup
	@sh android_demo/phone_lab/check_tools.sh \
		&& $(python) tools/phone_check.py tests/goldens/bundles/rules_int8 --json >/dev/null \
		|| echo "WHERE THE PHONE'S LIBRARY IS NEEDED TESTS DO NOT RUN: see the line above for what it needs"

test-slow: setup ## the tests that take minutes or download a dataset
	$(python) -m pytest -m slow $(ARGUMENTS)
	@if [ -f $(own) ] && sh android_demo/check_tools.sh && sh android_demo/apk/check_tools.sh; then mvn -q \
		-f android_demo/pom.xml test -Dtest='SelfTestTest,OwnNetworksTest' -Dsurefire.failIfNoSpecifiedTests=false; fi

test-android: setup ## the JVM runtime and the app, on the APK's own TensorFlow Lite (needs a JDK 17, Maven, gcc, aapt)
	@sh android_demo/check_tools.sh
	@$(MAKE) --no-print-directory $(mutations) $(damaged) $(own)
	@if sh android_demo/apk/check_tools.sh; then mvn -q -f android_demo/pom.xml verify $(ARGUMENTS); \
	else echo "THE APP'S TESTS DID NOT RUN: see the line above for what they need"; \
	mvn -q -f android_demo/pom.xml verify -pl '!app,!apk' $(ARGUMENTS); fi

apk: $(if $(BUNDLES),setup) ## build the app's signed debug APK (JDK 17, Maven, Debian's tools); BUNDLES="bundles/one ..." are its bundles
	@sh android_demo/check_tools.sh
	@sh android_demo/apk/check_tools.sh
ifneq ($(BUNDLES),)
	@rm -rf $(assets) && mkdir -p $(assets) && cp -r android_demo/app/src/main/assets/traces $(assets)
	$(python) tools/pack.py $(BUNDLES) --out $(assets)/bundles
endif
	mvn -q -f android_demo/pom.xml package -DskipTests -Dmaven.javadoc.skip -Dmaven.source.skip $(if $(BUNDLES),-Dfrugal.assets='$(CURDIR)/$(assets)') $(ARGUMENTS)
	@sh android_demo/apk/build.sh

screenshots: ## draw the app's screens anew into docs/android
	@sh android_demo/check_tools.sh
	mvn -q -f android_demo/pom.xml test -pl phone_lab,app -am -Dtest='*ScreenshotsTest' -Dsurefire.failIfNoSpecifiedTests=false \
		-Dfrugal.screenshots=$(CURDIR)/docs/android

# What Python says of ten thousand damaged manifests: a minute or two, so only when something of it has changed.
$(mutations): $(wildcard tests/goldens/*.py tests/goldens/bundles/*/* tests/tflite/*.py \
		tflite/*.py tflite/bundle/*.py tflite/program/*.py tflite/runtime/*.py)
	@mkdir -p $(dir $@)
	$(python) -m tests.goldens.mutations $@

# What Python says of ten thousand damaged parts: seconds.
$(damaged): $(wildcard tests/goldens/*_parts.py tests/goldens/bundles/*/parts/* tests/tflite/*.py tflite/bundle/*.py)
	@mkdir -p $(dir $@)
	$(python) -m tests.goldens.damaged_parts $@

# Users' own networks, from pictures to the app: `make test` has made them just before.
$(own): tests/own_networks.py $(wildcard keras_models/*.py keras_models/*/*.py tflite/*.py tflite/*/*.py \
		tools/*.py tools/pipeline/*.py)
	$(python) -m pytest -q tests/tools/test_pictures_to_phone.py

lint: setup ## ruff's checks, and its formatting
	$(python) -m ruff check .
	$(python) -m ruff format --check .

format: setup ## let ruff repair what it can
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

clean: ## remove .venv and caches; runs/, bundles/ and reports/ stay
	rm -rf android_demo/target android_demo/*/target
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
