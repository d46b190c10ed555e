// Sealed arguments: what engines are given, what comes out, and what they can't undo.

package utrace_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// sealer is a machine with sealed pages at 0x9000.
type sealer struct {
	*machine
	places [][]byte
	fails  error
}

func (m *sealer) Seal(size int) (uint64, []byte, error) {
	if m.fails != nil {
		return 0, nil, m.fails
	}
	m.places = append(m.places, make([]byte, size))
	return 0x9000 + uint64(len(m.places)-1)*0x100, m.places[len(m.places)-1], nil
}

// sealed is what stands in the places.
func (m *sealer) sealed() []string {
	var all []string
	for _, p := range m.places {
		all = append(all, string(p))
	}
	return all
}

// sealingSite is a call whose argument 1 points to "abcdef".
func sealingSite(t *testing.T, engines ...*engine) (utrace.Outcome, *sealer) {
	t.Helper()
	s := newSite(t)
	m := &sealer{machine: &machine{mem: []byte("abcdef")}}
	for _, e := range engines {
		attach(t, s.task, e)
	}
	return s.space.SyscallEntry(s.task, utrace.Call{Arch: 1, Nr: 1, Args: [6]uint64{7, 0x1000, 3}}, m), m
}

type entryFunc = func(*utrace.Stopped, *utrace.EntryEvent) utrace.EntryVerdict

// seals seals size bytes of argument 1, expects them to be want, and lets the call be made.
func seals(t *testing.T, size int, want string) entryFunc {
	return func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if got, err := st.Seal(1, size); err != nil || string(got) != want {
			t.Errorf("sealed %q, %v; want %q", got, err, want)
		} else if size > 0 {
			got[0] = '!' // is the engine's own
		}
		return ev.Continue()
	}
}

func TestSealPointsTheCallToTheCopy(t *testing.T) {
	var seen uint64
	// Told in reverse order.
	out, m := sealingSite(t,
		&engine{name: "third", entry: seals(t, 2, "ab")},
		&engine{name: "second", entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			seen = ev.Call().Args[1]
			return ev.Continue()
		}},
		&engine{name: "first", entry: seals(t, 3, "abc")})
	if !out.Sealed || out.Strict != utrace.AsIs || out.Call.Args != [6]uint64{7, 0x9000, 3} || out.Decisions != nil {
		t.Errorf("%+v", out)
	}
	if seen != 0x9000 || !cmp.Equal(m.sealed(), []string{"abc"}) {
		t.Errorf("the next engine saw %#x; sealed were %q", seen, m.sealed())
	}
}

func TestSealOfMoreSealsAnew(t *testing.T) {
	out, m := sealingSite(t, &engine{name: "second", entry: seals(t, 5, "abcde")}, &engine{name: "first", entry: seals(t, 3, "abc")})
	if out.Call.Args[1] != 0x9100 || !cmp.Equal(m.sealed(), []string{"abc", "abcde"}) {
		t.Errorf("%+v, sealed were %q", out.Call, m.sealed())
	}
}

// An engine that makes another call of the one it was told of before it sealed does not undo the sealing.
func TestRewriteKeepsWhatIsSealed(t *testing.T) {
	out, _ := sealingSite(t, &engine{name: "rewriter", entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		seals(t, 3, "abc")(st, ev)
		c.Args[0] = 8
		return ev.Rewrite(c, utrace.Why{})
	}})
	if !out.Sealed || out.Strict != utrace.Rewritten || out.Call.Args != [6]uint64{8, 0x9000, 3} {
		t.Errorf("%+v", out)
	}
}

// Another pointer is another argument: whoever sealed the first is asked about it.
func TestRewriteOfASealedArgumentIsSealedAgain(t *testing.T) {
	rounds := 0
	out, m := sealingSite(t,
		&engine{name: "rewriter", entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if ev.Again() {
				return ev.Continue()
			}
			c := ev.Call()
			c.Args[1] = 0x1002
			return ev.Rewrite(c, utrace.Why{})
		}},
		&engine{name: "sealer", entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			rounds++
			return seals(t, 3, map[int]string{1: "abc", 2: "cde"}[rounds])(st, ev)
		}})
	if rounds != 2 || out.Strict != utrace.Rewritten || out.Call.Args[1] != 0x9100 || !cmp.Equal(m.sealed(), []string{"abc", "cde"}) {
		t.Errorf("%d rounds, %+v, sealed were %q", rounds, out, m.sealed())
	}
}

func TestRefusedCallIsNotSealed(t *testing.T) {
	out, _ := sealingSite(t, &engine{name: "e", entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		seals(t, 3, "abc")(st, ev)
		return ev.Abort(unix.EACCES, utrace.Why{})
	}})
	if out.Sealed || out.Strict != utrace.Answered {
		t.Errorf("%+v", out)
	}
}

