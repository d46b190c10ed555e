// What /proc says of real processes.

package report

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestProcOfTheDead: who was killed has no memory any more, and a name until it is reaped.
func TestProcOfTheDead(t *testing.T) {
	c := exec.Command("/bin/sh", "-c", "read line")
	if _, err := c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	pid := c.Process.Pid
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if got := (Proc{}).Comm(pid); got != "sh" {
		t.Errorf("a zombie is called %q", got)
	}
	if argv := (Proc{}).Argv(pid); argv != nil {
		t.Errorf("a zombie has the arguments %q", argv)
	}
	_ = c.Wait()
	if got := (Proc{}).Comm(pid) + (Proc{}).Exe(pid); got != "" {
		t.Errorf("nobody is called %q", got)
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

// BenchmarkProc is what is read of a program at its exec: the name always, the rest with a report.
func BenchmarkProc(b *testing.B) {
	pid := os.Getpid()
	for name, read := range map[string]func(){
		"Comm": func() { Proc{}.Comm(pid) },
		"Argv": func() { Proc{}.Argv(pid) },
		"Exe":  func() { Proc{}.Exe(pid) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
