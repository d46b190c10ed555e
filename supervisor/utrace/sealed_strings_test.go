// Paths, lists of strings and structs: what is sealed of them, and values that engines put in their place.

package utrace_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// calledWith tells engines, the last first, of a call of a program whose memory m is.
func calledWith(t *testing.T, m *enginetest.Machine, args [6]uint64, engines ...*engine) utrace.Outcome {
	t.Helper()
	s := newSite(t)
	for _, e := range engines {
		attach(t, s.task, e)
	}
	return s.space.SyscallEntry(s.task, utrace.Call{Arch: 1, Nr: 1, Args: args}, m)
}

func entering(f entryFunc) *engine { return &engine{name: "e", entry: f} }

// listAt reads a list of strings as the kernel would.
func listAt(t *testing.T, m *enginetest.Machine, at uint64) (list []string) {
	t.Helper()
	for {
		var p [8]byte
		if n, err := m.ReadMem(at, p[:]); err != nil || n < 8 {
			t.Fatalf("no pointer at %#x: %v", at, err)
		}
		pointer := binary.NativeEndian.Uint64(p[:])
		if pointer == 0 {
			return list
		}
		text := make([]byte, 1<<18)
		n, _ := m.ReadMem(pointer, text)
		end := slices.Index(text[:n], 0)
		if end < 0 {
			t.Fatalf("no string at %#x", pointer)
		}
		list, at = append(list, string(text[:end])), at+8
	}
}

func TestPathIsSealed(t *testing.T) {
	m := new(enginetest.Machine)
	m.MapString(0x1ff0, "/etc/passwd and so on")
	var first, second string
	out := calledWith(t, m, [6]uint64{0x1ff0},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			second, _ = st.Path(0)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			first, _ = st.Path(0)
			m.MapString(0x1ff0, "/etc/shadow") // another thread
			return ev.Continue()
		}))
	if first != "/etc/passwd and so on" || second != first || !out.Sealed || out.Call.Args[0] != enginetest.SealedAt {
		t.Errorf("%q, then %q; %+v", first, second, out)
	}
	copied := make([]byte, len(first)+1)
	if _, err := m.ReadMem(out.Call.Args[0], copied); err != nil || string(copied) != first+"\x00" {
		t.Errorf("the kernel would read %q, %v", copied, err)
	}
}

func TestPathErrors(t *testing.T) {
	m := new(enginetest.Machine)
	m.MapString(0x1000, strings.Repeat("x", utrace.MaxPath-1))
	m.MapString(0x10000, strings.Repeat("x", utrace.MaxPath))
	m.Map(0x20fff, []byte("x")) // no NUL before memory ends
	m.MapString(0x30000, "")
	for at, want := range map[uint64]error{0x1000: nil, 0x10000: unix.ENAMETOOLONG, 0x20fff: unix.EFAULT, 0x30000: nil, 0: unix.EFAULT} {
		out := calledWith(t, m, [6]uint64{at}, entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if _, err := st.Path(0); err != want {
				t.Errorf("at %#x: %v, want %v", at, err, want)
			}
			if _, err := st.Path(6); err != unix.EINVAL {
				t.Errorf("argument 6: %v", err)
			}
			return ev.Continue()
		}))
		if out.Sealed != (want == nil) {
			t.Errorf("at %#x: %+v", at, out)
		}
	}
}

func TestStringsAreSealedWithTheirPointers(t *testing.T) {
	m := new(enginetest.Machine)
	var pointers []uint64
	var want []string
	for i := range 1200 { // over more than two pages of pointers, which begin at no multiple of 8
		text := strings.Repeat(string(rune('a'+i%26)), i%300)
		pointers, want = append(pointers, m.MapString(0x100000+uint64(i)*512, text)), append(want, text)
	}
	m.MapPointers(0x2ffd, 8, pointers...)
	var first, second []string
	out := calledWith(t, m, [6]uint64{0, 0x2ffd},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			second, _ = st.Strings(1)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			var err error
			if first, err = st.Strings(1); err != nil {
				t.Error(err)
			}
			m.MapString(0x100000+512, "other")
			m.MapPointers(0x2ffd, 8, 0x1000)
			first[0] = "is the engine's own"
			return ev.Continue()
		}))
	if !cmp.Equal(first[1:], want[1:]) || !cmp.Equal(second, want) || !out.Sealed {
		t.Errorf("%d strings, then %d: %+v", len(first), len(second), out)
	}
	if got := listAt(t, m, out.Call.Args[1]); !cmp.Equal(got, want) {
		t.Errorf("the kernel would read %q", got)
	}
}

