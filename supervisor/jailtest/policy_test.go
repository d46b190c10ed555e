// What a policy limits, and runs at the same time.

package jailtest_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/jailtest"
)

// A policy's limits hold in tests as they do under jail run, and end the program, not the test.
func TestLimits(t *testing.T) {
	for limit, script := range map[string]string{"wall-time: 200ms": "sleep 1000", "output: 4KiB": "yes"} {
		t.Run(limit, func(t *testing.T) {
			j := jailtest.New(t, jailtest.PolicyText("version: 1\ndefault: allow\nlimits: {"+limit+"}\n"))
			j.Trace()
			r := j.Run("sh", "-c", script)
			if r.Status.Signal == 0 {
				t.Errorf("it ended with %v", r.Status)
			}
			name, _, _ := strings.Cut(limit, ":")
			r.WantDenial(name)
			says(t, func(t testing.TB) {
				j := jailtest.New(t, jailtest.PolicyText("version: 1\ndefault: allow\nlimits: {"+limit+"}\n"))
				j.Trace()
				j.Run("sh", "-c", script).WantExit(0)
			}, "killed by the policy: ")
		})
	}
}

// Jails of one test binary do not disturb each other.
func TestParallelJails(t *testing.T) {
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			j := jailtest.New(t)
			j.Fault("getdents64", jailtest.Nth(1), unix.EIO)
			r := j.Run("sh", "-c", fmt.Sprintf("ls / || exit %d", i+10))
			r.WantExit(i + 10)
			r.WantSyscall("getdents64", unix.EIO).Exactly(1).Within("ls")
			r.WantDeath(jailtest.Exited(2)).Within("ls").Exactly(1)
		})
	}
}

// Faults that are no errno: reads cut short, a disk that fills, a signal, another path.
func TestFaultsOfAllKinds(t *testing.T) {
	dir := folder(t, map[string]string{"in": strings.Repeat("0123456789", 10)})
	j := jailtest.New(t, jailtest.Dir(dir))
	j.Fault("read", jailtest.Path("*/in"), jailtest.Short(7))
	r := j.Run("cat", "in")
	r.WantStdout(strings.Repeat("0123456789", 10))
	r.WantSyscall("read", jailtest.Path("*/in")).AtLeast(15)
	j.NoFaults()
	j.Fault("write,copy_file_range", jailtest.Path("*/out"), jailtest.After(20))
	r = j.Run("sh", "-c", "cat in >out")
	r.WantExit(1)
	r.WantSyscall("write,copy_file_range", jailtest.Path("*/out"), unix.ENOSPC).AtLeast(1)
	j.NoFaults()
	j.Fault("read", jailtest.Path("*/in"), jailtest.Nth(1), unix.SIGTERM)
	j.Run("cat", "in").WantSignal(unix.SIGTERM)
	j.NoFaults()
	j.Fault("openat", jailtest.Path("*/in"), jailtest.SetPath(2, dir+"/other"))
	j.Run("cat", "in").WantExit(1)
	j.NoFaults()
	j.Fault("getpid", jailtest.Answer(1), jailtest.Maybe())
	j.Run("true").WantExit(0)
}

// What the filter refuses by itself nobody hears of: that it was not made can't be said, nor that it was.
func TestCallsThatNobodyHearsOf(t *testing.T) {
	says(t, func(t testing.TB) {
		r := sh(t, "mkdir x", jailtest.Dir(dirOf(t)), jailtest.PolicyText("version: 1\ndefault: allow\nsyscalls:\n  - {syscalls: [mkdir, mkdirat], action: errno EPERM, quiet: true}\n"))
		r.WantExit(1)
		r.WantNoSyscall("mkdir")
		r.WantSyscall("openat").Before("mkdir,mkdirat")
		r.WantNoSyscall("%network")
	}, "the policy's filter answers mkdir, mkdirat by itself, so nobody hears of it", "expected mkdir never, which can't be told: the policy's filter answers mkdir by itself")
}
