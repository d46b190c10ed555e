// One argument sealed more than once: what somebody was given stays what the kernel reads, though the program changed it meanwhile.

package utrace_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// readAt is what the kernel would read, n bytes of it.
func readAt(t *testing.T, m *enginetest.Machine, at uint64, n int) string {
	t.Helper()
	p := make([]byte, n)
	if got, err := m.ReadMem(at, p); err != nil || got < n {
		t.Fatalf("%d of %d bytes at %#x: %v", got, n, at, err)
	}
	return string(p)
}

// TestSealOfMoreKeepsWhatWasSealed: one engine has decided about the first bytes, so those are what a longer copy begins with.
func TestSealOfMoreKeepsWhatWasSealed(t *testing.T) {
	for name, more := range map[string]func(st *utrace.Stopped) (string, error){
		"Seal": func(st *utrace.Stopped) (string, error) { b, err := st.Seal(0, 8); return string(b), err },
		"Path": func(st *utrace.Stopped) (string, error) { p, err := st.Path(0); return p + "\x00", err },
	} {
		m := new(enginetest.Machine)
		m.MapString(0x1000, "/allow/")
		var short []byte
		var long string
		out := calledWith(t, m, [6]uint64{0x1000},
			entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
				var err error
				if long, err = more(st); err != nil {
					t.Error(name, err)
				}
				return ev.Continue()
			}),
			entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
				short, _ = st.Seal(0, 4)
				m.MapString(0x1000, "/deny!/") // another thread
				return ev.Continue()
			}))
		if got := readAt(t, m, out.Call.Args[0], 8); got != long || !strings.HasPrefix(got, string(short)) {
			t.Errorf("%s: engines saw %q and %q, the kernel would read %q", name, short, long, got)
		}
	}
}

// TestStringsKeepSealedPointers and so on: as above, for the kinds that have pointers.
func TestStringsKeepSealedPointers(t *testing.T) {
	m := new(enginetest.Machine)
	m.MapString(0x2000, "one")
	m.MapString(0x3000, "two")
	m.MapPointers(0x1000, 8, 0x2000)
	var list []string
	calledWith(t, m, [6]uint64{0x1000},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			list, _ = st.Strings(0)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if _, err := st.Seal(0, 8); err != nil {
				t.Error(err)
			}
			m.MapPointers(0x1000, 8, 0x3000)
			return ev.Continue()
		}))
	if len(list) != 1 || list[0] != "one" {
		t.Errorf("the list is %q, its pointer was sealed before it was another", list)
	}
}

func TestMessageKeepsASealedBeginning(t *testing.T) {
	m := new(enginetest.Machine)
	m.Map(0x1000, make([]byte, 56))
	m.MapPointers(0x1000, 8, 0x2000, 4)
	m.MapString(0x2000, "one")
	m.MapString(0x3000, "two")
	var name string
	calledWith(t, m, [6]uint64{0x1000},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			message, err := st.Message(0)
			if err != nil {
				t.Error(err)
			}
			name = string(message.Name.Raw)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if _, err := st.Seal(0, 16); err != nil {
				t.Error(err)
			}
			m.MapPointers(0x1000, 8, 0x3000, 4)
			return ev.Continue()
		}))
	if name != "one\x00" {
		t.Errorf("the message goes to %q, of whose name the pointer was sealed before", name)
	}
}

// TestRewriteKeepsWhatWasSealedLast: whoever made a call of the one that it was told of before it sealed gets the last copy.
func TestRewriteKeepsWhatWasSealedLast(t *testing.T) {
	for _, before := range []bool{false, true} { // whether another engine sealed less of it before
		m := new(enginetest.Machine)
		m.MapString(0x1000, "abcdefg")
		engines := []*engine{entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			c := ev.Call()
			for _, size := range []int{3, 8} {
				if _, err := st.Seal(0, size); err != nil {
					t.Error(err)
				}
			}
			c.Args[1] = uint64(unix.O_CLOEXEC)
			return ev.Rewrite(c, utrace.Why{})
		})}
		if before {
			engines = append(engines, entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
				if _, err := st.Seal(0, 2); err != nil {
					t.Error(err)
				}
				return ev.Continue()
			}))
		}
		out := calledWith(t, m, [6]uint64{0x1000}, engines...)
		if got := readAt(t, m, out.Call.Args[0], 8); got != "abcdefg\x00" || out.Call.Args[1] != unix.O_CLOEXEC {
			t.Errorf("the kernel would read %q: %+v", got, out)
		}
	}
}
