// Tests of what the rules mean, one point at a time, and of the Decider's cost.

package seccomp

import (
	"testing"
)

func TestDecide(t *testing.T) {
	s := &Spec{
		ABIs: []ABI{X86_64, I386},
		Rules: []Rule{
			0: {Names: []string{"socket"}, When: []Cond{{Arg: 0, Op: Eq, Value: 1, Width: 32}}, Do: Allow},
			1: {Names: []string{"socket"}, Do: Errno(97)},
			2: {Names: []string{"@network-io", "socket"}, Do: Errno(1), ABIs: []ABI{X86_64}},
			3: {Names: []string{"socketcall"}, Do: Trace(5)},
			4: {Names: []string{"kill"}, When: []Cond{{Arg: 0, Op: Gt, Value: 1}, {Arg: 1, Op: Eq, Value: 9}}, Do: KillProcess},
		},
		Default: Allow, Unknown: Errno(38), Foreign: KillThread,
	}
	d, err := s.Decider()
	if err != nil {
		t.Fatal(err)
	}
	p := mustCompile(t, s)
	for _, c := range []struct {
		call Data
		want Action
		by   int
	}{
		{call(t, X86_64, "socket", 1), Allow, 0},
		{call(t, X86_64, "socket", 1<<32|1), Allow, 0},
		{call(t, X86_64, "socket", 2), Errno(97), 1},
		{call(t, X86_64, "connect"), Errno(1), 2},
		{call(t, I386, "connect"), Allow, ByDefault},
		{call(t, I386, "socket", 2), Errno(97), 1},
		{call(t, I386, "socketcall", 1), Trace(5), 3}, // its own call: socket's rules don't matter
		{call(t, X86_64, "kill", 2, 9), KillProcess, 4},
		{call(t, X86_64, "kill", 1, 9), Allow, ByDefault},
		{call(t, X86_64, "kill", 2, 15), Allow, ByDefault},
		{call(t, X32, "socket", 1), KillThread, ByForeign},
		{call(t, ARM64, "read"), KillThread, ByForeign},
		{Data{Nr: 0, Arch: 0}, KillThread, ByForeign},
		{Data{Nr: -1, Arch: X86_64.AuditArch()}, Errno(38), ByUnknown},
		{Data{Nr: 5000, Arch: X86_64.AuditArch()}, Errno(38), ByUnknown},
		{Data{Nr: 5000, Arch: I386.AuditArch()}, Errno(38), ByUnknown},
		{Data{Nr: x32Bit | 5000, Arch: X86_64.AuditArch()}, KillThread, ByForeign},
		{Data{Nr: x32Bit | 5000, Arch: I386.AuditArch()}, Errno(38), ByUnknown},
	} {
		if a, by := s.Decide(c.call); a != c.want || by != c.by {
			t.Errorf("Spec: %+v: %v by %d, want %v by %d", c.call, a, by, c.want, c.by)
		}
		if a, by := d.Decide(c.call); a != c.want || by != c.by {
			t.Errorf("Decider: %+v: %v by %d, want %v by %d", c.call, a, by, c.want, c.by)
		}
		if a := run(t, p, c.call); a != c.want {
			t.Errorf("Program: %+v: %v, want %v", c.call, a, c.want)
		}
	}
}

// busy is a policy of some size and a call that looks at several rules.
func busy(t testing.TB) (*Spec, Data) {
	s := manyConditions(20)
	s.Rules = append(s.Rules, Rule{Names: []string{"@system-service"}, Do: Allow})
	return s, call(t, X86_64, "ioctl", 0, 99)
}

func TestNoAllocations(t *testing.T) {
	s, c := busy(t)
	d, err := s.Decider()
	if err != nil {
		t.Fatal(err)
	}
	p := mustCompile(t, s)
	if n := testing.AllocsPerRun(100, func() { d.Decide(c) }); n != 0 {
		t.Errorf("Decider.Decide allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = p.Run(c) }); n != 0 {
		t.Errorf("Program.Run allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { X86_64.Name(257) }); n != 0 {
		t.Errorf("ABI.Name allocates %v times", n)
	}
}

func BenchmarkDecider(b *testing.B) {
	s, c := busy(b)
	d, err := s.Decider()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d.Decide(c)
	}
}

func BenchmarkRun(b *testing.B) {
	s, c := busy(b)
	p := mustCompile(b, s)
	for b.Loop() {
		_, _ = p.Run(c)
	}
}

func BenchmarkCompile(b *testing.B) {
	s, _ := busy(b)
	for b.Loop() {
		mustCompile(b, s)
	}
}
