// What a running program is called: what was executed, of real processes.

package report

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// renamed starts a program that calls itself "other" and waits; it is killed when the test ends.
func renamed(t *testing.T, path string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(path, args...)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("it said %q, %v", line, err)
	}
	return c
}

const renames = "printf other >/proc/$$/comm; echo ready; read line"

func TestProgramIsWhatWasExecuted(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "a-script-with-a-name-that-is-long")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"+renames+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/bin/sh", link); err != nil {
		t.Fatal(err)
	}
	deep := dir + strings.Repeat("/.", 1950) + "/link" // more than a page: the name begins in one, and ends in the next
	for _, c := range []struct {
		want, path string
		args       []string
	}{
		{"sh", "/bin/sh", []string{"-c", renames}},
		{"a-script-with-a", script, nil},
		{"link", link, []string{"-c", renames}},
		{"link", deep, []string{"-c", renames}},
	} {
		pid := renamed(t, c.path, c.args...).Process.Pid
		if got := (Proc{}).Comm(pid); got != "other" {
			t.Errorf("%s calls itself %q", c.path, got)
		}
		if got := (Proc{}).Program(pid); got != c.want {
			t.Errorf("%s is called %q, want %q", c.path, got, c.want)
		}
	}
}

// TestProgramOfTheDead: who was killed has no memory any more, and a name until it is reaped.
func TestProgramOfTheDead(t *testing.T) {
	c := renamed(t, "/bin/sh", "-c", renames)
	pid := c.Process.Pid
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if got := (Proc{}).Program(pid); got != "other" {
		t.Errorf("a zombie is called %q", got)
	}
	if argv := (Proc{}).Argv(pid); argv != nil {
		t.Errorf("a zombie has the arguments %q", argv)
	}
	_ = c.Wait()
	if got := (Proc{}).Program(pid) + (Proc{}).Comm(pid) + (Proc{}).Exe(pid); got != "" {
		t.Errorf("nobody is called %q", got)
	}
}

func TestCommOf(t *testing.T) {
	for path, want := range map[string]string{
		"": "", "sh": "sh", "/bin/sh": "sh", "./a b\n": "a b\n", "/x/123456789012345678": "123456789012345",
		"/dev/fd/3": "", "/dev/fd/3/sh": "sh", "/dev/fd": "fd", "/dev/fdx/3": "3",
	} {
		if got := commOf(path); got != want {
			t.Errorf("%q is called %q, want %q", path, got, want)
		}
	}
}

func TestAuxValue(t *testing.T) {
	var v []byte
	for _, n := range []uint64{6, 4096, atExecFn, 0x7ffe1000, 0, 0} {
		v = binary.NativeEndian.AppendUint64(v, n)
	}
	for n := range len(v) {
		want := uint64(0)
		if n >= 32 {
			want = 0x7ffe1000
		}
		if got := auxValue(v[:n], atExecFn); got != want {
			t.Errorf("of %d bytes: %#x", n, got)
		}
	}
}

// TestArgvIsWhole: short and long command lines, up to what is read of one.
func TestArgvIsWhole(t *testing.T) {
	for _, n := range []int{0, 1, 900, 1000, 1022, 1023, 1024, 1025, 5000, 100_000} {
		arg := strings.Repeat("x", n)
		c := exec.Command("/bin/sh", "-c", "echo ready; read line", arg)
		in, _ := c.StdinPipe()
		out, _ := c.StdoutPipe()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadFull(out, make([]byte, 6))
		got := Proc{}.Argv(c.Process.Pid)
		if want := []string{"/bin/sh", "-c", "echo ready; read line", arg}; !slices.Equal(got, want) {
			t.Errorf("an argument of %d bytes: %d arguments, %d bytes", n, len(got), len(fmt.Sprint(got)))
		}
		_ = in.Close()
		_ = c.Wait()
	}
}

// BenchmarkProc is what is read of a program at its exec, with a report, or later.
func BenchmarkProc(b *testing.B) {
	pid := os.Getpid()
	for name, read := range map[string]func(){
		"Comm":    func() { Proc{}.Comm(pid) },
		"Program": func() { Proc{}.Program(pid) },
		"Argv":    func() { Proc{}.Argv(pid) },
		"Exe":     func() { Proc{}.Exe(pid) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
