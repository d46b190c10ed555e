// The parts that need no program: the auxiliary vector, deadlines, settings.

package clock

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func TestConformance(t *testing.T) {
	still := func() time.Duration { return 0 }
	for name, set := range map[string]Settings{
		"still":  {Start: time.Unix(1e9, 0), Now: still},
		"fast":   {Start: time.Unix(1e9, 0), Rate: 10, Seed: new(uint64(1)), Now: still},
		"random": {Seed: new(uint64(1))},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine { return engine(t, set).Attachable() })
		})
	}
}

// stack is a program's memory: one piece, which ends where the stack does.
type stack struct {
	base uint64
	mem  []byte
}

func (s *stack) ReadMem(addr uint64, p []byte) (int, error) { return s.move(addr, p, false) }

func (s *stack) WriteMem(addr uint64, p []byte) (int, error) { return s.move(addr, p, true) }

func (s *stack) move(addr uint64, p []byte, to bool) (int, error) {
	if addr < s.base || addr >= s.base+uint64(len(s.mem)) {
		return 0, unix.EFAULT
	}
	if at := s.mem[addr-s.base:]; to {
		return copy(at, p), nil
	} else {
		return copy(p, at), nil
	}
}

func put(list ...uint64) (p []byte) {
	for _, v := range list {
		p = binary.NativeEndian.AppendUint64(p, v)
	}
	return p
}

func engine(t testing.TB, set Settings) *Engine {
	t.Helper()
	e, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAuxiliaryVector(t *testing.T) {
	for _, env := range []int{0, 3, 600, 5000} { // over several pages
		const base = 0x7ffe0000
		const sp = base + 0x10 // not at a page's beginning
		mem := append(make([]byte, 0x10), put(2, 0x100, 0x200, 0)...)
		for i := range env {
			mem = append(mem, put(0x1000+uint64(i))...)
		}
		mem = append(mem, put(0)...)
		vector := len(mem)
		const secret = "0123456789abcdef"
		mem = append(mem, put(3, 0x400, atSysinfoEhdr, 0x7fff0000, 6, 4096, atRandom, 0, atNull, 0)...)
		binary.NativeEndian.PutUint64(mem[vector+7*8:], base+uint64(len(mem)))
		mem = append(mem, secret...)
		s := &stack{base, mem}
		before := append([]byte(nil), mem...)

		if err := engine(t, Settings{Start: time.Unix(1, 0)}).rewrite(s, sp, &task{}); err != nil {
			t.Fatal(err)
		}
		want := append([]byte(nil), before...)
		binary.NativeEndian.PutUint64(want[vector+2*8:], atIgnore)
		if string(s.mem) != string(want) {
			t.Errorf("%d variables: with a clock the stack is\n%x, not\n%x", env, s.mem[vector:], want[vector:])
		}

		s.mem = append([]byte(nil), before...)
		if err := engine(t, Settings{Seed: new(uint64(1))}).rewrite(s, sp, &task{}); err != nil {
			t.Fatal(err)
		}
		if end := len(before) - randomSize; string(s.mem[:end]) != string(want[:end]) || string(s.mem[end:]) == secret {
			t.Errorf("%d variables: with a seed the stack is\n%x", env, s.mem[vector:])
		}
	}
}

func TestAuxiliaryVectorThatIsNone(t *testing.T) {
	e := engine(t, Settings{Start: time.Unix(1, 0)})
	// Two words of 32 bits, a count of 1 and a pointer: a program of another ABI.
	s := &stack{0x1000, put(1 | 0x8000<<32)}
	if err := e.rewrite(s, 0x1000, &task{}); err != nil || s.mem[4] != 0 {
		t.Errorf("a program of 32 bits: %v", err)
	}
	for _, cut := range []int{0, 8, 16, 24, 40} {
		s := &stack{0x1000, put(1, 0x100, 0, 0, 3, 4)[:cut]}
		if err := e.rewrite(s, 0x1000, &task{}); !errors.Is(err, unix.EFAULT) {
			t.Errorf("a stack of %d bytes: %v", cut, err)
		}
	}
}

func FuzzAuxiliaryVector(f *testing.F) {
	f.Add(put(1, 2, 0, 0, 33, 5, 25, 0x1000, 0, 0))
	f.Fuzz(func(t *testing.T, mem []byte) {
		_ = engine(t, Settings{Start: time.Unix(1, 0), Seed: new(uint64(1))}).rewrite(&stack{0x1000, mem}, 0x1000, &task{})
	})
}

// TestTranslatedDeadlines: as much as is missing by the program's clock is missing by the machine's, divided by the rate.
func TestTranslatedDeadlines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := time.Unix(rapid.Int64Range(1, 1<<34).Draw(t, "start"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		rate := rapid.SampledFrom([]float64{0, 0.5, 1, 10, 1000}).Draw(t, "rate")
		missing := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "missing"))
		e, err := New(Settings{Start: start, Rate: rate, Now: func() time.Duration { return 0 }})
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		at, ok := e.translate(unix.CLOCK_REALTIME, spec(start.Add(missing)))
		after := time.Now()
		if rate > 0 {
			missing = time.Duration(float64(missing) / rate)
		}
		if !ok || at.Sub(before) < missing-time.Microsecond || at.Sub(after) > missing+time.Microsecond {
			t.Fatalf("%v from %v on is %v, not %v from now on", missing, start, at, missing)
		}
	})
	e := engine(t, Settings{Start: time.Unix(1, 0)})
	for _, raw := range [][]byte{pair(-1, 0), pair(5, -1), pair(5, 1e9), pair(0, 0), pair(math.MaxInt64, 0)} {
		if at, ok := e.translate(unix.CLOCK_REALTIME, raw); ok {
			t.Errorf("%v is translated to %v", raw, at)
		}
	}
	if _, ok := e.translate(unix.CLOCK_MONOTONIC, pair(5, 0)); ok {
		t.Error("a clock that is not changed is translated")
	}
}

func TestSettings(t *testing.T) {
	for _, bad := range []Settings{{}, {Rate: 1}, {Step: 1}, {Start: time.Unix(1, 0), Rate: -1}, {Start: time.Unix(1, 0), Rate: math.NaN()},
		{Start: time.Unix(1, 0), Rate: math.Inf(1)}, {Start: time.Unix(1, 0), Step: -1}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
