// The engine against signals of all senders, friendly and forged.

package signals_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/signals"
	"jail/policy"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// One rule for each thing that may be done.
func rules() []policy.SignalRule {
	one := func(sig unix.Signal, do policy.SignalAction, replace unix.Signal, from ...policy.Source) policy.SignalRule {
		return policy.SignalRule{Signals: []policy.Signal{policy.Signal(sig)}, From: from, Do: do, Replace: policy.Signal(replace), Report: true}
	}
	return []policy.SignalRule{
		one(unix.SIGTERM, policy.Ignore, 0, policy.FromInside),
		one(unix.SIGTERM, policy.Deliver, 0, policy.FromOutside, policy.FromKernel),
		one(unix.SIGUSR1, policy.ReplaceSignal, unix.SIGUSR2, policy.FromOutside),
		one(unix.SIGUSR2, policy.SignalKill, 0, policy.FromInside),
		one(unix.SIGHUP, policy.SignalKillTree, 0, policy.FromKernel),
		one(unix.SIGQUIT, policy.ReplaceSignal, 0, policy.FromInside, policy.FromOutside, policy.FromKernel),
		one(unix.SIGCHLD, policy.Ignore, 0, policy.FromKernel),
		one(unix.SIGWINCH, "no such thing", 0, policy.FromKernel),
		one(unix.SIGALRM, policy.SignalKill, 0, policy.FromKernel),
		one(unix.SIGALRM, policy.Ignore, 0, policy.FromInside),
	}
}

func infos() []policy.RuleInfo {
	return []policy.RuleInfo{{Origin: "p.yaml:1:1", Text: "signals", AllowHint: "allow it"}}
}

func TestConformance(t *testing.T) {
	enginetest.Run(t, func() utrace.Engine { return signals.New(rules(), infos(), nil) })
}

const (
	siQueue = -1
	siTimer = -2
	siMesgq = -3
	siTkill = -6
	outside = 4242 // a process that is no task of the jail
)

func TestDecisions(t *testing.T) {
	const inside = enginetest.FirstTID
	for _, c := range []struct {
		name   string
		si     utrace.Siginfo
		strict utrace.Strictness
		signal unix.Signal
	}{
		{"no rule", enginetest.Sent(unix.SIGPIPE, 0, inside), utrace.AsIs, unix.SIGPIPE},
		{"kill from inside", enginetest.Sent(unix.SIGTERM, utrace.SIUser, inside), utrace.Answered, 0},
		{"tgkill from inside", enginetest.Sent(unix.SIGTERM, siTkill, inside), utrace.Answered, 0},
		{"kill from outside", enginetest.Sent(unix.SIGTERM, utrace.SIUser, outside), utrace.AsIs, unix.SIGTERM},
		{"from outside of the pid namespace", enginetest.Sent(unix.SIGTERM, utrace.SIUser, 0), utrace.AsIs, unix.SIGTERM},
		{"from the terminal", enginetest.Sent(unix.SIGTERM, utrace.SIKernel, 0), utrace.AsIs, unix.SIGTERM},
		{"sigqueue from outside, or forged", enginetest.Sent(unix.SIGTERM, siQueue, outside), utrace.Answered, 0},
		{"sigqueue from inside", enginetest.Sent(unix.SIGTERM, siQueue, inside), utrace.Answered, 0},
		{"a message queue's, or forged", enginetest.Sent(unix.SIGTERM, siMesgq, outside), utrace.Answered, 0},
		{"a timer's, or forged", enginetest.Sent(unix.SIGTERM, siTimer, 0), utrace.Answered, 0},
		{"a timer's, stricter than from inside", enginetest.Sent(unix.SIGALRM, siTimer, 0), utrace.KillProcess, 0},
		{"replaced", enginetest.Sent(unix.SIGUSR1, utrace.SIUser, outside), utrace.Rewritten, unix.SIGUSR2},
		{"not replaced from inside", enginetest.Sent(unix.SIGUSR1, utrace.SIUser, inside), utrace.AsIs, unix.SIGUSR1},
		{"kill", enginetest.Sent(unix.SIGUSR2, utrace.SIUser, inside), utrace.KillProcess, 0},
		{"kill tree", enginetest.Sent(unix.SIGHUP, utrace.SIKernel, 0), utrace.KillTree, 0},
		{"replaced by what is no signal", enginetest.Sent(unix.SIGQUIT, utrace.SIUser, inside), utrace.KillProcess, 0},
		{"a child's death names the child, and is the kernel's", enginetest.Sent(unix.SIGCHLD, 1, inside), utrace.Answered, 0},
		{"kill -CHLD", enginetest.Sent(unix.SIGCHLD, utrace.SIUser, inside), utrace.AsIs, unix.SIGCHLD},
		{"an action that there is not", enginetest.Sent(unix.SIGWINCH, utrace.SIKernel, 0), utrace.KillTree, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, err := enginetest.Start(signals.New(rules(), infos(), nil))
			if err != nil {
				t.Fatal(err)
			}
			out := j.Signal(j.First, c.si, utrace.ToTerm)
			if out.Strict != c.strict || out.Signal != c.signal {
				t.Errorf("%v with signal %d, want %v with %d", out.Strict, out.Signal, c.strict, c.signal)
			}
			if out.Strict > utrace.AsIs && (out.Why.Rule != "p.yaml:1:1  signals" || out.Why.Allow != "allow it") {
				t.Errorf("the reason lacks the rule: %+v", out.Why)
			}
		})
	}
}

