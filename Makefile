# Everything a developer does with Rehearse. `make help` lists it.
GO      ?= go
BIN     := bin
LDFLAGS := -s -w
export CGO_ENABLED ?= 0

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/eval and bin/simulate
	@$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

.PHONY: demo
demo: ## walk the whole loop on the shipped invoice workflow: no key, no service
	@echo "building bin/eval and bin/simulate, which takes a minute the first time"
	@$(MAKE) --no-print-directory build
	@examples/demo.sh

.PHONY: test
test: ## run all tests: no network, no key, no service
	$(GO) test -timeout 20m ./...

.PHONY: test-long
test-long: ## run the long simulations too
	$(GO) test -timeout 60m -tags long ./...

.PHONY: race
race: ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

.PHONY: check
check: ## format, vet, static analysis, vulnerabilities
	@.ci/check

.PHONY: bench
bench: ## benchmarks, beside the code they measure
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: fuzz
fuzz: ## fuzz every reader of files for a few seconds each
	@.ci/fuzz

.PHONY: datasets
datasets: ## write the shipped demonstration data again
	$(GO) run ./internal/synth/cmd/datasets

.PHONY: golden
golden: ## rewrite golden files after a wanted change
	$(GO) test ./... -update

.PHONY: install
install: ## install rehearse-eval and rehearse-simulate
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $$($(GO) env GOPATH)/bin/rehearse-eval ./cmd/eval
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $$($(GO) env GOPATH)/bin/rehearse-simulate ./cmd/simulate

.PHONY: clean
clean: ## remove what was built and what runs wrote, but not answers that were paid for
	rm -rf $(BIN) reports/runs .rehearse/fits
