// The real kernel as the judge: what it does under our programs, and which programs it takes.

package seccomp

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// policiesInKernel is how many random policies are tried; each takes a
// process of its own, since a filter can't be taken off again.
const policiesInKernel = 48

// genErrnoSpec draws a policy that answers everything, except what the Go
// runtime needs, with errnos no kernel function gives. So no call really
// happens, and each answer tells which rule it came from.
func genErrnoSpec(others []ABI) *rapid.Generator[*Spec] {
	var unusual []Action
	for e := range 40 {
		unusual = append(unusual, Errno(unix.Errno(2000+e)))
	}
	return rapid.Custom(func(t *rapid.T) *Spec {
		s := genSpec(unusual).Draw(t, "spec")
		s.Default, s.Unknown, s.Foreign = Errno(3001), Errno(3002), Errno(3003)
		s.ABIs = []ABI{Native()}
		for _, abi := range others {
			if rapid.Bool().Draw(t, abi.String()) {
				s.ABIs = append(s.ABIs, abi)
			}
		}
		for i := range s.Rules { // the ARM ones would never be met
			s.Rules[i].ABIs = slices.DeleteFunc(s.Rules[i].ABIs, func(a ABI) bool { return !slices.Contains(s.ABIs, a) })
		}
		s.Rules = slices.Insert(s.Rules, 0, runtimeCalls())
		return s
	})
}

// callsUnder are calls whose answer under a policy is an errno: of every
// number, and more of those that genRule likes.
func callsUnder(t *rapid.T, s *Spec, abis []ABI) []Data {
	values := valuesNear(s)
	pick := rapid.Uint64().Draw(t, "arguments")
	next := func() uint64 {
		pick = pick*6364136223846793005 + 1442695040888963407
		return values[(pick>>33)%uint64(len(values))]
	}
	var calls []Data
	add := func(abi ABI, nr uint32) {
		d := Data{Nr: int32(nr), Arch: abi.AuditArch()}
		for i := range d.Args {
			d.Args[i] = next()
			if abi == I386 { // its registers have no more
				d.Args[i] = uint64(uint32(d.Args[i]))
			}
		}
		if a, _ := s.decide(d); a.Kind() == KindErrno {
			calls = append(calls, d)
		}
	}
	for _, abi := range abis {
		for _, nr := range numbersOf(abi.AuditArch()) {
			if ABIOf(abi.AuditArch(), nr) == abi && !unfiltered(abi, nr) {
				add(abi, nr)
			}
		}
		for _, name := range []string{"open", "openat", "ioctl", "socket", "socketcall", "execve", "mseal"} {
			if nr, ok := abi.Number(name); ok {
				for range 40 {
					add(abi, uint32(nr))
				}
			}
		}
	}
	return calls
}

// unfiltered tells of the two calls that the kernel keeps from every filter
// (since 6.14 and 6.18): they come from its own trampolines, and a program
// that makes them itself gets SIGILL.
func unfiltered(abi ABI, nr uint32) bool {
	name, _ := abi.Name(int(nr))
	return name == "uretprobe" || name == "uprobe"
}

func TestKernelDecidesAsTheRulesSay(t *testing.T) {
	abis := []ABI{Native()}
	if Native() == X86_64 {
		abis = append(abis, X32) // without CONFIG_X86_X32_ABI too: filters run first
	}
	if hasI386(t) {
		abis = append(abis, I386)
	}
	policies, made := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		if policies++; policies > policiesInKernel {
			return
		}
		s := genErrnoSpec(abis[1:]).Draw(t, "spec")
		p, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		calls := callsUnder(t, s, abis)
		r, err := inChild(t, job{Filters: [][]bpf.RawInstruction{p.Raw()}, Calls: calls})
		if err != nil {
			t.Fatal(err)
		}
		if r.Installed[0] != 0 {
			t.Fatalf("the kernel does not take the program: %v\n%s", r.Installed[0], p.Disassemble())
		}
		for i, d := range calls {
			want, by := s.decide(d)
			if r.Errnos[i] != want.Errno() {
				t.Fatalf("%+v: the kernel answers %d, the rules %v by %d\n%s", d, r.Errnos[i], want, by, p.Explain(d))
			}
		}
		made += len(calls)
	})
	t.Logf("%d calls of %v under %d policies", made, abis, min(policies, policiesInKernel))
}

