// Programs that a test talks to, and faults that come and go meanwhile.

package jailtest_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/fault"
	"jail/supervisor/jailtest"
)

// asker makes a folder for each line that it reads, and says what came of it.
const asker = `import os, sys
print("ready", flush=True)
for line in sys.stdin:
    try:
        os.mkdir(line.strip())
        print(line.strip() + " made", flush=True)
    except OSError as e:
        print(line.strip() + " " + e.strerror, flush=True)
`

// A fault for the length of one call: there are none before it and none after it.
func TestFaultForOneCall(t *testing.T) {
	j := jailtest.New(t, jailtest.Dir(t.TempDir()))
	r := j.Start("python3", "-c", asker)
	r.AwaitStdout("ready\n")
	r.Input("a\n")
	r.AwaitStdout("a made\n")
	f := r.Fault("mkdir,mkdirat", unix.ENOSPC)
	r.Input("b\n")
	r.AwaitStdout("b No space left on device\n")
	f.Detach()
	if c := f.Count(); c.Matched != 1 || c.Fired != 1 {
		t.Errorf("the fault matched %d calls and fired for %d", c.Matched, c.Fired)
	}
	r.Input("b\n")
	r.AwaitStdout("b made\n")
	once := r.FaultOn(r.PID(), "mkdir,mkdirat", unix.EDQUOT, jailtest.Nth(1))
	r.Input("c\nd\n")
	r.AwaitStdout("c Disk quota exceeded\nd made\n")
	once.Detach()
	res := r.Wait()
	res.WantExit(0)
	res.WantSyscall("mkdir,mkdirat").Exactly(5)
	res.WantSyscall("mkdir,mkdirat").Fails(unix.ENOSPC).Path("*/b").Exactly(1).Before("mkdir,mkdirat", jailtest.Path("*/c"))
	res.WantSyscall("mkdir,mkdirat", unix.EDQUOT).Path("*/c").Exactly(1)
}

// Calls that do not stop can't be made to fail; with Traceable they can, without being traced.
func TestFaultLater(t *testing.T) {
	says(t, func(t testing.TB) {
		j := jailtest.New(t, jailtest.Dir(dirOf(t)))
		j.Trace("%network")
		r := j.Start("python3", "-c", asker)
		r.AwaitStdout("ready\n")
		r.Fault("mkdir,mkdirat", unix.EIO)
	}, "the filter does not stop for a call that it asks for: mkdir, mkdirat; name what engines will ask for in")
	j := jailtest.New(t, jailtest.Dir(t.TempDir()))
	j.Trace()
	j.Traceable("mkdir*")
	r := j.Start("python3", "-c", asker)
	r.AwaitStdout("ready\n")
	f := r.Fault("mkdir,mkdirat", unix.EIO, jailtest.Per(fault.PerTask))
	r.Input("a\n")
	r.AwaitStdout("a Input/output error\n")
	f.Detach()
	r.Input("a\n")
	r.AwaitStdout("a made\n")
	r.Wait().WantExit(0)
	says(t, func(t testing.TB) {
		jailtest.New(t).Start("sleep", "1000").Fault("wriet", unix.EIO)
	}, `jailtest: a fault of wriet: there is no system call or group "wriet"`)
	says(t, func(t testing.TB) {
		r := jailtest.New(t).Start("true")
		r.Wait()
		r.Fault("write", unix.EIO)
	}, "there is nothing to attach faults to: no such process")
}

// A test that fails before it waits leaves nothing behind.
func TestStartWithoutWait(t *testing.T) {
	var pid int
	failing(func(t testing.TB) {
		r := jailtest.New(t).Start("sleep", "1000")
		pid = r.PID()
		t.Fatalf("enough")
	})
	if err := unix.Kill(pid, 0); err != unix.ESRCH {
		t.Errorf("the program is there still: %v", err)
	}
}

// What a program writes when it ends early is in the failure.
func TestAwaitInVain(t *testing.T) {
	got := failing(func(t testing.TB) {
		r := jailtest.New(t).Start("sh", "-c", "echo no >&2; exit 2")
		r.AwaitStdout("yes")
	})
	if len(got) != 1 || !strings.Contains(got[0], `the program ended without writing "yes" to its standard output; standard error ends with`+"\n  no") {
		t.Errorf("%q", got)
	}
}
