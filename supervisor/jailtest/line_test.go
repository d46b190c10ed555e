// Where a failure stands: at the line of the test, for what is looked at in the end, too.

package jailtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"jail/supervisor/jailtest"
)

// TestLines runs TestMeantToFail in a process of its own, and looks at the lines that it names.
func TestLines(t *testing.T) {
	text, err := os.ReadFile("line_test.go")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMeantToFail$", "-test.v")
	cmd.Env = append(os.Environ(), "JAILTEST_FAIL=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("it did not fail:\n%s", out)
	}
	for i, line := range strings.Split(string(text), "\n") {
		_, what, ok := strings.Cut(line, "// fails: ")
		if !ok || strings.Contains(line, "strings.Cut") {
			continue
		}
		if want := "line_test.go:" + itoa(i+1) + ": jailtest: sh: " + what; !strings.Contains(string(out), want) {
			t.Errorf("nothing says %q:\n%s", want, out)
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// TestMeantToFail is run by TestLines.
func TestMeantToFail(t *testing.T) {
	if os.Getenv("JAILTEST_FAIL") == "" {
		return
	}
	r := sh(t, "exit 1")
	r.WantExit(0)           // fails: exit 1, not exit 0
	r.WantSyscall("fsync"). // fails: expected fsync at least once before the first rename
				Before("rename")
	r.WantNoSyscall("openat", jailtest.Path("x")) // fails: expected openat path x never: openat path x is not a pattern: paths are absolute
	r.WantNoSyscall("%process")                   // fails: expected %process never
}
