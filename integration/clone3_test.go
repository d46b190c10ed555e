// clone3 under a policy that names it: its flags are judged from a sealed copy.

package integration

import (
	"fmt"
	"strings"
	"testing"

	"jail/engines"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor"
)

const clone3Rules = "version: 1\ndefault: allow\nsyscalls: [{syscalls: [clone3], action: allow}]\nclone: {refuse-flags: [CLONE_NEWUSER]}\n"

// ruled is a command under a policy.
func ruled(t *testing.T, text string) supervisor.Command {
	t.Helper()
	p, err := policy.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	built, err := engines.Build(plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := supervisor.Command{Filter: &plan.Filter}
	for _, b := range built {
		c.Engines = append(c.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
	}
	return c
}

func TestClone3IsJudged(t *testing.T) {
	needsSealing(t)
	const want = `fork: ok
fork exited 7
CLONE_PIDFD: ok
CLONE_PIDFD exited 7
pidfd: ok
CLONE_CLEAR_SIGHAND: ok
CLONE_CLEAR_SIGHAND exited 7
vfork: ok
vfork exited 7
CLONE_UNTRACED: EPERM
CLONE_PARENT: EPERM
CLONE_INTO_CGROUP: EPERM
CLONE_NEWUSER: EPERM
small: EINVAL
large: E2BIG
thread: 0
`
	for _, more := range []string{"", "  max-tasks: 50\n"} {
		text := strings.Replace(clone3Rules, "clone: {", "clone: {"+strings.TrimSpace(strings.Replace(more, "\n", ", ", 1))+" ", 1)
		if got := jailed(t, ruled(t, text), victim(t, "clone3")); got.Output != want {
			t.Errorf("%s%v\n%s\nwant\n%s", text, got.Status, got.Output, want)
		}
	}
}

// Without a rule that names it, it answers ENOSYS.
func TestClone3IsNotNamed(t *testing.T) {
	got := jailed(t, ruled(t, "version: 1\ndefault: allow\nclone: {max-tasks: 50}\n"), victim(t, "clone3"))
	if !strings.Contains(got.Output, "fork: ENOSYS\n") || !strings.Contains(got.Output, "thread: 0\n") || strings.Contains(got.Output, ": ok") {
		t.Errorf("%v\n%s", got.Status, got.Output)
	}
}

// A thread sets and clears CLONE_UNTRACED: whoever is born is seen.
func TestClone3IsRaced(t *testing.T) {
	needsSealing(t)
	got := jailed(t, ruled(t, clone3Rules), victim(t, "clone3"), "3000")
	races, count, _ := strings.Cut(got.Output, "\n")
	if races != "some were made, some were refused" {
		t.Fatalf("%q, %v", got.Output, got.Status)
	}
	made := 0
	if _, err := fmt.Sscan(count, &made); err != nil {
		t.Fatal(err)
	}
	if births, _, _ := got.ledger.counts(); births != made+2 { // with the first task and the thread
		t.Errorf("%d tasks were made, and %d births told", made+2, births)
	}
}
