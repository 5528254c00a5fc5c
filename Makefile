# make run     the main job: a thousand devices, drilled and judged
# make test    everything CI runs
# make sdktest the vendors' own Go SDKs against the binary; a part of make test, beside the others: it mostly waits
# make fuzz    every fuzz target for FUZZTIME
# make bench   speed and memory beside their floors, percentiles beside the truth; a quiet machine, please
# make aa      is bench right on this machine? equal things and planted changes, for AATIME
# make lint    format, vet of both modules, staticcheck

GO    ?= go
OUT   ?= out

# A race build sleeps for a second before it exits; the tests start many.
export GORACE ?= atexit_sleep_ms=50

.PHONY: run test plain unittest zootest tools sdktest bench aa lint fuzz

run:
	$(GO) run ./cmd/fleetdrill run scenarios/quickstart.yaml --out $(OUT) --force

# The longest first; lint has nothing that the tests need, and fills what they leave of the cores.
test: tools
	@$(MAKE) --no-print-directory -j4 unittest lint zootest sdktest

# What the vet of lint and the SDKs' tests both want is compiled once, before them.
plain:
	$(GO) build ./...

# What lint vets is not vetted twice; the zoo's files are vetted by its tests.
unittest:
	$(GO) test -race -vet=off ./...

zootest:
	$(GO) test -tags zoo -run 'Zoo|Bug|Sweep' ./platform/bug ./cmd/fleetdrill

# What tests need beside Go: xmllint, a browser, and what the demo's lines name. Where there is no apt, the tests say what
# is missing.
tools:
	@for tool in xmllint chromium curl mosquitto_pub; do command -v $$tool >/dev/null || missing=$$tool; done; [ -z "$$missing" ] || { command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libxml2-utils chromium curl mosquitto-clients >/dev/null; } || true

sdktest: plain
	$(GO) -C platform/sdktest test -vet=off -count=1 -timeout 5m ./...

# staticcheck reads types from compiled tests: those with the race detector are there, or unittest finds them then. The
# garbage of what ends soon need not be collected often.
lint: export GOGC = 400
lint: plain
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt would change: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) -C platform/sdktest vet ./...
	checker=$$($(GO) tool -n staticcheck) && GOFLAGS="$$($(GO) env GOFLAGS) -race" $$checker ./...

bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 20m ./cmd/fleetdrill
	$(GO) test -run '^$$' -bench Truth -benchtime 1x -timeout 10m ./sim

AATIME ?= 15m
aa:
	$(GO) run ./cmd/fleetdrill bench --selftest --budget $(AATIME)

FUZZTIME ?= 30s
fuzz:
	@grep -rHo 'func Fuzz[A-Za-z0-9]*' --include='*_test.go' . | while IFS=: read -r file target; do \
		$(GO) test -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit; done
