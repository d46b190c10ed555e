// The machine that was measured on.

package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// machine says where figures come from.
type machine struct {
	Kernel     string  `json:"kernel"`
	Arch       string  `json:"arch"`
	CPU        string  `json:"cpu"`
	CPUs       int     `json:"cpus"`
	Go         string  `json:"go"`
	LoadBefore float64 `json:"load_before"` // of the last minute (proc_loadavg(5)); a quiet machine has 0
	LoadAfter  float64 `json:"load_after"`  // of this program, if nothing else ran
}

func thisMachine() machine {
	var u unix.Utsname
	_ = unix.Uname(&u)
	return machine{
		Kernel: unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]),
		Arch:   runtime.GOARCH, CPU: processor(), CPUs: runtime.NumCPU(), Go: runtime.Version(), LoadBefore: load1(),
	}
}

// processor is the name that the first processor gives itself (proc_cpuinfo(5)).
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// load1 is the load average of the last minute.
func load1() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}
