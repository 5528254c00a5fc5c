package sim

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"fleetdrill/report"
)

// machine is where this process runs.
func machine() report.Machine {
	return report.Machine{OS: runtime.GOOS + "/" + runtime.GOARCH, CPU: processor(), Cores: runtime.NumCPU(),
		Procs: runtime.GOMAXPROCS(0), Go: runtime.Version(), Build: build()}
}

// processor is the model that Linux tells; empty elsewhere.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		if key, value, _ := strings.Cut(in.Text(), ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(info.Main.Version, s.Value[:12]) {
			return info.Main.Version + " " + s.Value[:12]
		}
	}
	return info.Main.Version
}
