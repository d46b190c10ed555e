// Tests of the compiler's limits and its shape: long jumps, many rules, the longest program, no stale loads.

package seccomp

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

// mustCompile compiles a Spec that is known to be good.
func mustCompile(t testing.TB, s *Spec) *Program {
	t.Helper()
	p, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run is the program's answer.
func run(t testing.TB, p *Program, d Data) Action {
	t.Helper()
	ret, err := p.Run(d)
	if err != nil {
		t.Fatal(err)
	}
	return ActionOf(ret)
}

// call is the data of a call by name.
func call(t testing.TB, abi ABI, name string, args ...uint64) Data {
	t.Helper()
	nr, ok := abi.Number(name)
	if !ok {
		t.Fatalf("%v has no %s", abi, name)
	}
	d := Data{Nr: int32(nr), Arch: abi.AuditArch()}
	copy(d.Args[:], args)
	return d
}

// A compiler that goes on comparing with what a failed condition left in the
// accumulator allows ioctl(0, …) here: argument 0 looks like the number of
// read.
func TestFailedConditionDoesNotLeakIntoTheNextTest(t *testing.T) {
	p := mustCompile(t, &Spec{ABIs: []ABI{X86_64}, Rules: []Rule{
		{Names: []string{"ioctl"}, When: []Cond{{Arg: 1, Op: Eq, Value: 0x5413}}, Do: Allow},
		{Names: []string{"read", "write"}, Do: Allow},
	}})
	for arg := range uint64(600) {
		if a := run(t, p, call(t, X86_64, "ioctl", arg, arg, arg)); a != KillProcess {
			t.Fatalf("ioctl(%d, %d, %d) → %v", arg, arg, arg, a)
		}
	}
	if a := run(t, p, call(t, X86_64, "ioctl", 0, 0x5413)); a != Allow {
		t.Errorf("ioctl(0, 0x5413) → %v", a)
	}
	if a := run(t, p, call(t, X86_64, "write")); a != Allow {
		t.Errorf("write → %v", a)
	}
}

// manyConditions is a Spec whose rule i answers errno i+1 to ioctl(_, i+1).
func manyConditions(n int) *Spec {
	s := &Spec{ABIs: []ABI{X86_64}}
	for i := range n {
		s.Rules = append(s.Rules, Rule{
			Names: []string{"ioctl"}, Do: Errno(1).plus(i),
			When: []Cond{{Arg: 1, Op: Eq, Value: uint64(i + 1), Width: 32}},
		})
	}
	return s
}

// plus is the errno action of a number n higher, below 4000.
func (a Action) plus(n int) Action { return a + Action(n%3999) }

func TestManyRulesWithConditions(t *testing.T) {
	for _, n := range []int{64, 65, 255, 256, 257, 600, 1200} {
		p := mustCompile(t, manyConditions(n))
		for i := range n {
			if a := run(t, p, call(t, X86_64, "ioctl", 0, uint64(i+1))); a != Errno(1).plus(i) {
				t.Fatalf("%d rules: ioctl(0, %d) → %v, want %v", n, i+1, a, Errno(1).plus(i))
			}
		}
		for _, other := range []uint64{0, uint64(n + 1), 1 << 31} {
			if a := run(t, p, call(t, X86_64, "ioctl", 0, other)); a != KillProcess {
				t.Fatalf("%d rules: ioctl(0, %d) → %v", n, other, a)
			}
		}
		if a := run(t, p, call(t, X86_64, "read", 0, 1)); a != KillProcess {
			t.Fatalf("%d rules: read → %v", n, a)
		}
	}
}

// One rule of many conditions: all of them fail to the same far place.
func TestManyConditionsInOneRule(t *testing.T) {
	r := Rule{Names: []string{"ioctl"}, Do: Allow}
	for i := range 300 {
		r.When = append(r.When, Cond{Arg: i % 6, Op: Ne, Value: uint64(i)<<32 | 7})
	}
	p := mustCompile(t, &Spec{ABIs: []ABI{X86_64}, Rules: []Rule{r}})
	if a := run(t, p, call(t, X86_64, "ioctl", 7, 7, 7, 7, 7, 7)); a != KillProcess { // 0<<32|7 is excluded
		t.Errorf("arg0 = 7 → %v", a)
	}
	if a := run(t, p, call(t, X86_64, "ioctl", 8, 8, 8, 8, 8, 8)); a != Allow {
		t.Errorf("nothing excluded → %v", a)
	}
	for i := range 300 {
		d := call(t, X86_64, "ioctl", 8, 8, 8, 8, 8, 8)
		d.Args[i%6] = uint64(i)<<32 | 7
		if a := run(t, p, d); a != KillProcess {
			t.Errorf("excluded value %d → %v", i, a)
		}
	}
}

// A jump is taken over every distance around the reach of eight bits, to an
// answer and to a test.
func TestJumpsOfEveryLength(t *testing.T) {
	for n := 120; n < 135; n++ { // two instructions a rule: 240 to 268
		s := manyConditions(n)
		s.Rules = append([]Rule{{Names: []string{"mseal"}, When: []Cond{{Arg: 3, Op: Eq, Value: 9}}, Do: Allow}}, s.Rules...)
		s.ABIs = append(s.ABIs, I386)
		p := mustCompile(t, s)
		for _, c := range []struct {
			d    Data
			want Action
		}{
			{call(t, X86_64, "mseal", 0, 0, 0, 9), Allow},
			{call(t, X86_64, "mseal", 0, 0, 0, 8), KillProcess},
			{call(t, I386, "mseal", 0, 0, 0, 9), Allow},
			{call(t, I386, "ioctl", 0, uint64(n)), Errno(1).plus(n - 1)},
			{call(t, X86_64, "ioctl", 0, 1), Errno(1)},
			{call(t, X86_64, "ioctl", 0, uint64(n)), Errno(1).plus(n - 1)},
			{call(t, ARM, "ioctl", 0, 1), KillProcess},
		} {
			if a := run(t, p, c.d); a != c.want {
				t.Errorf("%d rules: %+v → %v, want %v", n, c.d, a, c.want)
			}
		}
	}
}

// The kernel takes 4096 instructions and not one more; so does Compile. How
// many stepping stones a program needs is not known beforehand, so programs of
// both lengths are looked for.
func TestLongestProgram(t *testing.T) {
	short := len(mustCompile(t, rulesOfSize(1000, 0)).Raw())
	longest, tooLong := false, false
	for n := 1000 + (maxInstructions-short)/2; n > 1000 && !(longest && tooLong); n-- {
		for masked := range 3 {
			p, err := Compile(rulesOfSize(n, masked))
			switch {
			case err == nil && len(p.Raw()) == maxInstructions:
				longest = true
				if a := run(t, p, call(t, X86_64, "ioctl", 0, uint64(n-1), uint64(n-1))); a != Allow {
					t.Errorf("its last rule → %v", a)
				}
			case errors.Is(err, ErrTooLong) && strings.HasSuffix(err.Error(), fmt.Sprint(maxInstructions+1)):
				tooLong = true
			case err != nil && !errors.Is(err, ErrTooLong):
				t.Fatal(err)
			}
		}
	}
	if !longest || !tooLong {
		t.Errorf("4096 instructions taken: %v, 4097 refused: %v", longest, tooLong)
	}
	if _, err := Compile(rulesOfSize(3000, 0)); !errors.Is(err, ErrTooLong) {
		t.Errorf("3000 rules: %v", err)
	}
}

// rulesOfSize is a Spec of n conditions, the first masked of them with a
// mask.
func rulesOfSize(n, masked int) *Spec {
	s := &Spec{ABIs: []ABI{X86_64}}
	for i := range n {
		c := Cond{Arg: 1, Op: Eq, Value: uint64(i), Width: 32}
		if i%2 == 0 { // else a load would be shared with the condition before
			c.Arg = 2
		}
		if i < masked {
			c.Op, c.Mask = MaskedEq, 1
		}
		s.Rules = append(s.Rules, Rule{Names: []string{"ioctl"}, Do: Allow, When: []Cond{c}})
	}
	return s
}

// What somebody does to the Spec or to Raw's result afterwards does not reach
// the program.
func TestProgramSharesNothing(t *testing.T) {
	s := manyConditions(3)
	p := mustCompile(t, s)
	before := p.Explain(call(t, X86_64, "ioctl", 0, 2)).String()
	s.Rules[1].Names[0], s.Rules[1].When[0].Value, s.Rules[1].Do = "read", 77, Allow
	p.Raw()[0].K = 999
	if after := p.Explain(call(t, X86_64, "ioctl", 0, 2)).String(); after != before {
		t.Errorf("was:\n%sis:\n%s", before, after)
	}
}

// A program that was checked must not become another one.
func TestNewProgramSharesNothing(t *testing.T) {
	raw := []bpf.RawInstruction{{Op: opRetK, K: KillProcess.Ret()}}
	p, err := NewProgram(raw)
	if err != nil {
		t.Fatal(err)
	}
	raw[0].K = Allow.Ret()
	if a := run(t, p, Data{}); a != KillProcess {
		t.Errorf("the program changed: %v", a)
	}
}

func TestZeroProgram(t *testing.T) {
	var p Program
	if ret, err := p.Run(Data{}); !errors.Is(err, ErrProgram) || ActionOf(ret).Kind() == KindAllow {
		t.Errorf("Run: %#x, %v", ret, err)
	}
	if e := p.Explain(Data{}); e.Action != KillProcess {
		t.Errorf("Explain: %v", e)
	}
}

// A build's policy allows most calls; its filter should take few steps.
func TestDepthIsLogarithmic(t *testing.T) {
	p := mustCompile(t, &Spec{ABIs: []ABI{X86_64}, Unknown: Errno(38), Rules: []Rule{{Names: []string{"@system-service"}, Do: Allow}}})
	worst := 0
	for _, e := range X86_64.table() {
		worst = max(worst, len(p.Explain(Data{Nr: int32(e.nr), Arch: X86_64.AuditArch()}).Steps))
	}
	if worst > 14 {
		t.Errorf("a call takes %d steps\n%s", worst, p.Disassemble())
	}
	t.Logf("%d instructions, at most %d steps", len(p.Raw()), worst)
}
