// Faults: what programs see of rules, and what becomes of the rest.

package integration

import (
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/fault"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// faulty makes an engine of rules, to be attached.
func faulty(t *testing.T, rules ...fault.Rule) (*fault.Engine, []supervisor.Engine) {
	t.Helper()
	e, err := fault.New(rules, fault.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return e, one(e.Attachable())
}

// program finds one that has to be installed.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: %v", name, err)
	}
	return path
}

// counted checks how often each rule matched and fired.
func counted(t *testing.T, e *fault.Engine, want ...[2]uint64) {
	t.Helper()
	for i, c := range e.Counts() {
		if got := [2]uint64{c.Matched, c.Fired}; got != want[i] {
			t.Errorf("rule %v matched %d and fired %d times, not %v", &c.Rule, c.Matched, c.Fired, want[i])
		}
	}
}

func TestFaultErrnoOfTheNth(t *testing.T) {
	e, engines := faulty(t, fault.Rule{Calls: []string{"write"}, Conditions: fault.Conditions{FD: new(1)}, When: fault.Nth(2),
		Effects: fault.Effects{Errno: unix.ENOSPC}})
	sh := program(t, "sh")
	r := jailed(t, supervisor.Command{Engines: engines}, sh, "-c", "echo a; echo b || echo c; echo d")
	compare(t, outcome{"a\n" + sh + ": 1: echo: echo: I/O error\nc\nd\n", utrace.ExitStatus{}}, outcome{r.Output, r.Status})
	counted(t, e, [2]uint64{4, 1})
	if !r.ledger.decided(func(d utrace.Decision) bool {
		return d.Engine == "fault" && d.Strictness == utrace.Answered && d.Why.What == `write(1, "b\n", 2) = -1 ENOSPC`
	}) {
		t.Error("the report lacks the fault")
	}
}
