// Tests of Check: every mistake is found, said clearly, and stops Compile, Decide and Decider.

package seccomp

import (
	"errors"
	"strings"
	"testing"
)

// specWith is a good Spec with one rule.
func specWith(r Rule) *Spec {
	return &Spec{ABIs: []ABI{X86_64}, Rules: []Rule{r}, Default: Allow, Unknown: Errno(38)}
}

func when(c Cond) *Spec {
	return specWith(Rule{Names: []string{"ioctl"}, When: []Cond{c}, Tag: 7})
}

func TestCheckFindsMistakes(t *testing.T) {
	read := []string{"read"}
	for _, c := range []struct {
		spec *Spec
		err  error
		text string
	}{
		{&Spec{}, ErrNoABI, "ABIs: no ABI"},
		{&Spec{ABIs: []ABI{X86_64, 0}}, ErrABI, "ABIs[1]: abi(0)"},
		{&Spec{ABIs: []ABI{99}}, ErrABI, "ABIs[0]: abi(99)"},
		{&Spec{ABIs: []ABI{X86_64}, Default: Errno(4096)}, ErrErrno, "Default: errno(4096)"},
		{&Spec{ABIs: []ABI{X86_64}, Unknown: Errno(9999)}, ErrErrno, "Unknown"},
		{&Spec{ABIs: []ABI{X86_64}, Foreign: Action(99 << 16)}, ErrAction, "Foreign: kind(99)"},
		{specWith(Rule{}), ErrNoNames, "rule 0: Names:"},
		{specWith(Rule{Names: []string{"read", "opnat"}}), ErrName, `rule 0: Names[1]: "opnat": no such system call on any ABI; did you mean "openat"?`},
		{specWith(Rule{Names: []string{""}}), ErrName, `Names[0]: ""`},
		{specWith(Rule{Names: []string{"READ"}}), ErrName, "READ"},
		{specWith(Rule{Names: []string{"read "}}), ErrName, `did you mean "read"`},
		{specWith(Rule{Names: []string{"@files"}}), ErrGroup, `"@files"`},
		{specWith(Rule{Names: []string{"%"}}), ErrGroup, `"%"`},
		{specWith(Rule{Names: read, ABIs: []ABI{0}}), ErrABI, "rule 0: ABIs[0]"},
		{specWith(Rule{Names: read, Do: Errno(5000)}), ErrErrno, "rule 0: Do: errno(5000)"},
		{when(Cond{Arg: 6, Op: Eq}), ErrArg, "When[0].Arg: 6"},
		{when(Cond{Arg: -1, Op: Eq}), ErrArg, "When[0].Arg: -1"},
		{when(Cond{}), ErrOp, "When[0].Op"},
		{when(Cond{Op: MaskedNe + 1}), ErrOp, "When[0].Op"},
		{when(Cond{Op: Eq, Width: 16}), ErrWidth, "When[0].Width: 16"},
		{when(Cond{Op: Eq, Width: 32, Value: 1 << 32}), ErrTooBig, "When[0].Value: 0x100000000"},
		{when(Cond{Op: Eq, Width: 32, Value: 0xffffffff00000000}), ErrTooBig, "When[0].Value"},
		{when(Cond{Op: MaskedEq, Width: 32, Mask: 1 << 40}), ErrTooBig, "When[0].Mask"},
		{when(Cond{Op: MaskedEq}), ErrMask, "When[0].Mask"},
		{when(Cond{Op: Eq, Mask: 1}), ErrMask, "When[0].Mask"},
		{when(Cond{Op: MaskedEq, Mask: 6, Value: 7}), ErrNeverEqual, "When[0].Value: 0x7"},
		{when(Cond{Op: MaskedNe, Mask: 6, Value: 8}), ErrNeverEqual, "When[0].Value"},
	} {
		err := c.spec.Check()
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%+v: %v, want %q with %q", c.spec, err, c.err, c.text)
			continue
		}
		if _, cerr := Compile(c.spec); !errors.Is(cerr, c.err) {
			t.Errorf("Compile takes what Check refuses: %v", cerr)
		}
		if _, derr := c.spec.Decider(); !errors.Is(derr, c.err) {
			t.Errorf("Decider takes what Check refuses: %v", derr)
		}
		if a, by := c.spec.Decide(Data{Arch: X86_64.AuditArch()}); a != KillProcess || by != ByInvalid {
			t.Errorf("Decide of %+v answers %v, %d", c.spec, a, by)
		}
	}
}

func TestCheckFindsAllMistakesAndTheirPlaces(t *testing.T) {
	s := specWith(Rule{Names: []string{"read"}})
	s.Rules = append(s.Rules, Rule{Names: []string{"raed", "@netwrok-io"}, When: []Cond{{Arg: 9, Op: Eq}}, Tag: 42})
	err := s.Check()
	for _, want := range []error{ErrName, ErrGroup, ErrArg} {
		if !errors.Is(err, want) {
			t.Errorf("not found: %v", want)
		}
	}
	var se *SpecError
	if !errors.As(err, &se) || se.Rule != 1 || se.Tag != 42 || se.Field != "Names[0]" || se.Near != "read" {
		t.Errorf("the first mistake is %+v", se)
	}
}

func TestCheckTakesGoodSpecs(t *testing.T) {
	for _, s := range []*Spec{
		{ABIs: abis()},
		specWith(Rule{Names: []string{"read", "@known", "%file", "socketcall"}}), // socketcall is i386's
		specWith(Rule{Names: []string{"read", "read"}, ABIs: []ABI{ARM}}),        // not one of the Spec's
		when(Cond{Op: Eq, Width: 32, Value: ^uint64(0)}),
		when(Cond{Op: MaskedEq, Width: 32, Mask: 0xffffffff80000000, Value: 0x80000000}),
		{ABIs: []ABI{X86_64, X86_64}, Default: Errno(4095), Unknown: Trace(0xffff), Foreign: Notify},
	} {
		if err := s.Check(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		if _, err := Compile(s); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
