// A property: a policy that extends another without override allows no call, path, endpoint or signal that the other one
// refuses, and makes no call fail for which the other one kills.

package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"jail/seccomp"
)

// randomPolicy draws keys of a policy; base says that it extends nothing.
func randomPolicy(t *rapid.T, base bool) string {
	var b strings.Builder
	say := func(always bool, format string, args ...any) {
		if always || rapid.Bool().Draw(t, "say "+format) {
			fmt.Fprintf(&b, format, args...)
		}
	}
	one := func(of ...string) string { return rapid.SampledFrom(of).Draw(t, "one") }
	some := func(of ...string) string {
		return "[" + strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, min(3, len(of)), rapid.ID).Draw(t, "some"), ", ") + "]"
	}
	verbs := []string{"errno EPERM", "kill-process", "errno ENOENT", "kill-tree"}
	if base || rapid.IntRange(0, 3).Draw(t, "bold") == 0 {
		verbs = append(verbs, "allow", "trace", "allow")
	}
	say(base, "default: %s\n", one("errno EPERM", "kill-process", "kill-tree", one("allow", "errno ENOSYS")))
	say(false, "abis: %s\n", some("i386", "x32"))
	b.WriteString("syscalls:\n")
	for range rapid.IntRange(1, 5).Draw(t, "rules") {
		call := one("socket", "sendto", "kill", "prctl", "clone", "fcntl", "ioctl")
		when := one("", ", when: [\"arg0 == 1\"]", ", when: [\"arg1 != 2\", \"arg0 == 38\"]", ", when: [\"arg0 & 3 == 2\"]")
		names := one("["+call+"]", `["@network-io"]`, `["@basic-io", ptrace]`, "[ptrace, seccomp, io_uring_setup, "+call+"]")
		if strings.Contains(names, "@") || strings.Contains(names, "ptrace") {
			when = ""
		}
		fmt.Fprintf(&b, "  - {syscalls: %s%s, action: %s}\n", names, when, one(verbs...))
	}
	say(false, "clone: {refuse-flags: %s, refuse: %s}\n", some("CLONE_NEWUSER", "CLONE_NEWNET", "CLONE_VFORK"), one("errno EPERM", "kill-process", "kill-tree"))
	say(false, "outgoing: {signals: %s}\n", some("SIGTERM", "SIGKILL", "SIGIO", "SIGURG"))
	paths := func() string { return some("/a", "/a/b", "/a/b/c", "/b", `"{cwd}"`, `"{cwd}/x"`, "/ab") }
	say(false, "filesystem: {%s%s%s%s%s}\n", one("tmp: shared", "read: "+paths(), "read: "+paths()), one("", ", write: "+paths()), one("", ", exec: "+paths()), one("", ", deny: "+some("/a/b/d", `"{cwd}/y"`, "/b/d")), one("", ", protect: "+some("/a/b/c/d", `"{cwd}/x/y"`)))
	endpoints := func() string {
		return some(`"10.0.0.0/8:80-90"`, `"10.1.0.0/16:85"`, `"10.1.2.3:80/udp"`, `"*:80-100"`, `"0.0.0.0/0:1-65535"`, `"[::/0]:85"`, `"*:85/udp"`)
	}
	say(false, "network: %s\n", one("none", "loopback", "any", "{unix: any}", "{connect: "+endpoints()+"}",
		"{connect: "+endpoints()+", bind: "+endpoints()+", families: "+some("AF_NETLINK", "AF_VSOCK")+"}"))
	say(false, "signals: [{signal: %s, from: %s, action: %s}]\n", some("SIGHUP", "SIGUSR1"), one("any", "inside"), one("ignore", "kill", "replace SIGUSR2", "deliver"))
	return b.String()
}

func TestExtendingNeverLoosens(t *testing.T) {
	tight := 0
	rapid.Check(t, func(t *rapid.T) {
		baseText, childText := "version: 1\n"+randomPolicy(t, true), "version: 1\nextends: base\n"+randomPolicy(t, false)
		base, err := family(map[string]string{"child": baseText})
		if err != nil {
			if errors.Is(err, ErrContradiction) || errors.Is(err, ErrCondition) {
				t.Skip(err)
			}
			t.Fatalf("%v\nin\n%s", err, baseText)
		}
		child, err := family(map[string]string{"base": baseText, "child": childText})
		if err != nil {
			for _, e := range err.(Errors) {
				if !errors.Is(e, ErrLooser) && !errors.Is(e, ErrContradiction) && !errors.Is(e, ErrCondition) {
					t.Fatalf("%v\nin\n%s\n%s", err, baseText, childText)
				}
			}
			t.Skip("looser")
		}
		tight++
		one, err1 := base.Compile(seccomp.X86_64)
		two, err2 := child.Compile(seccomp.X86_64)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if msg := loosens(one, two); msg != "" {
			t.Fatalf("%s\nbase\n%s\nchild\n%s", msg, baseText, childText)
		}
	})
	if tight == 0 {
		t.Error("no child was tighter than its base: the property was not looked at")
	}
}

// loosens finds something that the second plan allows and the first does not.
func loosens(base, child *Plan) string {
	for _, find := range []func(base, child *Plan) string{loosensCalls, loosensPaths, loosensEndpoints, loosensSignals} {
		if msg := find(base, child); msg != "" {
			return msg
		}
	}
	return ""
}

