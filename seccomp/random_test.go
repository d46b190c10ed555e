// Random policies: the rules, the prepared decider and the compiled program must answer alike.

package seccomp

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// edges are values at which comparisons of 64 bits, of 32 bits and of halves
// of 64 bits change their result.
func edges() []uint64 {
	var all []uint64
	for _, v := range []uint64{
		0, 1, 2, 0x5413, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1<<32 | 1, 0x5413 << 32,
		1<<63 - 1, 1 << 63, ^uint64(0), 0xffffffff00000000, 0xffffffff80000000, 0xdeadbeefcafe,
	} {
		all = append(all, v-1, v, v+1)
	}
	return all
}

// genCond draws a condition that Check accepts.
func genCond(t *rapid.T) Cond {
	c := Cond{
		Arg:   rapid.IntRange(0, 5).Draw(t, "arg"),
		Op:    Op(rapid.IntRange(int(Eq), int(MaskedNe)).Draw(t, "op")),
		Value: rapid.SampledFrom(edges()).Draw(t, "value"),
		Width: rapid.SampledFrom([]uint8{0, 32, 64}).Draw(t, "width"),
	}
	if c.Width == 32 && !fitsInt(c.Value) {
		c.Value = uint64(uint32(c.Value))
	}
	if c.Op == MaskedEq || c.Op == MaskedNe {
		c.Mask = rapid.SampledFrom(edges()).Draw(t, "mask")
		if c.Width == 32 && !fitsInt(c.Mask) || c.Mask == 0 {
			c.Mask = uint64(uint32(c.Mask)) | 1
		}
		c.Value &= c.Mask
	}
	return c
}

// genRule draws a rule over few calls, so that rules meet, or over whole
// groups.
func genRule(actions []Action) *rapid.Generator[Rule] {
	names := []string{"read", "write", "open", "openat", "ioctl", "socket", "socketcall", "clone", "execve", "mseal"}
	return rapid.Custom(func(t *rapid.T) Rule {
		name := rapid.OneOf(rapid.SampledFrom(names), rapid.SampledFrom(GroupNames()),
			rapid.SampledFrom(X86_64.Names()), rapid.SampledFrom(I386.Names()))
		return Rule{
			Names: rapid.SliceOfN(name, 1, 4).Draw(t, "names"),
			When:  rapid.SliceOfN(rapid.Custom(genCond), 0, 4).Draw(t, "when"),
			Do:    rapid.SampledFrom(actions).Draw(t, "do"),
			ABIs:  rapid.SliceOfN(rapid.SampledFrom(abis()), 0, 2).Draw(t, "abis"),
		}
	})
}

// genSpec draws a policy.
func genSpec(actions []Action) *rapid.Generator[*Spec] {
	return rapid.Custom(func(t *rapid.T) *Spec {
		action := rapid.SampledFrom(actions)
		return &Spec{
			ABIs:    rapid.SliceOfN(rapid.SampledFrom(abis()), 1, 4).Draw(t, "ABIs"),
			Rules:   rapid.SliceOfN(genRule(actions), 0, 12).Draw(t, "rules"),
			Default: action.Draw(t, "default"),
			Unknown: action.Draw(t, "unknown"),
			Foreign: action.Draw(t, "foreign"),
		}
	})
}

// allKinds are actions of every kind.
func allKinds() []Action {
	return []Action{Allow, KillProcess, KillThread, Errno(1), Errno(38), Errno(4095), Errno(0), Trap(1), Trace(1), Trace(2), Log, Notify}
}

// numbersOf are all numbers that an architecture's tables have, their
// neighbours, and the ends of spans.
func numbersOf(arch uint32) []uint32 {
	all := []uint32{0, 1000, 0xf0000, 0xf0007, x32Bit - 1, x32Bit, x32Bit + 1000, 1<<31 - 1, 1 << 31, 0xc0000000, ^uint32(0)}
	for _, abi := range abis() {
		if abi.AuditArch() != arch {
			continue
		}
		for _, e := range abi.table() {
			all = append(all, e.nr-1, e.nr, e.nr+1)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// valuesNear are arguments around the constants of a policy's conditions.
func valuesNear(s *Spec) []uint64 {
	all := []uint64{0, ^uint64(0)}
	for _, r := range s.Rules {
		for _, c := range r.When {
			v := c.Value
			all = append(all, v, v-1, v+1, v^1<<32, v^1<<31, v|1<<63, v<<32, v>>32, uint64(uint32(v)), v^c.Mask, ^c.Mask|v)
		}
	}
	return all
}

// agree compares the three ways to an answer.
func agree(t *rapid.T, s *Spec, d *Decider, p *Program, call Data) {
	want, by := s.decide(call)
	if got, gotBy := d.Decide(call); got != want || gotBy != by {
		t.Fatalf("%+v: Decider says %v by %d, the rules %v by %d", call, got, gotBy, want, by)
	}
	ret, err := p.Run(call)
	if err != nil || ret != want.Ret() {
		t.Fatalf("%+v: the program says %v (%#x, %v), the rules %v by %d\n%s", call, ActionOf(ret), ret, err, want, by, p.Disassemble())
	}
}

func TestRandomPoliciesAgree(t *testing.T) {
	archs := []uint32{
		unix.AUDIT_ARCH_X86_64, unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_AARCH64, unix.AUDIT_ARCH_ARM, unix.AUDIT_ARCH_ARMEB, 0,
	}
	numbers := make(map[uint32][]uint32)
	for _, arch := range archs {
		numbers[arch] = numbersOf(arch)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := genSpec(allKinds()).Draw(t, "spec")
		d, err := s.Decider()
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		values := valuesNear(s)
		pick := rapid.Uint64().Draw(t, "arguments")
		roll := func(n int) int { // a cheap generator: this is called some 20,000 times a policy
			pick = pick*6364136223846793005 + 1442695040888963407
			return int((pick >> 33) % uint64(n))
		}
		next := func() uint64 { return values[roll(len(values))] }
		for _, arch := range archs {
			for _, nr := range numbers[arch] {
				call := Data{Nr: int32(nr), Arch: arch, IP: next()}
				for i := range call.Args {
					call.Args[i] = next()
				}
				agree(t, s, d, p, call)
			}
		}
		for range 500 { // the calls that genRule likes get more arguments
			abi := s.ABIs[roll(len(s.ABIs))]
			name := []string{"read", "write", "ioctl", "openat", "socket", "clone"}[roll(6)]
			nr, _ := abi.Number(name)
			call := Data{Nr: int32(nr), Arch: abi.AuditArch()}
			for i := range call.Args {
				call.Args[i] = next()
			}
			agree(t, s, d, p, call)
		}
	})
}