func TestStringsErrors(t *testing.T) {
	m := new(enginetest.Machine)
	long := m.MapString(0x100000, strings.Repeat("x", 1<<17-1))
	longer := m.MapString(0x200000, strings.Repeat("x", 1<<17))
	m.MapPointers(0x1000, 8, long)
	m.MapPointers(0x2000, 8, longer)
	many := make([]uint64, 60)
	for i := range many {
		many[i] = long
	}
	m.MapPointers(0x4000, 8, many...)
	m.MapPointers(0x6000, 8, 0x666)
	m.MapPointers(0x7000, 8)
	m.Map(0x8ffc, []byte("xxxx")) // half a pointer, and no page behind
	type answer struct {
		n   int
		err error
	}
	for at, want := range map[uint64]answer{0: {0, nil}, 0x1000: {1, nil}, 0x2000: {0, unix.E2BIG}, 0x4000: {0, unix.E2BIG}, 0x6000: {0, unix.EFAULT},
		0x7000: {0, nil}, 0x8ffc: {0, unix.EFAULT}, 0x9000000: {0, unix.EFAULT}} {
		calledWith(t, m, [6]uint64{at}, entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if got, err := st.Strings(0); len(got) != want.n || err != want.err {
				t.Errorf("at %#x: %d strings, %v; want %+v", at, len(got), err, want)
			}
			return ev.Continue()
		}))
	}
	st := newSite(t)
	attach(t, st.task, entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if _, err := st.Strings(0); !errors.Is(err, utrace.ErrUnsealed) {
			t.Errorf("x32: %v", err)
		}
		return ev.Continue()
	}))
	st.space.SyscallEntry(st.task, utrace.Call{Arch: 1, Nr: 0x40000208, Args: [6]uint64{0x1000}}, m)
}

func TestStruct(t *testing.T) {
	m := new(enginetest.Machine)
	m.Map(0x1000, []byte("0123456789abcdef"))
	for size, want := range map[uint64]error{0: nil, 8: nil, 4096: nil, 4097: unix.E2BIG, ^uint64(0): unix.E2BIG} {
		calledWith(t, m, [6]uint64{0x1000, size}, entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			got, err := st.Struct(0, 1)
			if err != want || err == nil && uint64(len(got)) != size {
				t.Errorf("%d bytes: %q, %v", size, got, err)
			}
			return ev.Continue()
		}))
	}
}

// What one engine has placed another one seals: it is given that value, and nothing is copied again.
func TestPlacedValuesAreSealed(t *testing.T) {
	m := new(enginetest.Machine)
	m.MapString(0x1000, "/bin/sh")
	m.MapPointers(0x2000, 8, 0x1000)
	var path string
	var argv []string
	out := calledWith(t, m, [6]uint64{0x1000, 0x2000},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			path, _ = st.Path(0)
			argv, _ = st.Strings(1)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if ev.Again() {
				return ev.Continue()
			}
			c := ev.Call()
			var errs [2]error
			c.Args[0], errs[0] = st.PlacePath("/bin/true")
			c.Args[1], errs[1] = st.PlaceStrings([]string{"true", "", "-x"})
			if err := errors.Join(errs[:]...); err != nil {
				t.Error(err)
			}
			return ev.Rewrite(c, utrace.Why{})
		}))
	if path != "/bin/true" || !cmp.Equal(argv, []string{"true", "", "-x"}) {
		t.Errorf("the other engine got %q, %q", path, argv)
	}
	if out.Strict != utrace.Rewritten || out.Call.Args[0] != enginetest.SealedAt || !cmp.Equal(listAt(t, m, out.Call.Args[1]), argv) {
		t.Errorf("%+v", out)
	}
}

func TestPlaceErrors(t *testing.T) {
	var kept *utrace.Stopped
	out := calledWith(t, new(enginetest.Machine), [6]uint64{}, entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		kept = st
		place := func(_ uint64, err error) error { return err }
		for what, c := range map[string]struct{ got, want error }{
			"a NUL in a path":         {place(st.PlacePath("a\x00b")), unix.EINVAL},
			"a NUL in a string":       {place(st.PlaceStrings([]string{"a\x00b"})), unix.EINVAL},
			"a long path":             {place(st.PlacePath(strings.Repeat("x", 4096))), unix.ENAMETOOLONG},
			"the longest path":        {place(st.PlacePath(strings.Repeat("x", 4095))), nil},
			"a long string":           {place(st.PlaceStrings([]string{strings.Repeat("x", 1<<17)})), unix.E2BIG},
			"too much":                {place(st.Place(make([]byte, utrace.MaxSealed+1))), utrace.ErrTooLarge},
			"too many strings":        {place(st.PlaceStrings(make([]string, utrace.MaxSealed/8))), utrace.ErrTooLarge},
			"nothing, which is there": {place(st.Place(nil)), nil},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: %v, want %v", what, c.got, c.want)
			}
		}
		return ev.Continue()
	}))
	if out.Sealed {
		t.Errorf("what was placed for nothing changed the call: %+v", out)
	}
	if _, err := kept.Place(nil); err != unix.EINVAL {
		t.Errorf("after the callback: %v", err)
	}
}
