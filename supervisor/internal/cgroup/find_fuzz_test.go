// Lines of mountinfo: folders are called what their makers like.

//go:build linux

package cgroup

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// FuzzMounts: a hierarchy is found whatever its folder is called, and a folder's name makes no hierarchy.
func FuzzMounts(f *testing.F) {
	own, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("/sys/fs/cgroup", string(own))
	f.Add("/a b\t\n\\x", unified+legacy)
	f.Add("/a\u00a0b\u0085\r\v", "1 2 3 - cgroup2 x\n - cgroup2 \n")
	f.Add("/x - cgroup2 cgroup2 rw", "1 2 3 4 - cgroup2")
	escape := strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`) // as show_mountinfo() in fs/proc_namespace.c
	f.Fuzz(func(t *testing.T, name, text string) {
		_ = mounts([]byte(text))
		name = "/" + strings.ReplaceAll(name, "\x00", "")
		line := "30 20 0:26 / " + escape.Replace(name) + " rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
		if got := mounts([]byte(line)); !slices.Equal(got, []string{name}) {
			t.Errorf("%q was read as %q", line, got)
		}
		if got := mounts([]byte(strings.Replace(line, " - cgroup2 ", " - tmpfs ", 1))); len(got) > 0 {
			t.Errorf("%q is a hierarchy at %q", line, got)
		}
	})
}
