// Tests of the sections that engines carry out: clone, signals, exec, survivors.

package policy

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/seccomp"
)

func planOf(t *testing.T, text string) *Plan {
	t.Helper()
	return decider(t, text, seccomp.X86_64).plan
}

// planOfAny is planOf for a policy that may extend built-in ones.
func planOfAny(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := load(text)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestRefusedFlags(t *testing.T) {
	d := decider(t, head+"clone: {refuse-flags: [CLONE_NEWUSER, CLONE_NEWTIME, CLONE_VFORK], refuse: kill-process}\n"+
		"syscalls:\n  - {syscalls: [clone, unshare, setns, vfork], action: allow}\n", seccomp.X86_64)
	const user, newtime = unix.CLONE_NEWUSER, unix.CLONE_NEWTIME
	check(t, d, []meets{
		{"clone", args(17), "allow"},
		{"clone", args(user | 17), "kill-process"},
		{"clone", args(high | user | unix.CLONE_NEWNET), "kill-process"},
		{"clone", args(unix.CLONE_NEWNET), "allow"},
		{"clone", args(newtime), "allow"}, // no flag of clone, but part of the number of a signal
		{"unshare", args(newtime), "kill-process"},
		{"unshare", args(user), "kill-process"},
		{"unshare", args(unix.CLONE_NEWNET), "allow"},
		{"setns", args(3, user), "kill-process"},
		{"setns", args(3, newtime|unix.CLONE_NEWNET), "kill-process"},
		{"setns", args(3, 0), "kill-process"},
		{"setns", args(3, unix.CLONE_NEWNET), "allow"},
		{"vfork", args(), "kill-process"},
		{"fork", args(), "allow"},
	})
	if _, rule := d.call("unshare", args(user)); rule.Origin != "p.yaml:3:23" || !strings.Contains(rule.Text, "CLONE_NEWUSER") || rule.AllowHint == "" {
		t.Errorf("the rule is %+v", rule)
	}
}

func TestMaxTasks(t *testing.T) {
	plan := planOf(t, head+"clone: {max-tasks: 500}\n")
	rule := plan.Rules[plan.Clone.Rule]
	if plan.Clone.MaxTasks != 500 || rule.Action.String() != "errno EAGAIN" || !rule.Sound || rule.Layer != LayerEngine {
		t.Errorf("%+v, %+v", plan.Clone, rule)
	}
	if none := planOf(t, head); none.Clone != (CloneLimits{}) {
		t.Errorf("without clone: %+v", none.Clone)
	}
}

func TestSignalRules(t *testing.T) {
	plan := planOf(t, head+`signals:
  - {signal: [SIGTERM, "SIGRTMIN+1", 33], from: outside, action: replace SIGUSR1}
  - {signal: SIGHUP, from: [inside, kernel, inside], action: ignore, quiet: true}
  - {signal: SIGHUP, from: any, action: kill}
  - {signal: any, action: ignore}
  - {signal: any, action: kill-tree}
`)
	all := []Source{FromInside, FromOutside, FromKernel}
	want := []SignalRule{
		{Signals: []Signal{15, 35, 33}, From: []Source{FromOutside}, Do: ReplaceSignal, Replace: 10, Report: true},
		{Signals: []Signal{1}, From: []Source{FromInside, FromKernel}, Do: Ignore},
		{Signals: []Signal{1}, From: all, Do: SignalKill, Report: true},
		{From: all, Do: Ignore, Report: true},
		{From: all, Do: SignalKillTree, Report: true},
	}
	for i, got := range plan.Signals {
		rule := plan.Rules[got.Rule]
		if !strings.HasPrefix(rule.Origin, "p.yaml:") || rule.Report != got.Report || rule.Sound != (len(got.From) == 3) || rule.Sound == (rule.Why != "") {
			t.Errorf("rule %d: %+v", i, rule)
		}
		got.Rule = 0
		if i >= 3 {
			got.Signals = nil
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("rule %d (- want, + got):\n%s", i, diff)
		}
	}
	// Whoever ignores any signal must not ignore what cannot be.
	ignored, killed := plan.Signals[3].Signals, plan.Signals[4].Signals
	for _, s := range []unix.Signal{unix.SIGKILL, unix.SIGSTOP, unix.SIGSEGV, unix.SIGTRAP} {
		if slices.Contains(ignored, Signal(s)) {
			t.Errorf("any ignores %v", s)
		}
		if slices.Contains(killed, Signal(s)) != (s != unix.SIGKILL) {
			t.Errorf("any and %v", s)
		}
	}
	if !slices.Contains(ignored, 64) || len(killed) != 63 {
		t.Errorf("any is %v", killed)
	}
	first := plan.Signals[0]
	if !first.Matches(15, FromOutside) || first.Matches(15, FromInside) || first.Matches(14, FromOutside) {
		t.Error("Matches is wrong")
	}
}

func TestExecRules(t *testing.T) {
	plan := planOf(t, head+`exec:
  allow: ["/usr/bin/*", "/home/me/**"]
  refuse: kill-tree
  rewrite:
    - path: /usr/bin/cc
      to: /usr/bin/gcc
      argv: [gcc, -O1, 5, "", "{args}"]
      env: {set: {Z: "1", A: 2, EMPTY: ""}, remove: [LD_PRELOAD, "GIT_*"]}
    - {path: "/**/git", env: {remove: HOME}}
`)
	x := plan.Exec
	if !x.Restrict || x.Refuse.Verb != KillTree || !plan.Rules[x.Rule].Sound {
		t.Errorf("%+v", x)
	}
	for file, want := range map[string]bool{"/usr/bin/gcc": true, "/home/me/a/b": true, "/usr/bin": false, "/bin/sh": false, "": false} {
		if x.Allows(file) != want {
			t.Errorf("Allows(%q) = %v", file, !want)
		}
	}
	if len(x.Rewrites) != 2 {
		t.Fatalf("%+v", x.Rewrites)
	}
	for _, r := range x.Rewrites {
		if rule := plan.Rules[r.Rule]; !rule.Sound || rule.Why == "" || rule.Layer != LayerEngine {
			t.Errorf("a rewrite is made where no task can write, but its rule is %+v", rule)
		}
	}
	cc := x.Rewrites[0]
	for _, test := range [][2][]string{
		{{"cc", "-c", "a.c"}, {"gcc", "-O1", "5", "", "-c", "a.c"}},
		{{"cc"}, {"gcc", "-O1", "5", ""}},
		{nil, {"gcc", "-O1", "5", ""}},
	} {
		if diff := cmp.Diff(test[1], cc.Arguments(test[0])); diff != "" {
			t.Errorf("Arguments(%q) (- want, + got):\n%s", test[0], diff)
		}
	}
	got := cc.Environment([]string{"PATH=/bin", "LD_PRELOAD=x", "GIT_DIR=y", "GITX=z", "A=old", "odd", "LD_PRELOAD", "=x"})
	want := []string{"PATH=/bin", "GITX=z", "odd", "=x", "A=2", "EMPTY=", "Z=1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Environment (- want, + got):\n%s", diff)
	}
	old := []string{"git", "status"}
	if got := x.Rewrites[1].Arguments(old); !slices.Equal(got, old) {
		t.Errorf("arguments that nobody changed became %q", got)
	}
}

