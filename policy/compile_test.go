// Tests of what a compiled policy decides: its rules, and the guards that stand before them.

package policy

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"jail/seccomp"
)

// decided is a plan whose decisions are asked for by the names of calls.
type decided struct {
	plan *Plan
	d    *seccomp.Decider
	abi  seccomp.ABI
}

// testing.T and rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func decider(t fataler, text string, abi seccomp.ABI) decided {
	t.Helper()
	p, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	plan, err := p.Compile(abi)
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	d, err := plan.Filter.Decider()
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return decided{plan, d, abi}
}

// call is the answer to a call, and the rule that gave it.
func (d decided) call(name string, args [6]uint64) (seccomp.Action, *RuleInfo) {
	nr, ok := d.abi.Number(name)
	if !ok {
		panic("no call " + name)
	}
	action, by := d.d.Decide(seccomp.Data{Nr: int32(nr), Arch: d.abi.AuditArch(), Args: args})
	return action, d.plan.RuleOf(by)
}

// effect is what a call meets: the action that was wanted, "quiet" before it
// if the kernel gives the errno alone.
func (d decided) effect(name string, args [6]uint64) string {
	action, rule := d.call(name, args)
	switch kind := action.Kind(); {
	case kind == seccomp.KindAllow && rule.Action.Verb == Allow,
		kind == seccomp.KindKillProcess && rule.Action.Verb == KillProcess,
		kind == seccomp.KindTrace && (rule.Action.Verb == Trace || rule.Action.Verb == KillTree || rule.Action.Verb == Errno && rule.Report):
		return rule.Action.String()
	case kind == seccomp.KindErrno && rule.Action.Verb == Errno && !rule.Report && uint16(rule.Action.Errno) == action.Data():
		return "quiet " + rule.Action.String()
	default:
		return fmt.Sprintf("WRONG: %v for the rule %+v", action, *rule)
	}
}

// meets is a call and what it should meet.
type meets struct {
	call string
	args [6]uint64
	want string
}

func args(a ...uint64) (all [6]uint64) {
	copy(all[:], a)
	return all
}

func check(t *testing.T, d decided, tests []meets) {
	t.Helper()
	for _, m := range tests {
		if got := d.effect(m.call, m.args); got != m.want {
			t.Errorf("%v %s(%#x): %s, want %s", d.abi, m.call, m.args, got, m.want)
		}
	}
}

func TestActions(t *testing.T) {
	d := decider(t, `
version: 1
default: kill-tree
syscalls:
  - {syscalls: [read], when: [arg0 == 7], action: errno EBADF}
  - {syscalls: [read, write], action: allow}
  - {syscalls: [read, getpid], action: trace}
  - {syscalls: [getuid], action: errno ENOSYS}
  - {syscalls: [getgid], action: errno ENOSYS, quiet: true}
  - {syscalls: [geteuid], action: kill-process}
  - {syscalls: [getegid], action: kill-tree}
`, seccomp.X86_64)
	check(t, d, []meets{
		{"read", args(7), "errno EBADF"},
		{"read", args(8), "allow"},
		{"getpid", args(), "trace"},
		{"getuid", args(), "errno ENOSYS"},
		{"getgid", args(), "quiet errno ENOSYS"},
		{"geteuid", args(), "kill-process"},
		{"getegid", args(), "kill-tree"},
		{"close", args(), "kill-tree"},
		{"restart_syscall", args(), "allow"},
	})
	for nr, want := range map[int32]seccomp.Action{9999: seccomp.Errno(unix.ENOSYS)} {
		if got, _ := d.d.Decide(seccomp.Data{Nr: nr, Arch: unix.AUDIT_ARCH_X86_64}); got != want {
			t.Errorf("number %d: %v", nr, got)
		}
	}
	for _, arch := range []uint32{unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_AARCH64, 0} {
		if got, _ := d.d.Decide(seccomp.Data{Nr: 1, Arch: arch}); got != seccomp.KillProcess {
			t.Errorf("architecture %#x: %v", arch, got)
		}
	}
}