// loosensCalls tries all numbers of three ABIs with some arguments.
func loosensCalls(base, child *Plan) string {
	one, err1 := base.Filter.Decider()
	two, err2 := child.Filter.Decider()
	if err := errors.Join(err1, err2); err != nil {
		return err.Error()
	}
	grid := [][6]uint64{{}, {1, 1, 1, 1, 1, 1}, {2, 2, 0, 0, 1}, {38, 2}, {38, 1}, {unix.CLONE_NEWUSER | 17}, {16, 2, 0}, {5, 15, 9, unix.MSG_FASTOPEN},
		{unix.AF_INET6, unix.SOCK_DGRAM, 17}, {unix.AF_INET, unix.SOCK_STREAM}, {unix.AF_UNIX, unix.SOCK_RAW}, {40, 3}, {1 << 32, 8, 15}, {0, unix.F_SETSIG, 64}}
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.I386, seccomp.X32} {
		for _, call := range abi.Names() {
			nr, _ := abi.Number(call)
			for _, args := range grid {
				d := seccomp.Data{Nr: int32(nr), Arch: abi.AuditArch(), Args: args}
				_, by1 := one.Decide(d)
				a2, by2 := two.Decide(d)
				was, is := base.RuleOf(by1).Action, child.RuleOf(by2).Action
				if a2.Kind() == seccomp.KindAllow {
					is = Action{Verb: Allow}
				}
				if foreign := is.Refuses() && child.RuleOf(by2) == &child.Rules[child.ForeignRule]; was.Refuses() && is.rank() < was.rank() && !foreign {
					return fmt.Sprintf("%v %s(%#x): %v, then %v by %v", abi, call, args, base.RuleOf(by1).Action, a2, child.RuleOf(by2).Text)
				}
			}
		}
	}
	return ""
}

// rightsAt is what the plan lets be done to a path, by its text: an oracle that knows nothing of lists of lists.
func rightsAt(p *Plan, name string) (read, write, exec bool) {
	in := func(all []PathRule) bool {
		return slices.ContainsFunc(all, func(r PathRule) bool { return r.Path == "/" || name == r.Path || strings.HasPrefix(name, r.Path+"/") })
	}
	if in(p.Files.Deny) {
		return false, false, false
	}
	if !p.Files.Restrict {
		return true, !in(p.Files.Protect), true
	}
	write = in(p.Files.Write) && !in(p.Files.Protect)
	read = in(p.Files.Write) || in(p.Files.Read) || in(p.Files.Exec)
	return read, write, in(p.Files.Exec) || read && !p.Files.ExecRestrict
}

func loosensPaths(base, child *Plan) string {
	for _, name := range []string{"/", "/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/b/d", "/ab", "/ab/c", "/b", "/b/d/e", "{cwd}", "{cwd}/x", "{cwd}/x/y", "{cwd}/y", "/etc"} {
		r1, w1, x1 := rightsAt(base, name)
		r2, w2, x2 := rightsAt(child, name)
		if r2 && !r1 || w2 && !w1 || x2 && !x1 {
			return fmt.Sprintf("%s: %v %v %v, then %v %v %v", name, r1, w1, x1, r2, w2, x2)
		}
	}
	return ""
}

// letsIn tells whether an endpoint may be connected to, or bound to.
func letsIn(p *Plan, list []Endpoint, to netip.AddrPort, protocol string) bool {
	switch p.Network.Reach {
	case NetworkAny:
		return true
	case NetworkListed:
		return slices.ContainsFunc(list, func(e Endpoint) bool {
			return e.Protocol == protocol && e.Low <= to.Port() && to.Port() <= e.High && e.Prefix.Contains(to.Addr())
		})
	}
	return false
}

func loosensEndpoints(base, child *Plan) string {
	rank := map[NetworkReach]int{NetworkNone: 0, NetworkLoopback: 1, NetworkListed: 1, NetworkAny: 2}
	b, c := base.Network, child.Network
	if rank[c.Reach] > rank[b.Reach] || c.Reach == NetworkLoopback && b.Reach == NetworkListed {
		return fmt.Sprintf("network %s, then %s", b.Reach, c.Reach)
	}
	if c.UnixAny && b.Reach != NetworkAny && !b.UnixAny || c.Reach == NetworkAny && b.Reach != NetworkAny {
		return "local sockets are open"
	}
	for _, addr := range []string{"10.1.2.3", "10.1.2.4", "10.2.0.0", "11.0.0.1", "127.0.0.1", "::1", "2001:db8::1"} {
		for _, port := range []uint16{1, 79, 80, 85, 90, 91, 100, 101, 65535} {
			for _, protocol := range []string{protocolTCP, protocolUDP} {
				to := netip.AddrPortFrom(netip.MustParseAddr(addr), port)
				if letsIn(child, c.Connect, to, protocol) && !letsIn(base, b.Connect, to, protocol) || letsIn(child, c.Bind, to, protocol) && !letsIn(base, b.Bind, to, protocol) {
					return fmt.Sprintf("%v %s", to, protocol)
				}
			}
		}
	}
	return ""
}

// loosensSignals compares what happens to each signal from each sender.
func loosensSignals(base, child *Plan) string {
	meets := func(p *Plan, s Signal, from Source) (SignalAction, Signal) {
		for _, r := range p.Signals {
			if r.Matches(s, from) {
				return r.Do, r.Replace
			}
		}
		return Deliver, 0
	}
	for _, s := range allSignals() {
		for _, from := range allSources() {
			one, _ := meets(base, s, from)
			two, by := meets(child, s, from)
			if two.rank() < one.rank() {
				return fmt.Sprintf("%s from %s: %s, then %s", s, from, one, two)
			}
			if was, old := meets(base, s, from); two == ReplaceSignal && !(was == ReplaceSignal && old == by) {
				if held, _ := meets(base, by, from); held != Deliver {
					return fmt.Sprintf("%s from %s becomes %s, which was held back by %s", s, from, by, held)
				}
			}
		}
	}
	return ""
}
