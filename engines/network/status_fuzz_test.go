// What procfs says of tasks, whatever they are called.

package network

import (
	"os"
	"strings"
	"testing"
)

// FuzzStatus: a task's name changes nothing else, and any other text is read or is an error.
func FuzzStatus(f *testing.F) {
	own, err := os.ReadFile("/proc/self/status")
	if err != nil {
		f.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(own), "\n")
	for _, comm := range []string{"sh", "", "x\nThreads:\t1", "Threads:\t1", `\`, "\r\v\u0085", "a:b", "\xff"} {
		f.Add(comm, rest)
	}
	f.Add("sh", "Threads:\t-1\n")
	f.Add("sh", "Threads:\t1\nSigPnd:\tfffffffffffffffff\n")
	f.Add("sh", "Threads:\n1")
	escape := strings.NewReplacer("\n", `\n`, `\`, `\\`) // proc_task_name() in fs/proc/array.c
	f.Fuzz(func(t *testing.T, comm, rest string) {
		comm = strings.ReplaceAll(comm, "\x00", "")
		plain, bad := parseStatus("Name:\tsh\n" + rest)
		named, err := parseStatus("Name:\t" + escape.Replace(comm[:min(len(comm), 15)]) + "\n" + rest)
		if named != plain || (err == nil) != (bad == nil) {
			t.Errorf("with the name %q it is %+v, %v; with another %+v, %v", comm, named, err, plain, bad)
		}
		if err == nil && named.threads < 1 {
			t.Errorf("%q has %d threads", rest, named.threads)
		}
	})
}
