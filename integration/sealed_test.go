// Sealed arguments: what an engine has checked is what the kernel uses, whatever the program's other threads do.

package integration

import (
	"cmp"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// Ports that nobody listens at; connecting a datagram socket sends nothing.
const (
	openPort = 40001
	shutPort = 40002
)

// A portGate lets a program connect to openPort only. It seals what it checks.
type portGate struct {
	port   uint16 // 0: openPort
	calls  int
	errors []error
}

func (*portGate) Name() string        { return "port-gate" }
func (*portGate) Events() utrace.Mask { return utrace.On(utrace.SyscallEntry) }
func (*portGate) Syscalls() *utrace.SyscallSet {
	return callSet("connect")
}
func (g *portGate) Seals() *utrace.SyscallSet { return g.Syscalls() }

func (g *portGate) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	g.calls++
	addr, err := st.Sockaddr(1, 2)
	var errno unix.Errno
	switch {
	case errors.Is(err, utrace.ErrTooLarge):
		return ev.Abort(unix.EINVAL, utrace.Why{Quiet: true})
	case errors.Is(err, utrace.ErrUnsealed):
		g.errors = append(g.errors, err)
		return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
	case errors.As(err, &errno):
		return ev.Abort(errno, utrace.Why{Quiet: true})
	}
	if to, ok := addr.AddrPort(); !ok || to.Port() != cmp.Or(g.port, openPort) {
		return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
	}
	return ev.Continue()
}

// An openGate is the same without sealing: it believes what it reads.
type openGate struct{ calls int }

func (*openGate) Name() string                 { return "open-gate" }
func (*openGate) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry) }
func (*openGate) Syscalls() *utrace.SyscallSet { return new(portGate).Syscalls() }

func (g *openGate) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	g.calls++
	var addr [16]byte
	if n, err := st.ReadMem(ev.Call().Args[1], addr[:]); err != nil || n < len(addr) || binary.BigEndian.Uint16(addr[2:]) != openPort {
		return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
	}
	return ev.Continue()
}

// sealedRun runs the victim sealed, or sealed_pages.
func sealedRun(t *testing.T, e utrace.Engine, what string, tries int) []string {
	t.Helper()
	program := "sealed"
	if slices.Contains([]string{"attack", "thief", "dontfork", "guarded", "early", "faked"}, what) {
		program = "sealed_pages"
	}
	r := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: e}}}, victim(t, program),
		what, strconv.Itoa(openPort), strconv.Itoa(shutPort), strconv.Itoa(tries))
	if r.Status != (utrace.ExitStatus{}) {
		t.Errorf("ended with %v: %s", r.Status, r.Output)
	}
	return strings.Split(strings.TrimSuffix(r.Output, "\n"), "\n")
}

// needsSealing skips where the kernel can't.
func needsSealing(t testing.TB) {
	t.Helper()
	if k := confine.Probe(); !k.Sealing().OK() {
		t.Skip("sealed arguments:", k.Sealing().Missing)
	}
}

// sealed runs the victim under a portGate and compares what it says.
func sealed(t *testing.T, what string, tries int, want ...string) *portGate {
	t.Helper()
	needsSealing(t)
	g := new(portGate)
	if said := sealedRun(t, g, what, tries); !slices.Equal(said, want) {
		t.Errorf("%s said\n%s\nwant\n%s\nerrors %v", what, strings.Join(said, "\n"), strings.Join(want, "\n"), g.errors)
	}
	return g
}

func TestSealedAddressCannotBeRaced(t *testing.T) {
	sealed(t, "race", 20000, "race: leaks 0, odd 0, all 1, both ways 1")
}

// With connections that are really made: the refused port never sees one.
func TestSealedAddressCannotBeRacedByStreams(t *testing.T) {
	needsSealing(t)
	open, shut := listens(t), listens(t)
	g := &portGate{port: open.port}
	r := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: g}}}, victim(t, "sealed"),
		"stream", strconv.Itoa(int(open.port)), strconv.Itoa(int(shut.port)), "500")
	if r.Output != "stream: leaks 0, odd 0, all 1, both ways 1\n" {
		t.Errorf("it said %q", r.Output)
	}
	if a, b := open.close(), shut.close(); a == 0 || b != 0 {
		t.Errorf("%d connections to the allowed port, %d to the refused one", a, b)
	}
}

// Without it the race is won, and the test above would fail.
func TestUnsealedAddressIsRaced(t *testing.T) {
	said := sealedRun(t, new(openGate), "race", 1000000)
	if !strings.HasPrefix(said[0], "race: leaks 1, ") {
		t.Errorf("nothing leaked: %q", said)
	}
}

