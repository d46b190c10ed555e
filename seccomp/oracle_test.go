// go-seccomp-bpf as an oracle: the same rules without conditions must give the same filter.

package seccomp

import (
	"maps"
	"slices"
	"testing"

	elastic "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"pgregory.net/rapid"
)

// theirAction is an action of ours as they call it. Their errno is always
// EPERM.
func theirAction(a Action) elastic.Action {
	switch a.Kind() {
	case KindErrno:
		return elastic.ActionErrno
	case KindTrace:
		return elastic.ActionTrace
	default:
		return elastic.Action(a.Ret())
	}
}

// theirProgram assembles a policy of theirs for our interpreter.
func theirProgram(t interface{ Fatal(...any) }, policy *elastic.Policy) *Program {
	instructions, err := policy.Assemble()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := bpf.Assemble(instructions)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProgram(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAgainstGoSeccompBPF(t *testing.T) {
	theirs, err := arch.GetInfo("")
	if err != nil {
		t.Skipf("go-seccomp-bpf: %v", err)
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(theirs.SyscallNames)) {
		if nr, ok := Native().Number(name); ok && nr == theirs.SyscallNames[name] {
			names = append(names, name)
		}
	}
	action := rapid.SampledFrom([]Action{Allow, Errno(1), KillProcess, KillThread, Log})
	rapid.Check(t, func(t *rapid.T) {
		fallback := action.Draw(t, "default")
		spec := &Spec{ABIs: []ABI{Native()}, Default: fallback, Unknown: fallback, Foreign: fallback}
		policy := &elastic.Policy{DefaultAction: theirAction(fallback)}
		for range rapid.IntRange(1, 5).Draw(t, "groups") {
			// Above some 250 names their jumps do not reach.
			group := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 120, rapid.ID).Draw(t, "names")
			do := action.Draw(t, "action")
			spec.Rules = append(spec.Rules, Rule{Names: group, Do: do})
			policy.Syscalls = append(policy.Syscalls, elastic.SyscallGroup{Names: group, Action: theirAction(do)})
		}
		ours, err := Compile(spec)
		if err != nil {
			t.Fatal(err)
		}
		oracle := theirProgram(t, policy)
		for nr := range int32(1024) {
			for _, arch := range []uint32{Native().AuditArch(), I386.AuditArch(), 0} {
				d := Data{Nr: nr, Arch: arch, Args: [6]uint64{1, 2, 3, 4, 5, 6}}
				want, werr := oracle.Run(d)
				got, gerr := ours.Run(d)
				if werr != nil || gerr != nil || got != want {
					t.Fatalf("%d on %#x: %v (%v), theirs %v (%v)", nr, arch, ActionOf(got), gerr, ActionOf(want), werr)
				}
			}
		}
	})
}

// The reason why argument conditions are compiled here: theirs let calls
// through that no rule allows. When this fails they have repaired it.
func TestGoSeccompBPFStillMiscompilesConditions(t *testing.T) {
	if Native() != X86_64 {
		t.Skip("the numbers of this case are those of x86_64")
	}
	p := theirProgram(t, &elastic.Policy{
		DefaultAction: elastic.ActionKillProcess,
		Syscalls: []elastic.SyscallGroup{
			{Action: elastic.ActionAllow, NamesWithCondtions: []elastic.NameWithConditions{{
				Name: "ioctl", Conditions: elastic.ArgumentConditions{{Argument: 1, Operation: elastic.Equal, Value: 0x5413}},
			}}},
			{Action: elastic.ActionAllow, Names: []string{"read", "write"}},
		},
	})
	if a := run(t, p, call(t, X86_64, "ioctl", 0, 0)); a != Allow {
		t.Errorf("ioctl(0, 0) → %v: their conditions may be right now", a)
	}
}