func TestExecDefaults(t *testing.T) {
	if x := planOf(t, head).Exec; x.Restrict || !x.Allows("/anything") {
		t.Errorf("without exec: %+v", x)
	}
	if x := planOf(t, head+"exec: {allow: []}\n").Exec; !x.Restrict || x.Allows("/bin/true") || x.Refuse.String() != "errno EACCES" {
		t.Errorf("with an empty list: %+v", x)
	}
	if x := planOf(t, head+"exec: {rewrite: [{path: /a, to: /b}]}\n").Exec; x.Restrict || !x.Allows("/bin/true") {
		t.Errorf("with rewrites only: %+v", x)
	}
}

func TestSurvivorsAndNames(t *testing.T) {
	for text, want := range map[string]Survivors{"": SurvivorsKill, "survivors: kill\n": SurvivorsKill, "survivors: wait\n": SurvivorsWait} {
		if got := planOf(t, head+text).Survivors; got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	plan := planOf(t, head+"name: mine\ndescription: what it is for\n")
	if plan.Name != "mine" || plan.Description != "what it is for" || plan.File != "p.yaml" {
		t.Errorf("%q, %q, %q", plan.Name, plan.Description, plan.File)
	}
	if plan := planOf(t, head); plan.Name != "p" {
		t.Errorf("without a name it is %q", plan.Name)
	}
}

// A plan is data: nothing is lost when it is written and read again.
func TestPlanSurvivesJSON(t *testing.T) {
	for _, text := range examples(t) {
		plan := planOfAny(t, text)
		data, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var back Plan
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plan, &back, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("(- plan, + read again):\n%s", diff)
		}
	}
}

// What a denial says must help: every rule has its place, and every refusal
// that can be loosened says how.
func TestRulesExplainThemselves(t *testing.T) {
	for _, text := range examples(t) {
		plan := planOfAny(t, text)
		for _, r := range plan.Rules {
			switch {
			case r.Origin == "" || r.Text == "" || r.Cost == "" || r.Layer == "" || strings.Contains(r.Text, "\n") || len([]rune(r.Text)) > maxText:
				t.Errorf("%+v", r)
			case r.Action.Refuses() && r.Origin != BuiltIn && r.Action.Verb != "" && r.AllowHint == "":
				t.Errorf("no hint: %+v", r)
			case !r.Sound && r.Why == "":
				t.Errorf("no reason: %+v", r)
			}
		}
	}
	const mount = "{syscalls: [\"@mount\"], action: errno EPERM}"
	for text, want := range map[string]string{
		"syscalls:\n  - " + mount + "\n":        "before line 4: - {syscalls: [mount], action: allow}",
		"syscalls:\n  # why\n- " + mount + "\n": "before line 5: - {syscalls: [mount], action: allow}",
		"syscalls: [" + mount + "]\n":           "before line 3, column 12: {syscalls: [mount], action: allow},",
		"syscalls: [\n  " + mount + ",\n  ]\n":  "before line 4, column 3: {syscalls: [mount], action: allow},",
		"syscalls:\n  -\n    " + mount + "\n":   "before the rule in line 5: - {syscalls: [mount], action: allow}",
	} {
		if got := planOf(t, head+text).Rules[0].Hint("mount"); got != want {
			t.Errorf("of\n%s\nHint = %q, not %q", text, got, want)
		}
	}
}
