// Random memory, registers and engines: whatever was sealed is what the kernel would read, and no more than was sealed is answered.

package utrace_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// dice are the choices that an input makes: its bytes, one after the other, then zeros.
type dice struct{ rest []byte }

func (d *dice) byte() (b byte) {
	if len(d.rest) > 0 {
		b, d.rest = d.rest[0], d.rest[1:]
	}
	return b
}

func (d *dice) below(n int) int { return int(d.byte()) % n }

// number is a length or an offset: small ones, those around a page, and the absurd.
func (d *dice) number() uint64 {
	all := []uint64{0, 1, 2, 7, 8, 16, 28, 56, 110, 128, 129, 255, 4095, 4096, 4097, 8192, 1 << 17, 6 << 20, utrace.MaxSealed, utrace.MaxSealed + 1,
		1 << 31, 1<<32 - 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	return all[d.below(len(all))]
}

// fuzzed is one task at one call, and what its engines were given.
type fuzzed struct {
	*enginetest.Machine
	t      *testing.T
	dice   dice
	places map[uint64]int       // sizes of the copies, by address
	given  map[*engine][]answer // in the last round in which it was told
	seq    int
}

// answer is what an engine was given of an argument.
type answer struct {
	seq, arg int
	pointers bool // those that it had were replaced by the copies' own
	same     func(at uint64)
}

// Seal notes the places, which hold what was there before.
func (f *fuzzed) Seal(size int) (uint64, []byte, error) {
	if size < 0 || size > utrace.MaxSealed {
		f.t.Fatalf("a place of %d bytes is asked for", size)
	}
	at, place, err := f.Machine.Seal(size)
	if err == nil {
		f.places[at] = size
		copy(place, bytes.Repeat([]byte{0xee}, len(place)))
	}
	return at, place, err
}

const (
	fuzzBase  = 0x10000
	fuzzPages = 6
)

// address is a pointer: into the pages, to their ends, into the copies, or nowhere.
func (d *dice) address() uint64 {
	at := fuzzBase + uint64(d.below(fuzzPages))*enginetest.PageSize
	switch d.below(8) {
	case 0:
		return 0
	case 1:
		return d.number()
	case 2:
		return enginetest.SealedAt + d.number()
	case 3:
		return at - d.number()%16
	}
	return at + uint64(d.byte())*8 + uint64(d.below(2))
}

// change is what another thread does: pointers, text or structs somewhere.
func (f *fuzzed) change() {
	at := fuzzBase + uint64(f.dice.below(fuzzPages))*enginetest.PageSize + uint64(f.dice.byte())*16
	var data []byte
	for range f.dice.below(12) {
		switch f.dice.below(3) {
		case 0:
			data = binary.NativeEndian.AppendUint64(data, f.dice.address())
		case 1:
			data = binary.NativeEndian.AppendUint64(data, f.dice.number())
		default:
			data = append(data, bytes.Repeat([]byte{f.dice.byte()}, 1+f.dice.below(8))...)
		}
	}
	_, _ = f.WriteMem(at, data) // to pages that are there
}

// take seals an argument in one way or another and notes what came.
func (f *fuzzed) take(e *engine, st *utrace.Stopped) {
	arg := f.dice.below(7) - f.dice.below(2)*f.dice.below(2)
	f.seq++
	note := func(pointers bool, same func(at uint64)) {
		f.given[e] = append(f.given[e], answer{f.seq, arg, pointers, same})
	}
	switch f.dice.below(6) {
	case 0:
		if got, err := st.Seal(arg, int(f.dice.number())); err == nil && len(got) > 0 {
			note(false, func(at uint64) { f.holds(at, got) })
		}
	case 1:
		if got, err := st.Path(arg); err == nil {
			note(false, func(at uint64) { f.holds(at, append([]byte(got), 0)) })
		}
	case 2:
		if got, err := st.Strings(arg); err == nil && got != nil {
			note(true, func(at uint64) {
				if there := listAt(f.t, f.Machine, at); !slices.Equal(there, got) {
					f.t.Errorf("the strings %q were given, the kernel would read %q", got, there)
				}
			})
		}
	case 3:
		if got, err := st.Struct(arg, f.dice.below(6)); err == nil && len(got) > 0 {
			note(false, func(at uint64) { f.holds(at, got) })
		}
	case 4:
		got, err := st.Sockaddr(arg, f.dice.below(6))
		got.AddrPort()
		if err == nil && len(got.Raw) > 0 {
			note(false, func(at uint64) { f.holds(at, got.Raw) })
		}
	default:
		if got, err := st.Message(arg); err == nil {
			f.controls(got)
			note(true, func(at uint64) { f.message(at, got) })
		}
	}
}

// holds fails unless the kernel would read want at at.
func (f *fuzzed) holds(at uint64, want []byte) {
	f.t.Helper()
	if size, ok := f.places[at]; !ok || size < len(want) {
		f.t.Errorf("%d bytes were given, sealed at %#x are %d", len(want), at, size)
	} else if got := readAt(f.t, f.Machine, at, len(want)); got != string(want) {
		f.t.Errorf("%q was given, the kernel would read %q", want, got)
	}
}

// message is holds for a header and what it points to.
func (f *fuzzed) message(at uint64, want utrace.Message) {
	head := []byte(readAt(f.t, f.Machine, at, 56))
	var got utrace.Message
	for _, part := range []struct {
		to         *[]byte
		at, length int
		bits       uint
	}{{&got.Name.Raw, 0, 8, 32}, {&got.Control, 32, 40, 64}} {
		*part.to = []byte{}
		length := binary.NativeEndian.Uint64(head[part.length:]) << (64 - part.bits) >> (64 - part.bits)
		if length > 1<<20 {
			f.t.Fatalf("the kernel would read %d bytes", length)
		}
		if pointer := binary.NativeEndian.Uint64(head[part.at:]); length > 0 {
			if pointer < enginetest.SealedAt {
				f.t.Errorf("the kernel would read at %#x, which is the program's", pointer)
			}
			*part.to = []byte(readAt(f.t, f.Machine, pointer, int(length)))
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.t.Errorf("the message that was given is not what the kernel would read: %s", diff)
	}
}

// controls compares with what x/sys makes of the same control data.
func (f *fuzzed) controls(m utrace.Message) {
	got, err := m.Controls()
	want, wanted := unix.ParseSocketControlMessage(m.Control)
	if (err == nil) != (wanted == nil) || err == nil && len(got) != len(want) {
		f.t.Fatalf("%d control messages, %v; want %d, %v", len(got), err, len(want), wanted)
	}
	for i, c := range got {
		if c.Level != want[i].Header.Level || c.Type != want[i].Header.Type || !bytes.Equal(c.Data, want[i].Data) {
			f.t.Fatalf("control message %d: %+v, want %+v", i, c, want[i])
		}
	}
}

// entry is an engine's callback: it seals, while others change memory, and may make another call of it.
func (f *fuzzed) entry(e *engine) entryFunc {
	return func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		f.given[e] = nil
		c := ev.Call()
		for range f.dice.below(5) {
			f.take(e, st)
			f.change()
		}
		if f.dice.below(3) > 0 || ev.Again() {
			return ev.Continue()
		}
		arg := f.dice.below(6)
		switch f.dice.below(4) {
		case 0:
			c.Args[arg], _ = st.Place(bytes.Repeat([]byte{f.dice.byte()}, int(f.dice.number()%20000)))
		case 1:
			c.Args[arg], _ = st.PlacePath("/bin/true")
		case 2:
			c.Args[arg], _ = st.PlaceStrings([]string{"a", "", "b"})
		default:
			c.Args[arg] = f.dice.address()
		}
		f.given[e] = slices.DeleteFunc(f.given[e], func(a answer) bool { return a.arg == arg })
		return ev.Rewrite(c, utrace.Why{})
	}
}

// FuzzSealed: the input is the task's memory, its registers, what engines seal of them and in which order, and what other threads
// write meanwhile.
func FuzzSealed(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x06\x02\x00\x00\x07\x04\x00\x00\x02/bin/sh\x00"))
	for i := range 24 { // where memory ends, which ways are taken and in which order, and who rewrites
		seed := make([]byte, 0, 400)
		for k := range 400 {
			seed = append(seed, byte((k*k*7+k*(i*37+1)+i)>>1))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := &fuzzed{Machine: new(enginetest.Machine), t: t, dice: dice{data}, places: map[uint64]int{}, given: map[*engine][]answer{}}
		missing := m.dice.byte()
		for i := range fuzzPages {
			if missing>>i&1 == 0 {
				m.Map(fuzzBase+uint64(i)*enginetest.PageSize, make([]byte, enginetest.PageSize))
			}
		}
		for range m.dice.below(12) {
			m.change()
		}
		var c utrace.Call
		c.Arch, c.Nr = 1, 1
		for i := range c.Args {
			if c.Args[i] = m.dice.address(); m.dice.below(3) == 0 {
				c.Args[i] = m.dice.number()
			}
		}
		m.run(c)
	})
}

// run tells the engines, and compares what they were given with what comes out.
func (f *fuzzed) run(c utrace.Call) {
	s := newSite(f.t)
	for range 1 + f.dice.below(3) {
		e := &engine{name: "e"}
		e.entry = f.entry(e)
		attach(f.t, s.task, e)
	}
	out := s.space.SyscallEntry(s.task, c, f)
	if out.Strict > utrace.Rewritten {
		return
	}
	var all []answer
	for _, given := range f.given {
		all = append(all, given...)
	}
	for _, a := range all {
		replaced := !a.pointers && slices.ContainsFunc(all, func(b answer) bool { return b.pointers && b.arg == a.arg && b.seq > a.seq })
		if !out.Sealed {
			// What engines place themselves is sealed without being an argument's.
			if _, ok := f.places[out.Call.Args[a.arg]]; !ok {
				f.t.Errorf("argument %d was sealed, and is not in the call that is made", a.arg)
				continue
			}
		}
		if !replaced {
			a.same(out.Call.Args[a.arg])
		}
	}
}
