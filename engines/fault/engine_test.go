// The engine without a kernel: conformance, and calls that are made to transfer less.

package fault

import (
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"jail/engines/internal/place"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func build(t testing.TB, text string) *Engine {
	t.Helper()
	rules, err := Parse("rules", text)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(rules, Settings{Tell: func(utrace.TaskID, utrace.Why) {}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestConformance(t *testing.T) {
	for name, text := range map[string]string{
		"errors":   "all:error=EIO:when=2+2\nread:retval=1:at=exit",
		"shorter":  "all:short=3",
		"full":     "all:after=100\nall:after=10:per=task\nall:after=10:per=process\nall:after=10:per=tree",
		"memory":   "all:poke_enter=@arg1=00FF\n%file:poke_exit=@arg1=00",
		"others":   "%file:syscall=getpid:retval=3\nopenat:set=@arg2=\"/x\":path=*\nread:signal=USR1:chance=0.5:seed=3",
		"matching": "all:path=*a*:retval=1\n%network:addr=*:retval=2\n%desc:fd=3:flags=O_CREAT:retval=3\nall:size>0:program=x:depth=1:child=1+:error=EIO",
		"crash":    "all:crash:when=3\nall:crash=after:when=2",
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine { return build(t, text).Attachable() })
		})
	}
}

// vectors maps a vector of pieces into a machine and answers a writev of it.
func vectors(m *enginetest.Machine, name string, sizes []int) utrace.Call {
	var raw []byte
	for i, n := range sizes {
		raw = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(raw, uint64(0x100000*(i+1))), uint64(n))
	}
	m.Map(0x5000, raw)
	return enginetest.CallOf(seccomp.X86_64, name, 3, 0x5000, uint64(len(sizes)))
}

// TestShortVectors: the vector that is made is a beginning of the program's, of so many bytes; without places, its first element.
func TestShortVectors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 20).Draw(t, "sizes")
		short := rapid.IntRange(1, 100).Draw(t, "short")
		sealed := rapid.Bool().Draw(t, "sealed")
		e, err := New([]Rule{{Calls: []string{"writev"}, Effects: Effects{Short: int64(short)}}}, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		j, err := enginetest.Start(e.Attachable())
		if err != nil {
			t.Fatal(err)
		}
		if !sealed {
			j.M.Unsealed = utrace.ErrUnsealed
		}
		sum := 0
		for _, n := range sizes {
			sum += n
		}
		out := j.Call(j.First, vectors(j.M, "writev", sizes))
		if sum <= short {
			if out.Strict != utrace.AsIs || e.Counts()[0].Fired != 0 {
				t.Fatalf("%v is no longer than %d, and becomes %+v", sizes, short, out.Call)
			}
			return
		}
		if out.Strict != utrace.Rewritten {
			t.Fatalf("%v of %v: %v", short, sizes, out.Strict)
		}
		if !sealed {
			first := 0
			for sizes[first] == 0 {
				first++
			}
			want := enginetest.CallOf(seccomp.X86_64, "write", 3, uint64(0x100000*(first+1)), uint64(min(sizes[first], short)))
			if out.Call.Nr != want.Nr || [3]uint64(out.Call.Args[:3]) != [3]uint64(want.Args[:3]) {
				t.Fatalf("%d of %v without places becomes %+v", short, sizes, out.Call)
			}
			return
		}
		list, ok := elementsAt(j.M, out.Call.Args[1], out.Call.Args[2])
		if !ok || out.Call.Args[1] < enginetest.SealedAt {
			t.Fatalf("the vector is not where no task can change it: %+v", out.Call)
		}
		for i, x := range list {
			if x.base != uint64(0x100000*(i+1)) || x.length > uint64(sizes[i]) || i < len(list)-1 && x.length != uint64(sizes[i]) {
				t.Fatalf("%d of %v is %v", short, sizes, list)
			}
			short -= int(x.length)
		}
		if short != 0 {
			t.Fatalf("%d bytes are missing: %v", short, list)
		}
	})
}

// TestFullWithoutPlaces: what can't be cut does not make a file fuller than it may be.
func TestFullWithoutPlaces(t *testing.T) {
	j, err := enginetest.Start(build(t, "sendmsg:after=5:per=tree").Attachable())
	if err != nil {
		t.Fatal(err)
	}
	j.M.Unsealed = utrace.ErrUnsealed
	header := make([]byte, headerSize)
	binary.LittleEndian.PutUint64(header[headerVec:], 0x5000)
	binary.LittleEndian.PutUint64(header[headerCount:], 1)
	j.M.Map(0x7000, header)
	j.M.Map(0x5000, encode([]element{{0x9000, 8}}))
	c := enginetest.CallOf(seccomp.X86_64, "sendmsg", 3, 0x7000)
	if out := j.Call(j.First, c); out.Strict != utrace.Answered || out.Result != -int64(unix.ENOSPC) {
		t.Errorf("%v, %d", out.Strict, out.Result)
	}
}

