// Tests that an imported policy decides as the original, for all calls and a grid of arguments.

package oci_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/policy/oci"
	"jail/seccomp"
)

// pair is a profile's oracle and the policy that Import made of it.
type pair struct {
	*oracle
	plan    *policy.Plan
	decider *seccomp.Decider
	in      *oci.Imported
	widths  map[string][6]int
}

func importPair(t testing.TB, file string, data []byte, o oci.Options) *pair {
	t.Helper()
	in, err := oci.Import(file, data, o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse(file+".yaml", in.Policy)
	if err != nil {
		t.Fatalf("%v\n%s", err, in.Policy)
	}
	plan, err := p.Compile(o.Machine)
	if err != nil {
		t.Fatal(err)
	}
	d, err := plan.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	return &pair{readOracle(t, data, o), plan, d, in, make(map[string][6]int)}
}

// jail is what the policy decides.
func (p *pair) jail(abi seccomp.ABI, call string, args [6]uint64) policy.Action {
	nr, _ := abi.Number(call)
	_, by := p.decider.Decide(seccomp.Data{Nr: int32(nr), Arch: abi.AuditArch(), Args: args})
	return p.plan.RuleOf(by).Action
}

// want is an original's answer in jail's words.
func want(a answer) policy.Action {
	switch a.action {
	case "SCMP_ACT_ALLOW":
		return policy.Action{Verb: policy.Allow}
	case "SCMP_ACT_LOG":
		return policy.Action{Verb: policy.Trace}
	case "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE":
		return policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.ENOSYS)}
	case "SCMP_ACT_ERRNO":
		if unix.ErrnoName(unix.Errno(a.errno)) == "" {
			return policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EPERM)}
		}
		return policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(a.errno)}
	default:
		return policy.Action{Verb: policy.KillProcess}
	}
}

// guarded tells whether jail refuses the call under every policy that does
// not name it: the only calls that the original may let run and the import not.
func (p *pair) guarded(abi seccomp.ABI, call string, args [6]uint64) bool {
	switch call {
	case "clone3", "ptrace", "io_uring_setup", "io_uring_enter", "io_uring_register":
		return true
	case "ioctl":
		return uint32(args[1]) == unix.TIOCSTI || uint32(args[1]) == unix.TIOCLINUX
	case "clone":
		return args[0]&(unix.CLONE_UNTRACED|unix.CLONE_PARENT) != 0
	case "seccomp":
		op := uint32(args[0])
		return op != unix.SECCOMP_GET_ACTION_AVAIL && op != unix.SECCOMP_GET_NOTIF_SIZES
	case "prctl":
		return uint32(args[0]) == unix.PR_SET_SECCOMP || args[0] == unix.PR_SET_SECCOMP
	}
	return (abi == seccomp.I386 || abi == seccomp.ARM) && p.narrowGuarded(call)
}

// narrowGuarded tells whether a 32-bit call does what a rule of the profile is
// about, where the rule does not look.
func (p *pair) narrowGuarded(call string) bool {
	switch call {
	case "socketcall", "ipc", "mmap", "chown", "fchown", "lchown", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid":
		for _, r := range p.plan.Rules {
			if r.Origin == policy.BuiltIn && len(r.Text) > len(call) && r.Text[:len(call)+4] == call+" of " {
				return true
			}
		}
	}
	return false
}

// width is how many bits of an argument the kernel looks at, as jail has it;
// 64 for what jail compares in no way.
func (p *pair) width(t testing.TB, call string, index int) int {
	w, ok := p.widths[call]
	if !ok {
		for i := range w {
			w[i] = 64
			text := fmt.Sprintf("version: 1\ndefault: allow\nsyscalls: [{syscalls: [%s], when: [\"arg%d:64 == 1\"], action: allow}]\n", call, i)
			if _, err := policy.Parse("w", []byte(text)); err != nil {
				w[i] = 32
			}
		}
		p.widths[call] = w
	}
	return w[index]
}

// sameEffect lists arguments by which the kernel would do the same.
func (p *pair) sameEffect(t testing.TB, call string, args [6]uint64) [][6]uint64 {
	all := [][6]uint64{args}
	for i := range args {
		if p.width(t, call, i) == 64 {
			continue
		}
		for _, a := range slices.Clone(all) {
			for _, v := range []uint64{uint64(uint32(a[i])), uint64(int64(int32(a[i]))), a[i] | 0xdead<<32} {
				a[i] = v
				all = append(all, a)
			}
		}
	}
	return all
}

