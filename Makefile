# Every target installs what it needs. `make` alone prints what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build lint test test-fast test-full clusters clusters-down demo demo-failover demo-down image synth clean

# what npm says of the host's own Node is noise: its scripts run on the Node 24 that it installs
NPM := npm --loglevel=error
RUN := $(NPM) run --silent

help: ## print this
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules/.package-lock.json: package.json package-lock.json
	@echo "installing npm packages ..."
	@$(NPM) ci --no-audit --no-fund
	@touch $@

build: node_modules/.package-lock.json ## compile
	@$(RUN) build

lint: node_modules/.package-lock.json ## eslint and prettier
	@$(RUN) lint

demo: node_modules/.package-lock.json ## two real clusters, the product installed in both, and the walkthrough
	@$(RUN) demo -- up

demo-failover: node_modules/.package-lock.json ## three real clusters serve one name, and one after the other goes
	@$(RUN) demo -- failover

demo-down: node_modules/.package-lock.json ## remove what the demos made
	@$(RUN) demo -- down

test: test-fast ## all but the longest: unit tests, real control planes, real HAProxy, two real clusters
	@$(RUN) suite light
	@$(RUN) suite cluster
	@$(RUN) suite haproxy
	@$(RUN) suite e2e

test-fast: build ## lint, types, unit tests, the runtime over HTTP, generated files unchanged (under a minute)
	@$(RUN) lint
	@$(RUN) suite unit

test-full: test ## everything, with what is too long for every run
	@$(RUN) suite long

clusters: node_modules/.package-lock.json ## two real clusters, london and paris, in .clusters/
	@$(RUN) clusters -- up

clusters-down: node_modules/.package-lock.json ## remove them
	@$(RUN) clusters -- down

image: node_modules/.package-lock.json ## write build/image.tar and build/haproxy.tar, the OCI images that the manifests name (HAPROXY_BUILD=aws-lc: compile HAProxy on AWS-LC)
	@$(RUN) image

synth: node_modules/.package-lock.json ## write crds/ and manifests/
	@$(RUN) synth

clean: ## remove what was built
	@rm -rf build