func TestSealErrors(t *testing.T) {
	var kept *utrace.Stopped
	out, _ := sealingSite(t, &engine{name: "e",
		quiesce: func(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
			if _, err := st.Seal(1, 3); err != unix.EINVAL {
				t.Errorf("before a call is told of: %v", err)
			}
			return ev.Continue()
		},
		entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			kept = st
			for _, c := range []struct {
				arg, size int
				want      error
			}{{6, 1, unix.EINVAL}, {-1, 1, unix.EINVAL}, {1, -1, unix.EINVAL}, {1, utrace.MaxSealed + 1, utrace.ErrTooLarge},
				{1, 7, unix.EFAULT}, {1, 1 << 40, utrace.ErrTooLarge}, {1, 0, nil}} {
				if _, err := st.Seal(c.arg, c.size); !errors.Is(err, c.want) {
					t.Errorf("Seal(%d, %d): %v, want %v", c.arg, c.size, err, c.want)
				}
			}
			return ev.Continue()
		}})
	if out.Sealed {
		t.Errorf("errors changed the call: %+v", out.Call)
	}
	if _, err := kept.Seal(1, 3); err != unix.EINVAL {
		t.Errorf("after the callback: %v", err)
	}
}

func TestSealWithoutSealedPages(t *testing.T) {
	s := newSite(t)
	for _, m := range []utrace.Machine{&machine{mem: []byte("abc")}, &sealer{machine: &machine{mem: []byte("abc")}, fails: utrace.ErrUnsealed}} {
		var err error
		a := attach(t, s.task, &engine{name: "e", entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			_, err = st.Seal(1, 3)
			return ev.Continue()
		}})
		if out := s.space.SyscallEntry(s.task, utrace.Call{Args: [6]uint64{0, 0x1000}}, m); out.Sealed || !errors.Is(err, utrace.ErrUnsealed) {
			t.Errorf("%v, %+v", err, out)
		}
		_ = a.Control(utrace.Detach)
	}
}

// sealingEngine names calls that it seals.
type sealingEngine struct {
	*engine
	seals *utrace.SyscallSet
}

func (e sealingEngine) Seals() *utrace.SyscallSet { return e.seals }

func TestSealsMustBeAmongSyscalls(t *testing.T) {
	s := newSite(t)
	only := func(nr int64) *utrace.SyscallSet { return new(utrace.SyscallSet).Add(1, nr) }
	if _, err := s.task.Attach(sealingEngine{&engine{name: "deaf", calls: only(1)}, only(2)}); !errors.Is(err, utrace.ErrCallbacks) {
		t.Errorf("%v", err)
	}
	a, err := s.task.Attach(sealingEngine{&engine{name: "e", calls: only(1)}, only(1)})
	if err != nil {
		t.Fatal(err)
	}
	if !s.task.Seals(1, 1) || s.task.Seals(1, 2) || s.task.Seals(2, 1) {
		t.Error("Seals is not what the engine said")
	}
	_ = a.Control(utrace.Detach)
	if s.task.Seals(1, 1) {
		t.Error("a detached engine seals")
	}
}

func TestSockaddr(t *testing.T) {
	in4 := []byte{unix.AF_INET, 0, 0x01, 0xbb, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}
	in6 := append([]byte{unix.AF_INET6, 0, 0, 80, 0, 0, 0, 0}, append(netip.MustParseAddr("::ffff:192.0.2.1").AsSlice(), 0, 0, 0, 0)...)
	scoped := append([]byte{unix.AF_INET6, 0, 0, 80, 0, 0, 0, 0}, append(netip.MustParseAddr("fe80::1").AsSlice(), 2, 0, 0, 0)...)
	for _, c := range []struct {
		raw    []byte
		family int
		want   string
	}{
		{in4, unix.AF_INET, "192.0.2.1:443"}, {in4[:15], unix.AF_INET, ""}, {in6, unix.AF_INET6, "[::ffff:192.0.2.1]:80"},
		{in6[:24], unix.AF_INET6, "[::ffff:192.0.2.1]:80"}, {in6[:23], unix.AF_INET6, ""}, {scoped, unix.AF_INET6, "[fe80::1%2]:80"},
		{[]byte{unix.AF_UNIX, 0, '/', 'a'}, unix.AF_UNIX, ""}, {make([]byte, 128), unix.AF_UNSPEC, ""}, {[]byte{2}, -1, ""}, {nil, -1, ""},
	} {
		a := utrace.Sockaddr{Raw: c.raw}
		family, ok := a.Family()
		if !ok {
			family = -1
		}
		text := ""
		if to, ok := a.AddrPort(); ok {
			text = to.String()
		}
		if family != c.family || text != c.want {
			t.Errorf("%v: family %d, %q; want %d, %q", c.raw, family, text, c.family, c.want)
		}
	}
}

func TestSockaddrLength(t *testing.T) {
	for length, want := range map[uint64]error{0: nil, 3: nil, 7: unix.EFAULT, 129: utrace.ErrTooLarge, 1 << 31: unix.EINVAL, 1<<32 | 3: nil} {
		s := newSite(t)
		attach(t, s.task, &engine{name: "e", entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if a, err := st.Sockaddr(1, 2); !errors.Is(err, want) || err == nil && len(a.Raw) != int(uint32(length)) {
				t.Errorf("length %#x: %v, %v", length, a, err)
			}
			if _, err := st.Sockaddr(1, 6); err != unix.EINVAL {
				t.Errorf("no such argument: %v", err)
			}
			return ev.Continue()
		}})
		s.space.SyscallEntry(s.task, utrace.Call{Args: [6]uint64{0, 0x1000, length}}, &sealer{machine: &machine{mem: []byte("abcdef")}})
	}
}