// check compares the two on one call. exact says that the arguments are such
// that both must answer the same.
func (p *pair) check(t testing.TB, abi seccomp.ABI, call string, args [6]uint64, exact bool) {
	t.Helper()
	if abi == seccomp.I386 || abi == seccomp.ARM {
		for i := range args {
			args[i] = uint64(uint32(args[i])) // registers have no more
		}
	}
	orig, got := p.decide(abi, call, args), p.jail(abi, call, args)
	if !got.Refuses() && !orig.runs() {
		same := p.sameEffect(t, call, args)
		if !slices.ContainsFunc(same, func(a [6]uint64) bool { return p.decide(abi, call, a).runs() }) {
			t.Fatalf("%v %s%#x: LOOSER: the original says %v, the policy %v\n%s", abi, call, args, orig, got, p.in.Policy)
		}
		return
	}
	if p.guarded(abi, call, args) {
		if !got.Refuses() {
			t.Fatalf("%v %s%#x: a guard of jail is open", abi, call, args)
		}
		return
	}
	expect := want(orig)
	if orig == p.byDefault && orig.action == "SCMP_ACT_LOG" {
		expect.Verb = policy.Allow
	}
	if exact && got != expect {
		t.Fatalf("%v %s%#x: the original says %v, the policy %v, want %v\n%s", abi, call, args, orig, got, expect, p.in.Policy)
	}
}

// clean tells whether no argument has bits that an int has not.
func clean(args [6]uint64) bool {
	return !slices.ContainsFunc(args[:], func(v uint64) bool { return v>>32 != 0 })
}

// grid checks all calls of all ABIs with a grid of arguments.
func (p *pair) grid(t testing.TB, machine seccomp.ABI, rnd *rand.Rand) (checked int) {
	extra := map[string][]uint64{
		"clone":   {unix.CLONE_UNTRACED, unix.CLONE_PARENT, unix.CLONE_NEWUSER, unix.CLONE_NEWNS | 17, unix.CLONE_THREAD},
		"prctl":   {unix.PR_SET_SECCOMP, unix.PR_SET_SECCOMP | 1<<32, unix.PR_SET_NAME},
		"seccomp": {0, 1, 2, 3, 4, 2 | 1<<32}, "socketcall": {1, 5, 18, 20, 21}, "ipc": {1, 4, 11, 24, 25},
	}
	for _, abi := range append([]seccomp.ABI{machine}, p.foreign...) {
		for _, call := range abi.Names() {
			var values [6][]uint64
			for i := range values {
				values[i] = p.interesting(abi, call, i)
			}
			values[0] = append(values[0], extra[call]...)
			for i := range values { // each argument alone, and with others at random
				for _, v := range values[i] {
					for round := range 3 {
						var args [6]uint64
						for j := range args {
							if round > 0 {
								args[j] = values[j][rnd.IntN(len(values[j]))]
							}
						}
						args[i] = v
						p.check(t, abi, call, args, clean(args))
						checked++
					}
				}
			}
		}
	}
	return checked
}

// Docker's own profile, as an ordinary user and with capabilities, on old
// kernels and new ones, and whatever other profiles lie beside it.
func TestProfiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no profiles", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, machine := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
			for _, kernel := range []oci.Version{{Major: 6, Minor: 18}, {Major: 4, Minor: 7}} {
				for _, caps := range [][]string{nil, {"CAP_SYS_ADMIN", "CAP_BPF"}, {"CAP_SYS_PTRACE", "CAP_SYS_TIME", "CAP_AUDIT_WRITE"}} {
					o := oci.Options{Machine: machine, Kernel: kernel, Capabilities: caps}
					t.Run(fmt.Sprint(filepath.Base(file), machine, kernel, caps), func(t *testing.T) {
						n := importPair(t, file, data, o).grid(t, machine, rand.New(rand.NewPCG(1, 2)))
						if n < 10_000 {
							t.Errorf("only %d calls were compared", n)
						}
					})
				}
			}
		}
	}
}
