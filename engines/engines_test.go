// Which engines a plan gets, and that all of them together stand the conformance test's events.

package engines_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines"
	"jail/engines/exec"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func plan(t *testing.T, text string) *policy.Plan {
	t.Helper()
	p, err := policy.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

const head = "version: 1\nname: test\ndefault: allow\n"

const everything = head + `
syscalls:
  - {syscalls: [connect], action: errno EPERM}
  - {syscalls: [openat], action: trace}
signals:
  - {signal: SIGTERM, from: inside, action: ignore}
clone: {max-tasks: 2}
exec: {allow: ["/usr/**"]}
`

func names(built []engines.Built) string {
	var all []string
	for _, b := range built {
		name := b.Engine.Name()
		if b.Observe {
			name += "(observes)"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestBuild(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{head, "syscalls"}, // refusals that are built in are reported
		{head + "signals:\n  - {signal: SIGTERM, action: ignore}\n", "signals syscalls"},
		{head + "clone: {max-tasks: 5}\n", "clone syscalls"},
		{head + "syscalls: [{syscalls: [clone3], action: allow}]\n", "clone syscalls"},
		{head + "syscalls: [{syscalls: [clone3], when: [arg1 == 88], action: allow}]\n", "clone syscalls"},
		{head + "exec: {allow: [/bin/true]}\n", "exec syscalls"},
		{head + "network: none\n", "network syscalls"},
		{head + "network: {connect: [\"1.2.3.4:5\"], unix: any}\n", "network syscalls"},
		{head + "network: loopback\n", "network syscalls"},
		{head + "network: any\n", "syscalls"},
		{head + "exec: {rewrite: [{path: /bin/cc, to: /bin/gcc}]}\n", "exec syscalls"},
		{everything, "exec clone signals syscalls"},
	} {
		built, err := engines.Build(plan(t, c.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(built); got != c.want {
			t.Errorf("%s\ngot %s, want %s", c.text, got, c.want)
		}
	}
	bare := plan(t, head)
	bare.Filter.Rules = []seccomp.Rule{{Names: []string{"clone3"}, Do: seccomp.Errno(unix.ENOSYS)}} // else its flags are judged
	if built, err := engines.Build(bare, nil); err != nil || names(built) != "" {
		t.Errorf("a filter without stops: %v, %v; want none", names(built), err)
	}
	broken := plan(t, everything)
	broken.Filter.Rules[0].Names = []string{"no such call"}
	if _, err := engines.Build(broken, nil); err == nil || !strings.Contains(err.Error(), "syscalls") {
		t.Errorf("a broken filter: error %v", err)
	}
}

func TestNew(t *testing.T) {
	p := plan(t, head)
	for _, name := range engines.Names() {
		b, err := engines.New(name, p, nil)
		if err != nil || b.Engine.Name() != name {
			t.Errorf("%s: %v, %v", name, b.Engine, err)
			continue
		}
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine {
				b, err := engines.New(name, plan(t, everything), nil)
				if err != nil {
					t.Fatal(err)
				}
				return b.Engine
			})
		})
	}
	if _, err := engines.New("death", p, nil); !errors.Is(err, engines.ErrUnknown) || !strings.Contains(err.Error(), "deaths, limits") {
		t.Errorf("error %v, want ErrUnknown and the names that there are", err)
	}
	if !slices.Contains(engines.Names(), "syscalls") {
		t.Error("syscalls is not among the names")
	}
}

// TestTogether: all engines of one plan in one jail, each deciding its own.
func TestTogether(t *testing.T) {
	var told []string
	built, err := engines.Build(plan(t, everything), func(_ utrace.TaskID, engine string, why utrace.Why) {
		told = append(told, engine+": "+why.What)
	})
	if err != nil {
		t.Fatal(err)
	}
	j := enginetest.StartAt(enginetest.FirstTID)
	counts, observer := engines.Deaths()
	for _, b := range append(built, observer) {
		var opts []utrace.AttachOption
		if b.Observe {
			opts = append(opts, utrace.Observe())
		}
		if err := j.Attach(b.Engine, opts...); err != nil {
			t.Fatal(err)
		}
	}
	if out := j.Call(j.First, enginetest.Call("connect", 3)); out.Engine != "syscalls" || out.Result != -int64(unix.EPERM) {
		t.Errorf("connect: %+v", out)
	}
	j.Call(j.First, enginetest.Call("openat", 4))
	child, out := j.Fork(j.First)
	if child == nil {
		t.Fatalf("the second task: %+v", out)
	}
	if _, out := j.Fork(j.First); out.Engine != "clone" || out.Result != -int64(unix.EAGAIN) || !strings.HasPrefix(out.Why.Rule, "test.yaml:10:") {
		t.Errorf("the third task: %+v", out)
	}
	if out := j.Signal(child, enginetest.Sent(unix.SIGTERM, 0, j.First.ID().TGID), utrace.ToTerm); out.Engine != "signals" || out.Signal != 0 {
		t.Errorf("the signal: %+v", out)
	}
	if out := j.Exec(child); out.Engine != "exec" || out.Strict != utrace.KillProcess {
		t.Errorf("exec of what can't be looked at: %+v", out)
	}
	j.Die(child, utrace.ExitStatus{Signal: unix.SIGKILL})
	j.Die(j.First, utrace.ExitStatus{})
	if sum := counts.Summary(); sum.Processes != 2 || len(sum.Ends) != 2 {
		t.Errorf("summary %+v", sum)
	}
	if len(told) != 1 || told[0] != "syscalls: openat(4, NULL, O_RDONLY)" {
		t.Errorf("told %q, want the one traced call", told)
	}
}

func TestCheck(t *testing.T) {
	p := plan(t, head+"exec: {allow: [/no/such/program]}\n")
	var refusal *exec.Refusal
	if err := engines.Check(p, "/bin/sh"); !errors.As(err, &refusal) {
		t.Errorf("error %v, want a Refusal", err)
	}
	if err := engines.Check(plan(t, head), "/bin/sh"); err != nil {
		t.Errorf("no rules about exec, but %v", err)
	}
}
