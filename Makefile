# Everything that a person does with this project. `make help` lists it.
# npm scripts bring their own Node.js (a dev dependency), so only node, npm, go, make and git have to be there.
.DEFAULT_GOAL := help
SHELL := /bin/bash
NODE := node_modules/.bin/node
BIN := PATH="$(CURDIR)/node_modules/.bin:$$PATH"
JEST := $(NODE) --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js

node_modules/.package-lock.json: package.json package-lock.json
	@echo "installing the packages"
	@npm ci --no-progress --loglevel=error
	@touch $@

SOURCES := $(shell find src scripts -name '*.ts' 2>/dev/null)
dist/hostport.js: node_modules/.package-lock.json $(SOURCES)
	@$(NODE) scripts/build.ts

.PHONY: help build test unit integration soak lint format generate verify bench demo image run cluster-up cluster-down control-plane

help: ## lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

build: dist/hostport.js ## builds dist/hostport.js, one file that runs with node alone

demo: build control-plane ## starts a cluster and two managers, applies the samples, shows what comes of them
	@$(NODE) scripts/demo.ts

test: build control-plane lint ## checks and tests everything, on a real control plane
	@$(NODE) scripts/test.ts

unit: node_modules/.package-lock.json ## runs the tests that need no cluster
	@$(JEST) test/unit

integration: build control-plane ## runs the tests on a real control plane
	@$(JEST) test/integration

soak: build control-plane ## MINUTES=15 SEED=…: a hostile tenant beside honest ones, while managers and the API server fail
	@MINUTES=$${MINUTES:-15} $(NODE) --max-old-space-size=6144 test/soak/main.ts

lint: node_modules/.package-lock.json ## type-checks every layer, lints, checks the formatting
	@$(BIN) npm run --silent typecheck
	@$(BIN) npm run --silent lint

format: node_modules/.package-lock.json ## formats the sources
	@$(BIN) npm run --silent format

generate: node_modules/.package-lock.json ## writes crds/ and config/ from the sources
	@$(NODE) scripts/generate.ts

verify: generate lint ## fails if what is generated differs from what is committed
	@git diff --exit-code -- crds config

bench: build control-plane ## measures, and writes docs/benchmarks.md
	@$(NODE) --expose-gc bench/main.ts

image: build ## makes dist/image, an OCI image for amd64 and arm64, without a container engine
	@$(NODE) scripts/image.ts

control-plane: node_modules/.package-lock.json
	@$(NODE) test/support/control-plane/cli.ts build

cluster-up: control-plane ## starts a control plane that stays, and says how to use it
	@$(NODE) test/support/control-plane/cli.ts up

cluster-down: node_modules/.package-lock.json ## stops it
	@$(NODE) test/support/control-plane/cli.ts down

run: build ## installs into the cluster of cluster-up (or $$KUBECONFIG) and runs one manager
	@export KUBECONFIG="$${KUBECONFIG:-$(CURDIR)/.cluster/default/kubeconfig}"; \
	  $(NODE) dist/hostport.js install --webhook-url https://127.0.0.1:9443 && exec $(NODE) dist/hostport.js manager --metrics-bind 127.0.0.1:8080