func TestDefaults(t *testing.T) {
	for action, want := range map[string]string{"allow": "allow", "errno EACCES": "errno EACCES", "kill-process": "kill-process", "kill-tree": "kill-tree"} {
		d := decider(t, "version: 1\ndefault: "+action+"\n", seccomp.ARM64)
		check(t, d, []meets{{"getpid", args(), want}})
		if _, rule := d.call("getpid", args()); rule != &d.plan.Rules[d.plan.DefaultRule] || rule.Origin != "p.yaml:2:10" {
			t.Errorf("default %s: the rule is %+v", action, rule)
		}
	}
}

const (
	set     = unix.SECCOMP_SET_MODE_FILTER
	untrace = unix.CLONE_UNTRACED
	high    = 0x5a << 32
)

// closed is refused under every policy.
func closed() []meets {
	return []meets{
		{"clone", args(untrace | 17), "errno EPERM"},
		{"clone", args(high | untrace), "errno EPERM"},
		{"clone", args(unix.CLONE_PARENT), "errno EPERM"},
		{"clone3", args(), "quiet errno ENOSYS"},
		{"seccomp", args(set, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER), "quiet errno EPERM"},
		{"seccomp", args(high|set, high|unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|1), "quiet errno EPERM"},
	}
}

// named is refused unless a rule names it.
func named() []meets {
	return []meets{
		{"ptrace", args(unix.PTRACE_TRACEME), "errno EPERM"},
		{"seccomp", args(set), "errno EPERM"},
		{"seccomp", args(unix.SECCOMP_SET_MODE_STRICT), "errno EPERM"},
		{"seccomp", args(77), "errno EPERM"},
		{"prctl", args(unix.PR_SET_SECCOMP, 2), "errno EPERM"},
		{"prctl", args(high | unix.PR_SET_SECCOMP), "errno EPERM"},
		{"ioctl", args(0, unix.TIOCSTI), "errno EPERM"},
		{"ioctl", args(5, high|unix.TIOCLINUX), "errno EPERM"},
		{"io_uring_setup", args(), "quiet errno ENOSYS"},
		{"io_uring_enter", args(), "quiet errno ENOSYS"},
		{"io_uring_register", args(), "quiet errno ENOSYS"},
	}
}

// free looks like what is refused, but harms nobody.
func free() []meets {
	return []meets{
		{"clone", args(17), "allow"},
		{"clone", args(unix.CLONE_VM | unix.CLONE_THREAD), "allow"},
		{"seccomp", args(unix.SECCOMP_GET_ACTION_AVAIL), "allow"},
		{"seccomp", args(unix.SECCOMP_GET_NOTIF_SIZES), "allow"},
		{"prctl", args(unix.PR_GET_SECCOMP), "allow"},
		{"prctl", args(unix.PR_SET_NAME), "allow"},
		{"ioctl", args(0, unix.TCGETS), "allow"},
		{"ioctl", args(unix.TIOCSTI, unix.TIOCGPTN, unix.TIOCSTI), "allow"},
	}
}

func TestGuards(t *testing.T) {
	policies := map[string]string{
		"default allow":      "",
		"allowed by a group": "syscalls:\n  - {syscalls: [\"@known\", \"@debug\", \"@sandbox\"], action: allow}\n",
		"prctl by its name":  "syscalls:\n  - {syscalls: [prctl], action: allow}\n",
		"ioctl by its name":  "syscalls:\n  - {syscalls: [ioctl], action: allow}\n",
		"other request":      "syscalls:\n  - {syscalls: [ioctl], when: [arg1 == TIOCGWINSZ], action: allow}\n",
		"clone by its name":  "syscalls:\n  - {syscalls: [clone], action: allow}\n",
		"other option":       "syscalls:\n  - {syscalls: [prctl], when: [arg0 != PR_SET_SECCOMP], action: allow}\n",
		"masked option":      "syscalls:\n  - {syscalls: [prctl], when: [arg0 & PR_SET_SECCOMP == PR_SET_SECCOMP], action: allow}\n",
	}
	for name, rules := range policies {
		t.Run(name, func(t *testing.T) {
			for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
				d := decider(t, head+rules, abi)
				check(t, d, closed())
				check(t, d, named())
				check(t, d, free())
			}
			for _, abi := range []seccomp.ABI{seccomp.X32, seccomp.I386} {
				d := decider(t, head+"abis: [x32, i386]\n"+rules, seccomp.X86_64)
				d.abi = abi
				check(t, d, closed())
				check(t, d, named())
				check(t, d, free())
			}
		})
	}
}

