// Another engine rewrites after this one: what this one says when it is asked again.

package exec

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// other makes something else of the calls that run programs, once.
type other struct {
	change func(*utrace.Call)
}

func (*other) Name() string                 { return "other" }
func (*other) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry) }
func (*other) Syscalls() *utrace.SyscallSet { return calls() }
func (o *other) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if ev.Again() {
		return ev.Continue()
	}
	c := ev.Call()
	o.change(&c)
	return ev.Rewrite(c, utrace.Why{Quiet: true})
}

// startWith has the other engine asked after this one.
func startWith(t *testing.T, rules policy.ExecRules, change func(*utrace.Call)) *enginetest.Jail {
	t.Helper()
	j := enginetest.StartAt(os.Getpid())
	for _, e := range []utrace.Engine{&other{change}, New(rules, infos())} {
		if err := j.Attach(e); err != nil {
			t.Fatal(err)
		}
	}
	j.M.Map(stackTop-1<<16, make([]byte, 1<<16))
	return j
}

// An argument that the call does not have was changed: what was written stays as it is.
func TestRewriteIsKeptWhenAskedAgain(t *testing.T) {
	j := startWith(t, rewriting(policy.ExecRewrite{Path: "/**", To: "/no/such", Argv: []string{"x"}}), func(c *utrace.Call) { c.Args[5] = 7 })
	out := j.Call(j.First, arrange(j, seccomp.Native(), "/bin/cc", []string{"cc"}, nil))
	if out.Strict != utrace.Rewritten {
		t.Fatalf("%v: %s", out.Strict, out.Why.What)
	}
	if path, argv, _ := sees(t, j.M, out.Call, 8); path != "/no/such" || !slices.Equal(argv, []string{"x"}) || out.Call.Args[5] != 7 {
		t.Errorf("the kernel sees %q %q, and %d", path, argv, out.Call.Args[5])
	}
}

func TestAskedAgainAboutTheSame(t *testing.T) {
	j := startWith(t, rewriting(policy.ExecRewrite{Path: "/**", To: "/no/such"}), func(*utrace.Call) {})
	out := j.Call(j.First, arrange(j, seccomp.Native(), "/bin/cc", nil, nil))
	if path, _, _ := sees(t, j.M, out.Call, 8); out.Strict != utrace.Rewritten || path != "/no/such" {
		t.Errorf("%v, the kernel sees %q", out.Strict, path)
	}
}

// Another path is decided about as it is: it must be allowed, and if it would have been rewritten it is too late for that.
func TestAskedAgainAboutAnotherPath(t *testing.T) {
	sh := real(t, "/bin/sh")
	for _, c := range []struct {
		name, path string
		want       utrace.Strictness
		errno      unix.Errno
	}{
		{"allowed", sh, utrace.Rewritten, 0},
		{"not allowed", real(t, "/bin/cat"), utrace.Answered, unix.EACCES},
		{"one to rewrite", "/bin/cc", utrace.Answered, unix.EPERM},
	} {
		rules := only(sh)
		rules.Rewrites = []policy.ExecRewrite{{Path: "/bin/cc", To: sh, Report: true}}
		var j *enginetest.Jail
		j = startWith(t, rules, func(call *utrace.Call) { call.Args[0] = j.M.MapString(0x60000, c.path) })
		out := j.Call(j.First, arrange(j, seccomp.Native(), "/bin/cc", nil, nil))
		if out.Strict != c.want || c.errno != 0 && out.Result != -int64(c.errno) {
			t.Errorf("%s: %v %d: %s", c.name, out.Strict, out.Result, out.Why.What)
		}
	}
}