// The longest program and the farthest jumps are taken and obeyed.
func TestKernelTakesLongPrograms(t *testing.T) {
	s := manyConditions(1100)
	s.ABIs = []ABI{Native()}
	s.Rules = slices.Insert(s.Rules, 0, runtimeCalls())
	s.Default = Errno(3001)
	p := mustCompile(t, s)
	var calls []Data
	for _, arg := range []uint64{0, 1, 2, 127, 128, 129, 255, 256, 257, 600, 1099, 1100, 1101, 1<<32 | 600} {
		calls = append(calls, call(t, Native(), "ioctl", 99, arg))
	}
	r, err := inChild(t, job{Filters: [][]bpf.RawInstruction{p.Raw()}, Calls: calls})
	if err != nil || r.Installed[0] != 0 {
		t.Fatal(err, r.Installed)
	}
	for i, d := range calls {
		if want, _ := s.Decide(d); r.Errnos[i] != want.Errno() && !restarts(want) {
			t.Errorf("ioctl(99, %d): %d, want %v", d.Args[1], r.Errnos[i], want)
		}
	}
}

// restarts tells of errnos that mean something to the kernel's own signal
// code (ERESTARTSYS and its kin).
func restarts(a Action) bool { return a.Errno() >= 512 && a.Errno() <= 530 }

// The answers that are no errno: what becomes of the process.
func TestKernelKills(t *testing.T) {
	for _, c := range []struct {
		do   Action
		want syscall.Signal
	}{
		{KillProcess, syscall.SIGSYS},
		{Trap(1), syscall.SIGSYS}, // the Go runtime dies of it
	} {
		s := &Spec{ABIs: []ABI{Native()}, Default: Allow, Unknown: Allow, Foreign: Allow, Rules: []Rule{
			{Names: []string{"getpriority"}, When: []Cond{{Arg: 0, Op: Eq, Value: 77}}, Do: c.do},
		}}
		filters := [][]bpf.RawInstruction{mustCompile(t, s).Raw()}
		if _, err := inChild(t, job{Filters: filters, Calls: []Data{call(t, Native(), "getpriority", 78)}}); err != nil {
			t.Errorf("%v: a call that is allowed: %v", c.do, err)
		}
		_, err := inChild(t, job{Filters: filters, Calls: []Data{call(t, Native(), "getpriority", 77)}})
		if c.do == KillProcess && deadOf(err) != c.want || err == nil {
			t.Errorf("%v: %v", c.do, err)
		}
	}
}

// Kill-thread leaves the process alive, and so does what has the same effect:
// a division by an X that is 0.
func TestKernelKillsThreads(t *testing.T) {
	fd, err := unix.PidfdOpen(unix.Gettid(), pidfdThread)
	if err != nil {
		t.Skipf("threads can't be watched before Linux 6.9: %v", err)
	}
	unix.Close(fd)
	s := &Spec{ABIs: []ABI{Native()}, Default: Allow, Unknown: KillThread, Foreign: Allow}
	byZero := probe(firstProbe, []bpf.RawInstruction{{Op: opDivX}})
	d := Data{Nr: firstProbe, Arch: Native().AuditArch()}
	for _, filter := range [][]bpf.RawInstruction{mustCompile(t, s).Raw(), byZero} {
		p, err := NewProgram(filter)
		if err != nil {
			t.Fatal(err)
		}
		if a := run(t, p, d); a != KillThread {
			t.Errorf("Run answers %v", a)
		}
		if _, err := inChild(t, job{Filters: [][]bpf.RawInstruction{filter}, Calls: []Data{d}}); exitCode(err) != threadKilled {
			t.Errorf("the child: %v", err)
		}
	}
}