func TestSealedPagesCannotBeTakenAway(t *testing.T) {
	needsSealing(t)
	said := sealedRun(t, new(portGate), "attack", 3000)
	if len(said) < 20 || said[0] != "first: allowed 1, refused 1" || said[len(said)-1] != "attack: leaks 0, odd 0, all 1, both ways 1" {
		t.Errorf("it said %q", said)
	}
	for _, line := range said[1 : len(said)-1] {
		t.Log(line)
		if !strings.HasSuffix(line, ", intact 1, unchanged 1") {
			t.Error(line)
		}
	}
}

func TestSealedPagesKeptFromAChild(t *testing.T) {
	sealed(t, "dontfork", 2000, "first: allowed 1, refused 1", "madvise 0", "child maps its own 1",
		"child: allowed 1, refused 1", "child: leaks 0, odd 0, all 1, both ways 1")
}

// What the program does to descriptors meanwhile can make its calls be refused, nothing else.
func TestSealedPagesAndAThief(t *testing.T) {
	sealed(t, "thief", 3000, "thief: leaks 0")
}

// Threads that wait for the pages to turn up and map their own memory there; and that make the kernel lie about mseal as well,
// by a filter for all threads.
func TestSealedPagesAmbushed(t *testing.T) {
	needsSealing(t)
	for _, what := range []string{"early", "faked"} {
		g := new(portGate)
		said := sealedRun(t, g, what, 150)
		if len(said) != 1 || !strings.HasPrefix(said[0], "came in time: ") {
			t.Errorf("%s: %q", what, said)
		}
		t.Logf("%s: %s; %d calls were refused unsealed", what, said[0], len(g.errors))
	}
}

func TestSealedAcrossForkVforkAndExec(t *testing.T) {
	sealed(t, "family", 2000, "child before the parent: allowed 1, refused 1", "vfork: pages 1", "parent: allowed 1, refused 1",
		"child after the parent: allowed 1, refused 1", "pages 1", "pages 1", "race: leaks 0, odd 0, all 1, both ways 1")
}

func TestSealedInManyThreadsAtOnce(t *testing.T) {
	g := sealed(t, "many", 1, "many: in 300, out 300, pages 1")
	if g.calls != 600 {
		t.Errorf("the engine was told of %d calls, 600 were made", g.calls)
	}
}

func TestSealedInAStormOfSignals(t *testing.T) { sealed(t, "storm", 100, "storm: odd 0") }

func TestSealedAndStopped(t *testing.T) {
	sealed(t, "stopped", 100, "after the stops: allowed 1, refused 1")
}

// Guard pages make calls fail: nothing is read but what was checked.
func TestSealedPagesMadeUnreadable(t *testing.T) {
	sealed(t, "guarded", 1, "first: allowed 1, refused 1", "guarded: 1", "userfaultfd: -1")
}

// The same when another engine stops every task at everything.
func TestSealedAndHeld(t *testing.T) {
	needsSealing(t)
	for _, what := range []string{"many", "family", "stopped"} {
		engines := append([]supervisor.Engine{{Engine: new(portGate)}}, both.engines(t)...)
		r := jailed(t, supervisor.Command{Engines: engines}, victim(t, "sealed"), what, strconv.Itoa(openPort), strconv.Itoa(shutPort), "20")
		if r.Status != (utrace.ExitStatus{}) || strings.Contains(r.Output, "ended with") {
			t.Errorf("%s: %v %s", what, r.Status, r.Output)
		}
		t.Log(r.Output)
	}
}

func TestSealedAndKilled(t *testing.T) {
	sealed(t, "killed", 100, "after the kills: allowed 1, refused 1")
}

func TestSealedLeavesNoTrace(t *testing.T) {
	sealed(t, "mask", 1, "first: allowed 1, refused 1", "mask as before 1, descriptors 0, pages 1")
	sealed(t, "registers", 1, "registers: bad 0")
}

func TestSealedAndFiltersOfTheProgram(t *testing.T) {
	g := sealed(t, "nested", 1, "listener: EBUSY", "the call itself: ENOSYS", "before the filter: allowed 1, refused 1")
	if len(g.errors) != 1 || !strings.Contains(g.errors[0].Error(), "filters of its own") {
		t.Errorf("%v", g.errors)
	}
}

func TestSealedOddAddresses(t *testing.T) {
	sealed(t, "odd", 1, "no address: 13, half: 13, none there: 14, long: 22, negative: 22", "up to the end: 1, beyond: 14")
}

// A listening socket on loopback that counts what comes.
type listening struct {
	net.Listener
	port uint16
	came chan int
}

func listens(t *testing.T) *listening {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &listening{l, uint16(l.Addr().(*net.TCPAddr).Port), make(chan int)}
	go func() {
		n := 0
		for {
			c, err := l.Accept()
			if err != nil {
				s.came <- n
				return
			}
			n++
			_ = c.Close()
		}
	}()
	return s
}

// close ends it and tells how many came.
func (s *listening) close() int {
	_ = s.Listener.Close()
	return <-s.came
}
