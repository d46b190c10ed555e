// What procfs says of tasks, whatever they are called.

package rights

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
	for _, comm := range []string{"sh", "", "x\nUid:\t0\t0\t0\t0", "Uid:\t0\t0", `\`, "\r\v\u0085", "a:b", "\xff"} {
		f.Add(comm, rest)
	}
	f.Add("sh", "Umask:\t0022\nGid:\t1\t1\t1\t1\nGroups:\t \nCapEff:\t0\n")
	f.Add("sh", "Uid:\t1\t1\n")
	f.Add("sh", "")
	escape := strings.NewReplacer("\n", `\n`, `\`, `\\`) // proc_task_name() in fs/proc/array.c
	f.Fuzz(func(t *testing.T, comm, rest string) {
		comm = strings.ReplaceAll(comm, "\x00", "")
		plain, bad := parseStatus("Name:\tsh\n" + rest)
		named, err := parseStatus("Name:\t" + escape.Replace(comm[:min(len(comm), 15)]) + "\n" + rest)
		if named != plain || (err == nil) != (bad == nil) {
			t.Errorf("with the name %q it is %+v, %v; with another %+v, %v", comm, named, err, plain, bad)
		}
		if err == nil && !strings.Contains(rest, "Uid:") {
			t.Errorf("%q has the rights %+v", rest, named)
		}
	})
}
