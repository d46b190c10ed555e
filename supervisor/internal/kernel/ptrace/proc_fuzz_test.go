// What programs can write into /proc, as the kernel shows it: names of tasks in status, paths in mountinfo. They forge no field.

package ptrace

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// escapeAsKernel writes some characters as octal numbers or, in status, as C does (seq_escape_str(), string_escape_mem()).
func escapeAsKernel(s, special string, octal bool) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case !strings.ContainsRune(special, rune(c)):
			b.WriteByte(c)
		case octal:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteString(map[byte]string{'\n': `\n`, '\\': `\\`}[c])
		}
	}
	return b.String()
}

// nulFree is what of an input can be in a name or a path, at most n bytes.
func nulFree(s string, n int) string {
	s = strings.ReplaceAll(s, "\x00", "")
	return s[:min(n, len(s))]
}

// FuzzStatus: a task's name changes no other field; other text gives fields or none, and is survived.
func FuzzStatus(f *testing.F) {
	own, err := os.ReadFile("/proc/self/status")
	if err != nil {
		f.Fatal(err)
	}
	for _, comm := range []string{"sh", "a b", "x\nTgid:\t1", "\nPPid:\t1\n", `\`, ") R 1 1 (", "Tgid:\t1", "\xff\xfe", "\u0085\u00a0", ""} {
		f.Add(comm, string(own))
	}
	f.Add("sh", "Name:\tx\nTgid:\t99999999999999999999999999\nSigCgt:\tfffffffffffffffffffffffffffff\n")
	f.Add("sh", "Name:\tx\nTgid:")
	f.Add("sh", "Name:\tx\nTgid:\t-1\nPPid:\t1 2")
	keys := []string{"Tgid:", "PPid:", "TracerPid:", "Threads:", "SigCgt:", "Seccomp_filters:"}
	f.Fuzz(func(t *testing.T, comm, rest string) {
		_, rest, _ = strings.Cut(rest, "\n") // the name's own line
		status := []byte("Name:\t" + escapeAsKernel(nulFree(comm, 15), "\n\\", false) + "\n" + rest)
		plain := []byte("Name:\tsh\n" + rest)
		for _, key := range keys {
			got := field(status, key)
			if got != field(plain, key) || hexField(status, key) != hexField(plain, key) {
				t.Errorf("%s is %d with the name %q, %d without", key, got, comm, field(plain, key))
			}
			if want, err := strconv.ParseUint(string(line(status, key)), 10, 31); err != nil && got != -1 || err == nil && got != int(want) {
				t.Errorf("%s %q was taken for %d", key, line(status, key), got)
			}
		}
	})
}

// TestHostileName is what the kernel makes of such names.
func TestHostileName(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tid := unix.Gettid()
	path := fmt.Sprintf("/proc/self/task/%d/comm", tid)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(path, before, 0)
	for _, name := range []string{"a\nTgid:\t1\nx", "\nTracerPid:\t7", ") R 1 1", "\nPPid:\t1\n"} {
		if err := os.WriteFile(path, []byte(name), 0); err != nil {
			t.Fatal(err)
		}
		var k Kernel
		if tgid, parent, err := k.TGID(tid); err != nil || tgid != os.Getpid() || parent != os.Getppid() {
			t.Errorf("with the name %q: process %d, parent %d, %v", name, tgid, parent, err)
		}
	}
}

// FuzzMountInfo: whatever folders are called, their lines are read as what they are; other text is survived.
func FuzzMountInfo(f *testing.F) {
	own, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("/", "/", string(own))
	f.Add("/a b", "/mnt/\t\n\\#", someMounts)
	f.Add("/x - ext4 /dev/a rw", "/media/u/My\u00a0Disk", "") // no blanks for the kernel, which leaves them
	f.Add("/x\r\v\f\u0085", "/\u2028\u3000", `1 2 3 \04 \999 \0400`)
	f.Add("/\\040", "/..", "1 2 3 4 5\n\n 6 7")
	f.Fuzz(func(t *testing.T, root, path, text string) {
		for _, m := range mountPoints(text) {
			_ = elsewhere(mountPoints(text), m.path)
		}
		root, path = "/"+nulFree(root, 300), "/"+nulFree(path, 300)
		line := "36 35 98:0 " + escapeAsKernel(root, " \t\n\\#", true) + " " + escapeAsKernel(path, " \t\n\\#", true) +
			" ro,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n"
		if got, want := mountPoints(line), []mountPoint{{"98:0", root, path, true}}; !slices.Equal(got, want) {
			t.Errorf("%q was read as %+v", line, got)
		}
	})
}
