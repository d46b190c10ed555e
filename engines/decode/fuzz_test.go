// Hostile registers and memory: nothing makes the decoder panic, read without end, or write a page of text.

package decode_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// A countingTask counts what is read of it, and answers garbage made of what it was given.
type countingTask struct {
	data  []byte
	reads int
	bytes int
}

// The pieces of memory that there are: short ones, one that ends at the end of a page, a long one, and the last bytes of all.
var pieces = [][2]uint64{{0x1000, 16}, {0x2ff0, 16}, {0x10000, 1 << 21}, {math.MaxUint64 - 40, 40}}

func (m *countingTask) ReadMem(addr uint64, p []byte) (int, error) {
	m.reads++
	m.bytes += len(p)
	for _, piece := range pieces {
		if off := addr - piece[0]; addr >= piece[0] && off < piece[1] {
			n := int(min(uint64(len(p)), piece[1]-off))
			for i := range n {
				p[i] = m.at(off + uint64(i))
			}
			return n, nil
		}
	}
	return 0, nil
}

func (m *countingTask) at(i uint64) byte {
	if len(m.data) == 0 {
		return 0xff
	}
	return m.data[i%uint64(len(m.data))]
}

func (m *countingTask) Cwd() (string, error)      { return "/d", nil }
func (m *countingTask) FD(fd int) (string, error) { return "/fd", nil }

// decodeAll decodes a call in every way.
func decodeAll(t testing.TB, c utrace.Call, data []byte, results []int64) {
	m := &countingTask{data: data}
	for _, result := range results {
		call := decode.Entry(m, c)
		_ = call.String()
		r := call.Exit(m, result)
		if n := len(call.String()) + len(r.Text); n > 1<<20 {
			t.Fatalf("%d bytes of text of %s", n, call.Name)
		}
	}
	if limit := len(results) * 20_000; m.reads > limit || m.bytes > len(results)*(8<<20) {
		t.Fatalf("call %d: %d reads of %d bytes", c.Nr, m.reads, m.bytes)
	}
	lazy := decode.Head(c)
	lazy.Exit(nil, results[0])
	for _, w := range []decode.Want{decode.Paths, decode.Addrs, decode.Names, decode.Text} {
		lazy.Resolve(m, w)
	}
	lazy.Exit(m, results[0])
	lazy.Exit(nil, results[0])
}

// odd are numbers that go wrong easily.
var odd = []uint64{0, 1, 2, 3, 8, 16, 24, 32, 128, 1023, 1024, 1 << 31, 1<<32 - 1, 1 << 32, math.MaxInt64, 1 << 63, math.MaxUint64, math.MaxUint64 - 99,
	0x1000, 0x1008, 0x2ff0, 0x2ff8, 0x10000, 0x10010, 0x10800, math.MaxUint64 - 40, math.MaxUint64 - 7, 0x7fffffffff}

func TestNothingHostilePanics(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for _, name := range seccomp.Native().Names() {
		for range rounds {
			c := native(t, name)
			for i := range c.Args {
				c.Args[i] = odd[rnd.IntN(len(odd))]
			}
			c.SP = odd[rnd.IntN(len(odd))]
			data := make([]byte, 1+rnd.IntN(200))
			for i := range data {
				data[i] = byte(rnd.Uint32() >> rnd.IntN(32))
			}
			decodeAll(t, c, data, []int64{0, int64(odd[rnd.IntN(len(odd))]), -1, -512})
		}
	}
}

func FuzzCalls(f *testing.F) {
	f.Add(uint16(0), []byte("\x03\x00\x00\x00\x00\x00\x00\x00\x00\x10"), int64(1), []byte("abc"))
	f.Add(uint16(46), []byte{}, int64(-14), []byte{})
	f.Fuzz(func(t *testing.T, nr uint16, args []byte, result int64, data []byte) {
		c := utrace.Call{Arch: seccomp.Native().AuditArch(), Nr: int64(nr % 600), SP: 0x10000}
		for i := range c.Args {
			if len(args) >= 8*(i+1) {
				c.Args[i] = binary.LittleEndian.Uint64(args[8*i:])
			} else {
				c.Args[i] = odd[(int(nr)+i)%len(odd)]
			}
		}
		decodeAll(t, c, data, []int64{result, 0, int64(len(data))})
	})
}
