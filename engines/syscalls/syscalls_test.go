// The engine on plans that were compiled from policies, against calls as registers hold them.

package syscalls_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/syscalls"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

const rules = `version: 1
name: test
default: errno EPERM
abis: [i386]
syscalls:
  - {syscalls: [ioctl], when: ["arg1 == 0x5412"], action: kill-tree}
  - {syscalls: [openat], action: trace}
  - {syscalls: [connect], action: errno ENETUNREACH}
  - {syscalls: [mount], action: kill-process}
  - {syscalls: [ioctl, read, write, clone], action: allow}
`

func plan(t *testing.T, text string) *policy.Plan {
	t.Helper()
	p, err := policy.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestConformance(t *testing.T) {
	p := plan(t, rules)
	enginetest.Run(t, func() utrace.Engine {
		e, err := syscalls.New(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

func TestDecisions(t *testing.T) {
	call := func(name string, args ...uint64) utrace.Call { return enginetest.CallOf(seccomp.X86_64, name, args...) }
	for _, c := range []struct {
		call   utrace.Call
		strict utrace.Strictness
		errno  unix.Errno
		line   string // where the rule stands; "" when nothing is said
		what   string
	}{
		{call("read", 0), utrace.AsIs, 0, "", ""},
		{call("openat", ^uint64(99), 0x10000), utrace.AsIs, 0, "", ""},
		{call("connect", 3, 0x7ffe10, 16), utrace.Answered, unix.ENETUNREACH, "test.yaml:8:", "connect(3, …, 16)"},
		{call("mount"), utrace.KillProcess, 0, "test.yaml:9:", "mount(NULL, NULL, NULL, 0, NULL)"},
		{call("ioctl", 0, 0x5412), utrace.KillTree, 0, "test.yaml:6:", "ioctl(0, TIOCSTI, 0)"},
		{call("ioctl", 0, 1<<32|0x5412), utrace.KillTree, 0, "test.yaml:6:", "ioctl(0, TIOCSTI, 0)"},
		{call("ioctl", 0, 0x5413), utrace.AsIs, 0, "", ""},
		{call("socket", 2), utrace.Answered, unix.EPERM, "test.yaml:3:", "socket(AF_INET, 0, IPPROTO_IP)"},
		{call("clone", unix.CLONE_UNTRACED), utrace.Answered, unix.EPERM, "built in", "clone(child_stack=NULL, flags=CLONE_UNTRACED)"},
		{call("newfstatat", ^uint64(99), 1<<32-100, 7), utrace.Answered, unix.EPERM, "test.yaml:3:", "newfstatat(AT_FDCWD, …, …, 0)"},
		{enginetest.CallOf(seccomp.I386, "connect", 3), utrace.Answered, unix.ENETUNREACH, "test.yaml:8:", "connect(3, 0, 0) of i386"},
		{enginetest.CallOf(seccomp.X32, "read"), utrace.KillProcess, 0, "built in", "read(0, 0, 0) of x32"},
		{utrace.Call{Arch: unix.AUDIT_ARCH_X86_64, Nr: 9999}, utrace.Answered, unix.ENOSYS, "built in", "call 9999 of x86_64(0, 0, 0, …)"},
		{utrace.Call{Arch: 1}, utrace.KillProcess, 0, "built in", "call 0 of the architecture 0x1(0, 0, 0, …)"},
		{utrace.Call{Arch: unix.AUDIT_ARCH_X86_64, Nr: 1<<32 | 42}, utrace.Answered, unix.ENETUNREACH, "test.yaml:8:", ""}, // the kernel sees 42
	} {
		t.Run(fmt.Sprintf("%s %x", c.what, c.call.Nr), func(t *testing.T) {
			e, err := syscalls.New(plan(t, rules), nil)
			if err != nil {
				t.Fatal(err)
			}
			j, err := enginetest.Start(e)
			if err != nil {
				t.Fatal(err)
			}
			out := j.Call(j.First, c.call)
			if out.Strict != c.strict || out.Result != -int64(c.errno) {
				t.Errorf("%v with %d, want %v with errno %d", out.Strict, out.Result, c.strict, c.errno)
			}
			if !strings.HasPrefix(out.Why.Rule, c.line) || c.what != "" && out.Why.What != c.what {
				t.Errorf("said %+v, want %q by a rule at %q", out.Why, c.what, c.line)
			}
			if len(j.M.Writes) > 0 {
				t.Error("it wrote to memory")
			}
		})
	}
}

func TestTraceIsTold(t *testing.T) {
	var told []string
	e, err := syscalls.New(plan(t, rules), func(_ utrace.TaskID, why utrace.Why) { told = append(told, why.What+" by "+why.Rule) })
	if err != nil {
		t.Fatal(err)
	}
	j, err := enginetest.Start(e)
	if err != nil {
		t.Fatal(err)
	}
	j.Call(j.First, enginetest.CallOf(seccomp.X86_64, "openat", 4, 0x10000))
	j.Call(j.First, enginetest.CallOf(seccomp.X86_64, "read"))
	if len(told) != 1 || !strings.HasPrefix(told[0], "openat(4, …, O_RDONLY) by test.yaml:7:") {
		t.Errorf("told %q, want the one traced call", told)
	}
}

// TestFailsClosed gives the engine plans that no compiler makes.
func TestFailsClosed(t *testing.T) {
	for name, spoil := range map[string]func(*policy.Plan){
		"the filter stops what the rule allows": func(p *policy.Plan) {
			for i := range p.Rules {
				p.Rules[i].Action.Verb = policy.Allow
			}
		},
		"a rule without an action": func(p *policy.Plan) {
			for i := range p.Rules {
				p.Rules[i].Action = policy.Action{}
			}
		},
		"the filter refuses what the rule traces": func(p *policy.Plan) {
			p.Filter.Default = seccomp.KillProcess
			p.Rules[p.DefaultRule].Action.Verb = policy.Trace
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan(t, rules)
			spoil(p)
			e, err := syscalls.New(p, nil)
			if err != nil {
				t.Fatal(err)
			}
			j, err := enginetest.Start(e)
			if err != nil {
				t.Fatal(err)
			}
			if out := j.Call(j.First, enginetest.CallOf(seccomp.X86_64, "socket")); out.Strict != utrace.KillTree {
				t.Errorf("verdict %v, want %v", out.Strict, utrace.KillTree)
			}
		})
	}
}

func TestNeeded(t *testing.T) {
	if !syscalls.Needed(plan(t, rules)) {
		t.Error("a policy with denials that are reported does without the engine")
	}
	p := plan(t, "version: 1\nname: free\ndefault: allow\n")
	for i := range p.Filter.Rules { // built-in denials are reported too
		if p.Filter.Rules[i].Do.Kind() == seccomp.KindTrace {
			p.Filter.Rules[i].Do = seccomp.Errno(unix.EPERM)
		}
	}
	if syscalls.Needed(p) {
		t.Error("a filter that stops for nothing needs the engine")
	}
	if _, err := syscalls.New(&policy.Plan{Filter: seccomp.Spec{Rules: []seccomp.Rule{{Names: []string{"no such call"}}}}}, nil); err == nil {
		t.Error("a filter with mistakes was accepted")
	}
}

// TestTold: what is in memory is said, and the same verdict comes whatever is there; the registers are kept beside it.
func TestTold(t *testing.T) {
	const at = 0x7f00_1000_0000
	for _, c := range []struct {
		name string
		m    enginetest.Machine
		what string
	}{
		{"read", enginetest.Machine{}, `mount("/dev/sda\33[2J", "/mnt", "ext4", MS_RDONLY, …)`},
		{"unreadable", enginetest.Machine{Err: unix.EPERM}, "mount(…, …, …, MS_RDONLY, …)"},
		{"killed", enginetest.Machine{Fatal: 1}, "mount(…, …, …, MS_RDONLY, …)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := syscalls.New(plan(t, rules), nil)
			if err != nil {
				t.Fatal(err)
			}
			j, err := enginetest.Start(e)
			if err != nil {
				t.Fatal(err)
			}
			j.M = &c.m
			m := enginetest.CallOf(seccomp.X86_64, "mount", j.M.MapString(at, "/dev/sda\x1b[2J"), j.M.MapString(at+0x100, "/mnt"),
				j.M.MapString(at+0x200, "ext4"), unix.MS_RDONLY, j.M.MapString(at+0x300, "password=secret"))
			out := j.Call(j.First, m)
			if out.Strict != utrace.KillProcess || out.Why.What != c.what {
				t.Errorf("%v for %s, want %v for %s", out.Strict, out.Why.What, utrace.KillProcess, c.what)
			}
			if want := "mount(0x7f0010000000, 0x7f0010000100, 0x7f0010000200, 1, 0x7f0010000300)"; out.Why.Raw != want {
				t.Errorf("registers %s, want %s", out.Why.Raw, want)
			}
		})
	}
}

// TestFlood: what nobody is told costs no look at memory, whoever calls in a loop, and neither does what is quiet.
func TestFlood(t *testing.T) {
	quiet := strings.Replace(rules, "action: errno ENETUNREACH", "action: errno ENETUNREACH, quiet: true", 1)
	for name, c := range map[string]struct {
		rules string
		looks int
	}{"told": {rules, 104}, "quiet": {quiet, 0}} { // a hundred, and the 200th, 400th, 800th and 1600th
		t.Run(name, func(t *testing.T) {
			e, err := syscalls.New(plan(t, c.rules), nil)
			if err != nil {
				t.Fatal(err)
			}
			j, err := enginetest.Start(e)
			if err != nil {
				t.Fatal(err)
			}
			looks := 0
			for range 3000 {
				before := j.M.Calls
				out := j.Call(j.First, enginetest.CallOf(seccomp.X86_64, "connect", 3, 0x7f0010000000, 16))
				if j.M.Calls > before {
					looks++
				}
				if out.Result != -int64(unix.ENETUNREACH) {
					t.Fatalf("result %d", out.Result)
				}
			}
			if looks != c.looks {
				t.Errorf("%d looks at memory, want %d", looks, c.looks)
			}
		})
	}
}