func TestReplacedKeepsItsSender(t *testing.T) {
	j, err := enginetest.Start(signals.New(rules(), infos(), nil))
	if err != nil {
		t.Fatal(err)
	}
	si := enginetest.Sent(unix.SIGUSR1, utrace.SIUser, outside)
	out := j.Signal(j.First, si, utrace.ToTerm)
	si.Signo = unix.SIGUSR2
	if out.Info != si {
		t.Errorf("siginfo %v, want %v", out.Info, si)
	}
	if want := "SIGUSR1 from outside (pid 4242), replaced by SIGUSR2"; out.Why.What != want {
		t.Errorf("said %q, want %q", out.Why.What, want)
	}
}

// TestSenders: a child is inside from its birth on, and stays so when it is dead and its signal comes late.
func TestSenders(t *testing.T) {
	e := signals.New(rules(), infos(), nil)
	j, err := enginetest.Start(e)
	if err != nil {
		t.Fatal(err)
	}
	tried := func(when string, sender int, want utrace.Strictness) {
		t.Helper()
		if out := j.Signal(j.First, enginetest.Sent(unix.SIGTERM, utrace.SIUser, sender), utrace.ToTerm); out.Strict != want {
			t.Errorf("%s: %v, want %v", when, out.Strict, want)
		}
	}
	pid := j.NextTID
	tried("before its birth", pid, utrace.AsIs)
	child, _ := j.Fork(j.First)
	tried("alive", pid, utrace.Answered)
	thread, _ := j.Thread(child)
	tried("the number of a thread is no process's", thread.ID().TID, utrace.AsIs)
	j.Die(thread, utrace.ExitStatus{})
	j.Die(child, utrace.ExitStatus{})
	tried("dead and reaped", pid, utrace.Answered)
	if e.Len() != 1 {
		t.Errorf("it keeps %d tasks, want the first", e.Len())
	}
}

func TestQuietAndNotify(t *testing.T) {
	var told []string
	rs := rules()
	rs[0].Report = false
	j, err := enginetest.Start(signals.New(rs, infos(), func(id utrace.TaskID, why utrace.Why) {
		told = append(told, fmt.Sprintf("%v: %s", id, why.What))
	}))
	if err != nil {
		t.Fatal(err)
	}
	if out := j.Signal(j.First, enginetest.Sent(unix.SIGTERM, utrace.SIUser, enginetest.FirstTID), utrace.ToTerm); !out.Why.Quiet {
		t.Error("a rule that is not to be reported was")
	}
	j.Signal(j.First, enginetest.Sent(unix.SIGTERM, utrace.SIUser, outside), utrace.ToTerm)
	if len(told) != 1 || !strings.HasSuffix(told[0], "SIGTERM from outside (pid 4242)") {
		t.Errorf("told %q, want the delivered signal", told)
	}
}

func TestRuleThatThePlanLacks(t *testing.T) {
	rs := rules()
	for i := range rs {
		rs[i].Rule = i*1000 - 1
	}
	j, err := enginetest.Start(signals.New(rs, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if out := j.Signal(j.First, enginetest.Sent(unix.SIGTERM, utrace.SIUser, enginetest.FirstTID), utrace.ToTerm); out.Strict != utrace.Answered {
		t.Errorf("verdict %v, want it ignored all the same", out.Strict)
	}
}
