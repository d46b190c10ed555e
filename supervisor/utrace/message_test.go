// Messages: what is sealed of a struct msghdr and of what it points to.

package utrace_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// A header is a struct msghdr of 64-bit programs.
type header struct {
	name            uint64
	namelen         uint32
	iov, iovlen     uint64
	control, length uint64
	flags           uint32
}

func (h header) bytes() []byte {
	b := binary.NativeEndian.AppendUint64(nil, h.name)
	b = binary.NativeEndian.AppendUint64(b, uint64(h.namelen))
	for _, v := range []uint64{h.iov, h.iovlen, h.control, h.length, uint64(h.flags)} {
		b = binary.NativeEndian.AppendUint64(b, v)
	}
	return b
}

// controlOf is one cmsghdr with its data, of a length of its own.
func controlOf(length uint64, level, kind uint32, data string) []byte {
	b := binary.NativeEndian.AppendUint64(nil, length)
	b = binary.NativeEndian.AppendUint32(b, level)
	b = binary.NativeEndian.AppendUint32(b, kind)
	return append(b, data...)
}

// messageOf is what Message answers for a header at 0x1000, with the outcome of the call.
func messageOf(t *testing.T, m *enginetest.Machine, h header, between func()) (utrace.Message, utrace.Outcome, error) {
	t.Helper()
	m.Map(0x1000, h.bytes())
	var got, again utrace.Message
	var err error
	out := calledWith(t, m, [6]uint64{3, 0x1000},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			again, _ = st.Message(1)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			got, err = st.Message(1)
			between()
			return ev.Continue()
		}))
	if err == nil && (!slices.Equal(got.Name.Raw, again.Name.Raw) || !slices.Equal(got.Control, again.Control)) {
		t.Errorf("one engine got %v, the next %v", got, again)
	}
	return got, out, err
}

// read copies what the kernel would.
func read(t *testing.T, m *enginetest.Machine, at uint64, size int) []byte {
	t.Helper()
	p := make([]byte, size)
	if n, err := m.ReadMem(at, p); size > 0 && (err != nil || n < size) {
		t.Fatalf("%d bytes at %#x: %d, %v", size, at, n, err)
	}
	return p
}

func TestMessageIsSealedWhole(t *testing.T) {
	control := controlOf(20, 1, 1, "abcd\x00\x00\x00\x00")
	for _, name := range []string{"", "x", "12345678", "a name of some bytes"} {
		m := new(enginetest.Machine)
		m.Map(0x2ff8, []byte(name+" and more"))
		m.Map(0x4fff, control)
		h := header{0x2ff8, uint32(len(name)), 0x7000, 3, 0x4fff, uint64(len(control)), 9}
		got, out, err := messageOf(t, m, h, func() { // other threads
			m.Map(0x1000, header{1, 2, 3, 4, 5, 6, 7}.bytes())
			m.Map(0x2ff8, []byte("................................"))
			m.Map(0x4fff, make([]byte, 64))
		})
		if err != nil || string(got.Name.Raw) != name || !slices.Equal(got.Control, control) || !out.Sealed {
			t.Fatalf("%q: %v, %v, %+v", name, got, err, out)
		}
		at := read(t, m, out.Call.Args[1], 56)
		nameAt, controlAt := binary.NativeEndian.Uint64(at), binary.NativeEndian.Uint64(at[32:])
		want := header{nameAt, uint32(len(name)), 0x7000, 3, controlAt, uint64(len(control)), 9}
		if !slices.Equal(at, want.bytes()) || (nameAt == 0) != (name == "") {
			t.Errorf("%q: the kernel would read the header %x, want %x", name, at, want.bytes())
		}
		if seen := read(t, m, nameAt, len(name)); string(seen) != name {
			t.Errorf("the kernel would read the name %q", seen)
		}
		if seen := read(t, m, controlAt, len(control)); !slices.Equal(seen, control) {
			t.Errorf("the kernel would read the control data %x", seen)
		}
		for _, p := range []uint64{out.Call.Args[1], nameAt, controlAt} {
			if p != 0 && p < enginetest.SealedAt {
				t.Errorf("%q: %#x is the program's", name, p)
			}
		}
	}
}

