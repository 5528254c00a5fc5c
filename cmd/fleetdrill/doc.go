// Fleetdrill drills a fleet of devices against an IoT command platform and measures what its callers see.
//
// One process holds the whole system: a command platform with a vendor's HTTP API, an MQTT broker and a command cache,
// and thousands of simulated devices. A scenario file says what the devices do and which calls are made; the run says
// how long each call took from the moment it was due, how it ended, and whether the platform kept its promises.
//
// # Commands
//
//	fleetdrill run FILE [--out DIR] [--force] [--seed N] [--clock real|virtual] [--set path=value]...
//	               [-o kind=path]... [--annotate github|gitlab] [--metrics ADDR] [--quiet]
//	fleetdrill hunt FILE [--seeds N] [--from N] [--for TIME] [--jobs N] [--all] [--small]
//	               [--no-faults] [--expect EXPR]... [--out DIR] [--force]
//	fleetdrill shrink DIR [--all] [--for TIME]
//	fleetdrill explain DIR [LOAD/N|DEVICE|GROUP|CAUSE|FAULT|LOAD] [--json]
//	fleetdrill replay DIR [--only LOAD|LOAD/N|GROUP|DEVICE] [--slack TIME] [--json] [--out DIR] [--force]
//	fleetdrill check FILE... [--set path=value]...
//	fleetdrill schema [--serve]
//	fleetdrill sweep [--dialect NAME] [--all] [--markdown]
//	fleetdrill serve [--demo | --config FILE] [--http ADDR] [--mqtt ADDR] [--ws ADDR] [--https ADDR] [--tls ADDR] [--wss ADDR] [--cert FILE --key FILE] [--metrics ADDR] [--log LEVEL]
//	fleetdrill report DIR
//	fleetdrill compare BASE HEAD [--tolerance name=value]... [-o kind=path]... [--annotate github] [--quiet]
//	fleetdrill bench FILE --against BINARY | --baseline DIR | --head-set path=value [-n RUNS] [--budget TIME]
//	               [--out DIR] [--force] [--set path=value]... and the options of compare
//	fleetdrill version
//
// FILE is a scenario file, or the name of a built-in scenario; `fleetdrill run --help` lists those.
//
// A first run:
//
//	fleetdrill run quickstart --out results
//
// The same scenario in virtual time, where a second of waiting costs nothing and the same seed gives the same history:
//
//	fleetdrill run quickstart --clock virtual --seed 7
//
// Another value for this run alone:
//
//	fleetdrill run quickstart --clock virtual --set devices.meters.count=50
//
// One drill against three vendors: a file with a matrix is several scenarios, run one after another, and the screen ends
// with what callers were told, side by side. The worst verdict counts: 1 before 3 before 0.
//
//	fleetdrill run three-clouds --out clouds
//
// One of them alone:
//
//	fleetdrill run three-clouds --set matrix=huawei
//
// The same scenario with one seed after another, and with faults placed by every other of them, until it fails:
//
//	fleetdrill hunt quickstart --small --seeds 200 --out found
//
// What a hunt finds has a folder, found/seed-N, with the results of that run and minimal.yaml: the few devices and calls
// that it takes; with --all it has minimal-2.yaml and so on for what else that run shows. Any failed run can be cut down
// like this, one on the real clock at its recorded times, which end up in the file. And any run can be made again in
// virtual time and compared, command by command:
//
//	fleetdrill shrink results
//	fleetdrill replay results --only reboot/17
//
// Why were calls no success? All of them by cause, and the life of one, drawn hop by hop:
//
//	fleetdrill explain results
//	fleetdrill explain results reboot/13
//
// Did a change make anything worse? Both versions in turns, for three minutes at the most; or the results of earlier runs,
// each argument a folder of a run, a folder of such folders, or several of them divided by commas:
//
//	fleetdrill bench drill.yaml --against ./fleetdrill-of-main --budget 3m --out bench
//	fleetdrill compare bench/base bench/head
//
// Every order in which answer, timeout, disconnect, acknowledgement, expiry and the like can come, and how it ends by the
// vendor's contract and on this platform:
//
//	fleetdrill sweep --dialect alibaba
//
// Every mistake in a file, with its place:
//
//	fleetdrill check quickstart cache-48h
//
// The platform alone, over real sockets, until Ctrl-C; the demo prints lines for a second terminal that play a device
// and call it:
//
//	fleetdrill serve --demo
//
// # Results
//
// The verdict and the numbers go to stdout, progress and errors to stderr. DIR gets
//
//	summary.json    all numbers; package fleetdrill/report defines each
//	history.jsonl   a header, then one fact a line: what happened to every command, in order
//	latency.hlog    latencies as an HdrHistogram log, one tagged line per load and second: LOAD, LOAD.ok, and LOAD.lag
//	                and LOAD.service for the whole run
//	timeline.csv    arrivals, outcomes and latency of each load, a second a row
//	course.json     devices, open commands, cache and machine, in the same rows; phases and faults
//	report.html     all of it to look at, in one file; `fleetdrill report DIR` makes it again
//	junit.xml       thresholds, invariants and the run itself as test cases
//	summary.md      for a comment on a pull request
//	scenario.yaml   the scenario with its seed and overrides: running it again is this run again
//
// Of a file with a matrix DIR gets a folder like this for each scenario, and matrix.md, the table of the screen.
//
// One report alone goes where -o says, and two kinds are made only then: bench, for benchstat, and codequality, for GitLab.
//
//	fleetdrill run quickstart --clock virtual -o bench=bench.txt -o junit=junit.xml
//
// # Comparisons
//
// A comparison says of each figure better, worse, same or inconclusive; package fleetdrill/report/compare says how it
// knows. Single runs differ by themselves, so it takes several of each side: eight for a scenario with two loads. What is
// less than its tolerance is the same; the scenario's compare has the tolerances, and --tolerance others:
//
//	compare: {p50: 5%, p90: 5%, p99: 5%, p999: 20%, rate: 2%, outcomes: 1%, shape: 1%, overshoot: 5ms, drain: 10%, memory: 10%}
//
// These are the defaults. "off" takes a figure out. Another scenario, seed, machine or clock on one of the sides is a
// warning, not a verdict.
//
// # Exit codes
//
//	0   pass; of a comparison: same or better
//	1   an expectation of the scenario, or an invariant of the platform, does not hold; of a comparison: worse
//	2   bad usage or bad input, an address that is taken, a certificate that cannot be used; nothing was run
//	3   could not run, was interrupted, or the run says nothing: the load generator was the limit
package main
