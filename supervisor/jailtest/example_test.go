// Examples: what a developer writes. They are run.

package jailtest_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/jailtest"
)

// t stands for the argument of the test function that an example is the body of.
var t testing.TB = printer{}

// A disk that is full while a file is copied: what cp says, and what it does.
func ExampleNew() {
	// func TestCopyToAFullDisk(t *testing.T) {
	j := jailtest.New(t, jailtest.Policy("no-network"), jailtest.Env("LC_ALL=C"))
	j.Fault("write,copy_file_range", jailtest.Path("*/example-copy"), unix.ENOSPC)
	r := j.Run("cp", "/etc/passwd", os.TempDir()+"/example-copy")
	r.WantExit(1)
	r.WantStderrMatch(`No space left on device`)
	r.WantSyscall("openat", jailtest.Path("*/example-copy"), jailtest.Flags("O_CREAT")).Before("close", jailtest.Path("*/example-copy"))
	r.WantNoSyscall("connect")
	r.WantDeath(jailtest.Exited(1))
	// }
	os.Remove(os.TempDir() + "/example-copy")
	// Output:
}

// A test that fails says what happened instead, and who did it.
func ExampleResult_WantSyscall() {
	j := jailtest.New(t)
	j.Trace("fsync", "rename*")
	r := j.Run("sh", "-c", "cd /; exit 3")
	r.WantSyscall("fsync").Before("rename*").Check()
	r.WantNoSyscall("connect").Check()
	// Output:
	// jailtest: sh: expected fsync at least once before the first rename*: there is no rename*
	//   [pid N sh] +++ exited with 3 +++
	//   N: sh
	// jailtest: sh: the test is wrong: expected connect never, which can't be told: connect is not traced in this run
}

// A fault for the length of one call, while the program runs.
func ExampleJail_Start() {
	j := jailtest.New(t, jailtest.Env("LC_ALL=C"))
	run := j.Start("sh", "-c", `while read f; do cat $f >/dev/null 2>&1 && echo read || echo failed; done`)
	run.Input("/etc/passwd\n")
	run.AwaitStdout("read\n")
	f := run.Fault("openat", jailtest.Path("/etc/passwd"), unix.EMFILE)
	run.Input("/etc/passwd\n")
	run.AwaitStdout("failed\n")
	f.Detach()
	run.Input("/etc/passwd\n")
	run.AwaitStdout("read\nfailed\nread\n")
	run.Wait().WantExit(0)
	// Output:
}