func TestMessageErrors(t *testing.T) {
	for name, c := range map[string]struct {
		h    header
		err  error
		size int // of the name
	}{
		"nothing":               {header{}, nil, 0},
		"length without a name": {header{namelen: 1 << 31}, nil, 0},
		"negative":              {header{name: 0x2000, namelen: 1 << 31}, unix.EINVAL, 0},
		"cut":                   {header{name: 0x2000, namelen: 129}, nil, 128},
		"much cut":              {header{name: 0x2000, namelen: 1<<31 - 1}, nil, 128},
		"no memory":             {header{name: 0x9000, namelen: 4}, unix.EFAULT, 0},
		"end of memory":         {header{name: 0x2ff0, namelen: 17}, unix.EFAULT, 0},
		"no control data":       {header{control: 0x9000, length: 1}, unix.EFAULT, 0},
		"control data nowhere":  {header{length: 16}, unix.EFAULT, 0},
		"too much":              {header{control: 0x2000, length: 1<<20 + 1}, utrace.ErrTooLarge, 0},
		"far too much":          {header{control: 0x2000, length: ^uint64(0)}, utrace.ErrTooLarge, 0},
		"data is not looked at": {header{iov: 1, iovlen: ^uint64(0)}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := new(enginetest.Machine)
			m.Map(0x2000, make([]byte, 4096))
			got, out, err := messageOf(t, m, c.h, func() {})
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || err == nil && len(got.Name.Raw) != c.size {
				t.Errorf("%v, %v; want %v", got, err, c.err)
			}
			if out.Sealed != (err == nil) {
				t.Errorf("%+v", out)
			}
		})
	}
	m := &enginetest.Machine{Unsealed: fmt.Errorf("%w: old", utrace.ErrUnsealed)}
	if _, _, err := messageOf(t, m, header{}, func() {}); !errors.Is(err, utrace.ErrUnsealed) {
		t.Errorf("%v", err)
	}
}

// The layout of x32 is another one.
func TestMessageOfX32(t *testing.T) {
	m := new(enginetest.Machine)
	m.Map(0x1000, header{}.bytes())
	s := newSite(t)
	attach(t, s.task, &engine{name: "e", entry: func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if _, err := st.Message(1); !errors.Is(err, utrace.ErrUnsealed) {
			t.Error(err)
		}
		return ev.Continue()
	}})
	s.space.SyscallEntry(s.task, utrace.Call{Arch: 1, Nr: 0x40000000 + 1, Args: [6]uint64{3, 0x1000}}, m)
}

// What another engine has sealed of the header is what counts.
func TestMessageOfASealedHeader(t *testing.T) {
	m := new(enginetest.Machine)
	m.Map(0x2000, []byte("good"))
	m.Map(0x3000, []byte("evil"))
	m.Map(0x1000, header{name: 0x2000, namelen: 4}.bytes())
	var got utrace.Message
	out := calledWith(t, m, [6]uint64{3, 0x1000},
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			got, _ = st.Message(1)
			return ev.Continue()
		}),
		entering(func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			if _, err := st.Seal(1, 56); err != nil {
				t.Error(err)
			}
			m.Map(0x1000, header{name: 0x3000, namelen: 4}.bytes())
			return ev.Continue()
		}))
	head := read(t, m, out.Call.Args[1], 56)
	if string(got.Name.Raw) != "good" || string(read(t, m, binary.NativeEndian.Uint64(head), 4)) != "good" {
		t.Errorf("%+v; the kernel would read %x", got, head)
	}
}

func TestControls(t *testing.T) {
	one, two := controlOf(20, 0, 8, "abcd\x00\x00\x00\x00"), controlOf(16, 41, 50, "")
	for name, c := range map[string]struct {
		data []byte
		want []utrace.ControlMessage
		bad  bool
	}{
		"none":                 {nil, nil, false},
		"less than a header":   {one[:15], nil, false},
		"one":                  {one, []utrace.ControlMessage{{Level: 0, Type: 8, Data: []byte("abcd")}}, false},
		"without its padding":  {one[:20], []utrace.ControlMessage{{Level: 0, Type: 8, Data: []byte("abcd")}}, false},
		"two":                  {slices.Concat(one, two), []utrace.ControlMessage{{Level: 0, Type: 8, Data: []byte("abcd")}, {Level: 41, Type: 50, Data: []byte{}}}, false},
		"a rest":               {slices.Concat(two, one[:15]), []utrace.ControlMessage{{Level: 41, Type: 50, Data: []byte{}}}, false},
		"too short":            {controlOf(15, 0, 8, "abcdabcd"), nil, true},
		"zero":                 {controlOf(0, 0, 8, "abcdabcd"), nil, true},
		"too long":             {controlOf(25, 0, 8, "abcdabcd"), nil, true},
		"endless":              {controlOf(^uint64(0), 0, 8, "abcdabcd"), nil, true},
		"the second too long":  {slices.Concat(two, controlOf(17, 0, 8, "")), nil, true},
		"the second too short": {slices.Concat(one, controlOf(1, 0, 8, "")), nil, true},
	} {
		got, err := utrace.Message{Control: c.data}.Controls()
		if (err == unix.EINVAL) != c.bad || (err == nil) == c.bad || !cmp.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}