// TestAnotherPathWithoutPlaces: a call that can't be changed as the rule says is not made as it was.
func TestAnotherPathWithoutPlaces(t *testing.T) {
	j, err := enginetest.Start(build(t, `open:set=@arg1="/x"`).Attachable())
	if err != nil {
		t.Fatal(err)
	}
	j.M.Unsealed = errors.Join(utrace.ErrUnsealed, errors.New("reason"))
	out := j.Call(j.First, enginetest.CallOf(seccomp.X86_64, "open", j.M.MapString(0x5000, "/y"), 0))
	if out.Strict != utrace.Answered || out.Result != -int64(unix.EPERM) || out.Why.Quiet || !strings.Contains(out.Why.What, "reason") {
		t.Errorf("%v, %d, %+v", out.Strict, out.Result, out.Why)
	}
}

// TestBytesOfFailedWrites do not count, nor those that were not written.
func TestBytesOfFailedWrites(t *testing.T) {
	e := build(t, "write:after=10:per=tree")
	j, err := enginetest.Start(e.Attachable())
	if err != nil {
		t.Fatal(err)
	}
	c := enginetest.CallOf(seccomp.X86_64, "write", 1, 0x1000, 8)
	for i, x := range []struct{ makes, result int64 }{{8, -int64(unix.EAGAIN)}, {8, 3}, {7, 0}, {7, 7}, {0, 0}} {
		out := j.Call(j.First, c)
		switch {
		case x.makes == 0:
			if out.Strict != utrace.Answered || out.Result != -int64(unix.ENOSPC) {
				t.Errorf("write %d: %v, %d", i, out.Strict, out.Result)
			}
			continue
		case x.makes == 8 && out.Strict != utrace.AsIs, x.makes != 8 && (out.Strict != utrace.Rewritten || out.Call.Args[2] != uint64(x.makes)):
			t.Errorf("write %d: %v, %v", i, out.Strict, out.Call.Args)
		}
		j.Return(j.First, c, x.result)
	}
}

func TestGlobAgainstAnOracle(t *testing.T) {
	var match func(p, s string) bool
	match = func(p, s string) bool {
		switch {
		case p == "":
			return s == ""
		case p[0] == '*':
			return match(p[1:], s) || s != "" && match(p, s[1:])
		case s == "":
			return false
		}
		return (p[0] == '?' || p[0] == s[0]) && match(p[1:], s[1:])
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringMatching(`[ab/.?*+()]{0,8}`).Draw(t, "pattern")
		s := rapid.StringMatching(`[ab/.?+()\n]{0,8}`).Draw(t, "text")
		re, err := compileGlob(p)
		if err != nil {
			t.Fatal(err)
		}
		if re.MatchString(s) != match(p, s) {
			t.Fatalf("%q matches %q: %t", p, s, !match(p, s))
		}
	})
	for p, cases := range map[string][2]string{`[!a-c]x`: {"dx", "bx"}, `[a-c]`: {"b", "d"}, `\*`: {"*", "a"}, `\[a`: {"[a", "a"}, "é?": {"éx", "ex"}} {
		re, err := compileGlob(p)
		if err != nil {
			t.Fatal(err)
		}
		if !re.MatchString(cases[0]) || re.MatchString(cases[1]) {
			t.Errorf("%s as %v", p, (*regexp.Regexp)(re))
		}
	}
}

// TestChanceIsFair: rolls are spread, over tasks, rules, seeds and calls alike.
func TestChanceIsFair(t *testing.T) {
	for name, at := range map[string]func(n uint64) float64{
		"calls": func(n uint64) float64 { return roll(1, 0, place.Root(), n) },
		"seeds": func(n uint64) float64 { return roll(n, 0, place.Root(), 1) },
		"tasks": func(n uint64) float64 { return roll(1, 0, place.Root().Child(n), 1) },
		"rules": func(n uint64) float64 { return roll(1, int(n), place.Root(), 1) },
	} {
		var in [10]int
		for n := uint64(1); n <= 10_000; n++ {
			in[int(at(n)*10)]++
		}
		for i, n := range in {
			if n < 850 || n > 1150 { // five standard deviations
				t.Errorf("%s: %d of 10000 are between %d and %d tenths", name, n, i, i+1)
			}
		}
	}
}
