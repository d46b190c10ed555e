// Tests that of what two policies do at a limit or to a call, the stricter one holds.

package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// What the base kills for is not made to fail by a rule that comes before.
func TestMergedStrictest(t *testing.T) {
	base := `default: kill-process
syscalls:
  - {syscalls: [mount], when: [arg0 == 0], action: allow}
  - {syscalls: [mount], action: kill-tree}
  - {syscalls: [execve, socket, clone], action: allow}
clone: {refuse-flags: [CLONE_NEWUSER], refuse: kill-tree}
`
	child := `syscalls:
  - {syscalls: [mount, execve, swapon], when: [arg1 != 0], action: errno EPERM, quiet: true}
  - {syscalls: [clone], action: errno EPERM}
  - {syscalls: [acct], action: errno EPERM}
  - {syscalls: [execve], action: kill-tree}
network: none
clone: {refuse-flags: [CLONE_NEWUSER, CLONE_NEWNET], refuse: errno EPERM}
outgoing: {signals: [SIGTERM]}
`
	p, err := extended(base, child)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	f, err := plan.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	d := decided{plan, f, seccomp.X86_64}
	check(t, d, []meets{
		{"mount", args(0, 1), "quiet errno EPERM"}, {"mount", args(1, 1), "kill-tree"}, {"mount", args(0, 0), "allow"}, {"mount", args(1, 0), "kill-tree"},
		{"execve", args(0, 1), "quiet errno EPERM"}, {"execve", args(0, 0), "kill-tree"},
		{"swapon", args(0, 1), "kill-process"}, {"swapon", args(0, 0), "kill-process"}, {"acct", args(), "kill-process"},
		{"clone", args(17), "errno EPERM"}, {"clone", args(unix.CLONE_NEWUSER), "kill-tree"}, {"clone", args(unix.CLONE_NEWNET), "errno EPERM"},
		{"unshare", args(unix.CLONE_NEWUSER), "kill-tree"}, {"unshare", args(unix.CLONE_NEWNET), "kill-process"},
		{"socket", args(unix.AF_INET), "errno EACCES"}, {"socketpair", args(unix.AF_INET), "kill-process"}, {"kill", args(5, 9), "kill-process"},
	})
	if _, rule := d.call("mount", args(1, 1)); rule.Origin != "base.yaml:5:5" {
		t.Errorf("mount is refused by %s", rule.Origin)
	}
	var got []string
	for _, w := range p.Warnings() {
		got = append(got, w.Error())
	}
	want := []string{
		"child.yaml:4:5: kill-tree in line 5 of base.yaml is stricter, and stays for the calls that both rules are about; write override: true if it is to be looser",
		"child.yaml:6:5: the rule does nothing: default: kill-process in line 2 of base.yaml is stricter, and stays; write override: true if it is to be looser",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (- want, + got):\n%s", diff)
	}
}

// How a run ends at a limit of the base is not put off, nor left to a signal that the program may take for nothing.
func TestMergedEnding(t *testing.T) {
	for _, test := range []struct {
		base, child string
		signal      Signal
		grace       time.Duration
		warned      string // part of the warning
	}{
		{"wall-time: 1m", "signal: SIGTERM", 0, 0, "limits in line 2 of base.yaml ends the run at once, without a signal, and that stays"},
		{"output: 1MB", "wall-time: 1s, grace: 1h", 0, 0, "at once"},
		{"memory: 1GiB", "wall-time: 1m, signal: SIGINT, grace: 1m", 2, time.Minute, ""},
		{"wall-time: 1m, signal: SIGTERM", "grace: 1h", 15, 5 * time.Second, "the smaller grace, 5s, of limits in line 2 of base.yaml stays"},
		{"wall-time: 1m, signal: SIGTERM", "grace: 1s", 15, time.Second, ""},
		{"wall-time: 1m, signal: SIGTERM, grace: 3s", "signal: SIGWINCH, grace: 2s", 15, 2 * time.Second, "the signal SIGTERM of limits"},
		{"wall-time: 1m, grace: 3s", "signal: SIGTERM", 15, 3 * time.Second, ""},
		{"wall-time: 1m, grace: 3s", "signal: SIGKILL", 9, 3 * time.Second, ""},
		{"wall-time: 1m, signal: SIGKILL", "signal: SIGTERM", 9, 5 * time.Second, "the signal SIGKILL"},
	} {
		p, err := extended("limits: {"+test.base+"}\n", "limits: {"+test.child+"}\n")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := p.Compile(seccomp.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		if l := plan.Limits; l.Signal != test.signal || l.Grace != test.grace {
			t.Errorf("%s, then %s: %v, %v", test.base, test.child, l.Signal, l.Grace)
		}
		var got string
		for _, w := range p.Warnings() {
			got += w.Error() + "\n"
		}
		if !strings.Contains(got, test.warned) || (got == "") != (test.warned == "") {
			t.Errorf("%s, then %s: the warnings are %q", test.base, test.child, got)
		}
	}
	p, err := extended("limits: {wall-time: 1m, signal: SIGTERM}\n", "override: true\nlimits: {signal: SIGHUP, grace: 1h}\n")
	if err != nil {
		t.Fatal(err)
	}
	if plan, err := p.Compile(seccomp.X86_64); err != nil || plan.Limits.Signal != 1 || plan.Limits.Grace != time.Hour {
		t.Errorf("with override: %v, %+v", err, plan.Limits)
	}
}