func TestGuardsOpen(t *testing.T) {
	d := decider(t, head+`syscalls:
  - {syscalls: [ptrace], when: [arg0 == PTRACE_TRACEME], action: allow}
  - {syscalls: [seccomp, io_uring_setup], action: trace}
  - {syscalls: [prctl], when: [arg0 == PR_SET_SECCOMP, arg1 == 2], action: allow}
`, seccomp.X86_64)
	check(t, d, closed())
	check(t, d, free()[:2])
	check(t, d, []meets{
		{"ptrace", args(unix.PTRACE_TRACEME), "allow"},
		{"ptrace", args(unix.PTRACE_ATTACH), "errno EPERM"},
		{"seccomp", args(set), "trace"},
		{"io_uring_setup", args(), "trace"},
		{"io_uring_enter", args(), "quiet errno ENOSYS"},
		{"prctl", args(unix.PR_SET_SECCOMP, 2), "allow"},
		{"prctl", args(unix.PR_SET_SECCOMP, 1), "errno EPERM"},
		{"prctl", args(unix.PR_SET_NAME), "allow"},
	})
}

// Input is put into terminals of processes outside, so it goes with them.
func TestTypingGuards(t *testing.T) {
	sti, linux := args(0, unix.TIOCSTI), args(0, unix.TIOCLINUX)
	for text, want := range map[string][]meets{
		"default: allow\noutside: open\n":   {{"ioctl", sti, "allow"}, {"ioctl", linux, "allow"}},
		"default: allow\noutside: sealed\n": {{"ioctl", sti, "errno EPERM"}, {"ioctl", linux, "errno EPERM"}},
		"default: allow\nsyscalls:\n  - {syscalls: [ioctl], when: [arg1 == TIOCSTI], action: trace}\n": {
			{"ioctl", sti, "trace"}, {"ioctl", linux, "errno EPERM"}},
		"default: allow\nsyscalls:\n  - {syscalls: [ioctl], when: [arg1 == TIOCLINUX, arg0 == 1], action: allow}\n": {
			{"ioctl", linux, "errno EPERM"}, {"ioctl", args(1, unix.TIOCLINUX), "allow"}},
		// A stricter policy stays so.
		"default: kill-tree\n": {{"ioctl", sti, "kill-tree"}, {"ioctl", args(0, unix.TCGETS), "kill-tree"}},
		"default: kill-tree\nsyscalls:\n  - {syscalls: [ioctl], action: allow}\n": {
			{"ioctl", sti, "errno EPERM"}, {"ioctl", args(0, unix.TCGETS), "allow"}},
		"default: allow\nsyscalls:\n  - {syscalls: [ioctl], when: [arg1 == TIOCSTI], action: kill-process}\n": {
			{"ioctl", sti, "kill-process"}, {"ioctl", linux, "errno EPERM"}},
	} {
		for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
			check(t, decider(t, "version: 1\n"+text, abi), want)
		}
	}
}

func TestGuardsReachNoFurther(t *testing.T) {
	d := decider(t, head+`syscalls:
  - {syscalls: [clone, prctl], action: allow}
  - {syscalls: [clone, prctl], action: kill-process}
`, seccomp.X86_64)
	check(t, d, []meets{
		{"clone", args(17), "allow"},
		{"clone", args(untrace), "errno EPERM"}, // the second rule is never reached
		{"prctl", args(unix.PR_SET_NAME), "allow"},
		{"prctl", args(unix.PR_SET_SECCOMP), "errno EPERM"},
	})
}