// Without a tracer a traced call fails with ENOSYS: it never just runs.
func TestKernelRefusesTracedCallsWithoutTracer(t *testing.T) {
	s := &Spec{ABIs: []ABI{Native()}, Default: Allow, Unknown: Errno(3002), Rules: []Rule{{Names: []string{"getppid"}, Do: Trace(3)}}}
	r, err := inChild(t, job{Filters: [][]bpf.RawInstruction{mustCompile(t, s).Raw()}, Calls: []Data{
		call(t, Native(), "getppid"), {Nr: -1, Arch: Native().AuditArch()}, {Nr: 9999, Arch: Native().AuditArch()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []unix.Errno{unix.ENOSYS, 3002, 3002}; !slices.Equal(r.Errnos, want) {
		t.Errorf("getppid, -1, 9999: %d, want %d", r.Errnos, want)
	}
}

// A foreign ABI is killed even where the policy allows all that is native.
func TestKernelKillsForeignABIs(t *testing.T) {
	if Native() != X86_64 {
		t.Skip("only amd64 has calls of another ABI that a test can make")
	}
	s := &Spec{ABIs: []ABI{X86_64}, Default: Allow, Unknown: Allow, Foreign: KillProcess}
	filters := [][]bpf.RawInstruction{mustCompile(t, s).Raw()}
	foreign := []Data{call(t, X32, "getpid")}
	if hasI386(t) {
		foreign = append(foreign, call(t, I386, "getpid"))
	}
	for _, d := range foreign {
		if _, err := inChild(t, job{Filters: filters, Calls: []Data{d}}); deadOf(err) != syscall.SIGSYS {
			t.Errorf("getpid of %v: %v", ABIOf(d.Arch, uint32(d.Nr)), err)
		}
	}
}

// The checker's twin: every operation code, with operands at the edges of
// what is allowed.
func TestKernelTakesWhatVerifyTakes(t *testing.T) {
	allow := bpf.RawInstruction{Op: opRetK, K: unix.SECCOMP_RET_ALLOW}
	programs := [][]bpf.RawInstruction{{}, {allow}, {{Op: opLoad}}, slices.Repeat([]bpf.RawInstruction{allow}, 4096),
		slices.Repeat([]bpf.RawInstruction{allow}, 4097)}
	for op := range uint16(256) {
		for _, k := range []uint32{0, 1, 4, 15, 16, 31, 32, 60, 62, 64, 0xfffff000, ^uint32(0)} {
			// Nothing here is executed: the first jump leads to the end.
			programs = append(programs, []bpf.RawInstruction{
				{Op: opJump, K: 3}, {Op: opStore, K: 4}, {Op: op, K: k}, allow, allow,
			})
		}
		programs = append(programs, []bpf.RawInstruction{{Op: opJump, K: 1}, {Op: op, Jt: 1, Jf: 0}, allow, {Op: op, Jf: 1}})
	}
	for k := range uint32(4) { // jumps to the last instruction, and behind it
		programs = append(programs, []bpf.RawInstruction{{Op: opJump, K: k}, allow, allow})
		for _, op := range []uint16{opJeqK, opJeqX, opJgtK, opJgtX, opJgeK, opJgeX, opJsetK, opJsetX} {
			programs = append(programs,
				[]bpf.RawInstruction{{Op: op, Jt: uint8(k)}, allow, allow}, []bpf.RawInstruction{{Op: op, Jf: uint8(k)}, allow, allow})
		}
	}
	for _, op := range []uint16{0x100, 0x8020, opLoad | 0x100} {
		programs = append(programs, []bpf.RawInstruction{{Op: op}, allow})
	}
	compareInstalls(t, programs)
}

// compareInstalls has the kernel judge programs, and compares verify.
func compareInstalls(t *testing.T, programs [][]bpf.RawInstruction) {
	t.Helper()
	taken, refused := 0, 0
	for batch := range slices.Chunk(programs, 700) { // a task can have 32768 instructions
		r, err := inChild(t, job{Filters: batch})
		if err != nil {
			t.Fatal(err)
		}
		for i, errno := range r.Installed {
			err := verify(batch[i])
			switch {
			case errno == 0 && err == nil:
				taken++
			case errno == unix.EINVAL && err != nil:
				refused++
			default:
				t.Errorf("the kernel says %d, verify %v\n%s", errno, err, listing(batch[i]))
			}
		}
	}
	t.Logf("%d taken, %d refused", taken, refused)
}

// listing writes instructions down, a program or not.
func listing(raw []bpf.RawInstruction) string {
	if len(raw) > 50 {
		return fmt.Sprintf("%d instructions", len(raw))
	}
	return (&Program{raw: raw}).Disassemble()
}