func TestGuardsMayBeStricter(t *testing.T) {
	d := decider(t, head+`syscalls:
  - {syscalls: ["@debug", clone3], action: kill-process}
  - {syscalls: [clone], when: ["arg0 & CLONE_UNTRACED != 0"], action: kill-tree}
  - {syscalls: [prctl], when: [arg0 == PR_SET_SECCOMP, arg1 == 1], action: kill-tree}
  - {syscalls: [prctl], when: [arg0 == PR_SET_SECCOMP], action: allow}
`, seccomp.X86_64)
	check(t, d, []meets{
		{"ptrace", args(), "kill-process"},
		{"clone3", args(), "kill-process"},
		{"clone", args(untrace), "kill-tree"},
		{"clone", args(unix.CLONE_PARENT), "errno EPERM"},
		{"clone", args(17), "allow"},
		{"prctl", args(unix.PR_SET_SECCOMP, 1), "kill-tree"},
		{"prctl", args(unix.PR_SET_SECCOMP, 2), "allow"},
	})
}

// Whatever a policy says, clone never makes a task that is not traced, and
// what must be named is refused unless a rule names it.
func TestGuardsHoldUnderEveryPolicy(t *testing.T) {
	names := []string{"clone", "clone3", "ptrace", "seccomp", "prctl", "io_uring_setup", "read", `"@known"`, `"@debug"`, `"@process"`, `"@system-service"`, `"%process"`}
	whens := []string{"", "when: [arg0 == 0], ", "when: [arg0 != 0], ", "when: [arg0 == 22], ", "when: [\"arg0 & 0x800000 != 0\"], ", "when: [arg0:32 >= 0], "}
	actions := []string{"allow", "trace", "errno EPERM", "errno EACCES", "kill-process", "kill-tree"}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("version: 1\nabis: [i386, x32]\ndefault: " + rapid.SampledFrom([]string{"allow", "errno EPERM", "kill-tree"}).Draw(t, "default") + "\nsyscalls:\n")
		named := map[string]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "rules") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			when := rapid.SampledFrom(whens).Draw(t, "when")
			if strings.Contains(name, "@") || strings.Contains(name, "%") || name == "clone3" {
				when = ""
			}
			action := rapid.SampledFrom(actions).Draw(t, "action")
			fmt.Fprintf(&b, "  - {syscalls: [%s], %saction: %s}\n", name, when, action)
			if (action == "allow" || action == "trace") && (name != "prctl" || strings.Contains(when, "== 22")) {
				named[name] = true
			}
		}
		text := strings.TrimSuffix(b.String(), "syscalls:\n")
		d := decider(t, text, seccomp.X86_64)
		d.abi = rapid.SampledFrom([]seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386}).Draw(t, "abi")
		never := map[string][6]uint64{
			"clone": args(rapid.Uint64().Draw(t, "flags") | rapid.SampledFrom([]uint64{untrace, unix.CLONE_PARENT}).Draw(t, "flag")),
		}
		for call, a := range map[string][6]uint64{"ptrace": args(rapid.Uint64().Draw(t, "request")), "seccomp": args(set), "prctl": args(22), "io_uring_setup": args(), "clone3": args(rapid.Uint64().Draw(t, "arg"))} {
			if !named[call] {
				never[call] = a
			}
		}
		for call, a := range never {
			if _, rule := d.call(call, a); !rule.Action.Refuses() {
				t.Fatalf("%v %s(%#x) is let through by %+v\nin\n%s", d.abi, call, a, rule, text)
			}
		}
	})
}

// A rule's index must be the one that a denial is reported with.
func TestRulesAreFound(t *testing.T) {
	rand := rand.New(rand.NewPCG(1, 2)) // the same each time
	for range 200 {
		var b strings.Builder
		calls := []string{"read", "write", "close", "ptrace", "clone", "prctl", "socket"}
		b.WriteString(head + "syscalls:\n")
		for range 1 + rand.IntN(5) {
			fmt.Fprintf(&b, "  - {syscalls: [%s], action: kill-process}\n", calls[rand.IntN(len(calls))])
		}
		d := decider(t, b.String(), seccomp.X86_64)
		for _, call := range calls {
			want := BuiltIn
			if call == "read" || call == "write" || call == "close" || call == "socket" {
				want = "p.yaml:2:10" // the default
			}
			for i, line := range strings.Split(b.String(), "\n") {
				if strings.Contains(line, "["+call+"]") {
					want = fmt.Sprintf("p.yaml:%d:5", i+1)
					break
				}
			}
			if (call == "clone" || call == "prctl") && want == BuiltIn {
				want = "p.yaml:2:10"
			}
			if _, rule := d.call(call, args()); rule.Origin != want {
				t.Fatalf("%s is decided by %s, want %s\nin\n%s", call, rule.Origin, want, b.String())
			}
		}
	}
}

func TestNarrowABIsGetRoundNothing(t *testing.T) {
	text := func(rules string) string {
		return "version: 1\nabis: [i386]\ndefault: allow\nsyscalls:\n" + rules
	}
	tests := []struct {
		name, rules string
		want        []meets
	}{
		{"nothing to get round", "  - {syscalls: [kexec_load], action: errno EPERM}\n", []meets{
			{"socketcall", args(1), "allow"}, {"ipc", args(1), "allow"}, {"mmap", args(), "allow"}, {"setuid", args(), "allow"}}},
		{"a condition", "  - {syscalls: [socket], when: [arg0 == AF_INET], action: errno EPERM}\n", []meets{
			{"socketcall", args(1), "quiet errno ENOSYS"}, {"ipc", args(1), "allow"}, {"socket", args(2), "errno EPERM"}}},
		{"a condition that allows", "  - {syscalls: [socket], when: [arg0 == AF_INET], action: allow}\n", []meets{{"socketcall", args(1), "quiet errno ENOSYS"}}},
		{"a refusal by a group", "  - {syscalls: [\"@ipc\"], action: kill-process}\n", []meets{{"ipc", args(1), "kill-process"}, {"socketcall", args(1), "allow"}}},
		{"a refusal by name", "  - {syscalls: [shmget], action: errno EPERM}\n", []meets{{"ipc", args(1), "quiet errno ENOSYS"}}},
		{"mmap", "  - {syscalls: [mmap2], when: [\"arg2 & PROT_EXEC != 0\"], action: errno EPERM}\n", []meets{
			{"mmap", args(), "quiet errno ENOSYS"}, {"mmap2", args(0, 0, 4), "errno EPERM"}}},
		{"user numbers", "  - {syscalls: [setuid, setuid32], when: [arg0 == 0], action: errno EPERM}\n", []meets{
			{"setuid", args(0x10000), "quiet errno ENOSYS"}, {"setuid", args(0), "errno EPERM"}, {"setuid32", args(0), "errno EPERM"}, {"setuid32", args(1), "allow"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := decider(t, text(test.rules), seccomp.X86_64)
			native := d
			d.abi = seccomp.I386
			check(t, d, test.want)
			check(t, native, []meets{{"mmap", args(), "allow"}, {"setuid", args(1), "allow"}})
		})
	}
}

func TestForeignABIOfAnotherMachine(t *testing.T) {
	p, err := Parse("p.yaml", []byte("version: 1\nabis: [i386, arm]\ndefault: allow\n"))
	if err != nil {
		t.Fatal(err)
	}
	for abi, want := range map[seccomp.ABI]string{
		seccomp.X86_64: "p.yaml:2:14: no machine of x86_64 runs programs of the ABI arm; remove it",
		seccomp.ARM64:  "p.yaml:2:8: no machine of arm64 runs programs of the ABI i386; remove it",
		seccomp.I386:   "p.yaml: cannot be compiled for the ABI i386; jail runs on x86_64 and arm64",
	} {
		plan, err := p.Compile(abi)
		if plan != nil || err == nil || err.Error() != want || !errors.Is(err, ErrUnknownABI) {
			t.Errorf("%v: %v, want %s", abi, err, want)
		}
	}
}
