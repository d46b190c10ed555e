// Lines that are written without json.Marshal are those that it would have written.

package report

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// choose fills v with values of few kinds: those that say nothing, plain ones, and a few that need thought.
func choose(rng *rand.Rand, v reflect.Value, odd bool) {
	one := func(plain, odds []any) {
		if odd && rng.IntN(40) == 0 {
			plain = odds
		}
		v.Set(reflect.ValueOf(plain[rng.IntN(len(plain))]).Convert(v.Type()))
	}
	switch v.Kind() {
	case reflect.String:
		one([]any{"", "sh", "a b/c ~!(){}[]:;',"}, []any{"a\"b", `\`, "<b>", "a&b", "é", "\xff", "a\nb", "\x00", "\x7f", "\u2028", "\ufffd"})
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.Int, reflect.Int64, reflect.Uint64:
		one([]any{0, 1, 42, 1 << 40}, []any{-1})
	case reflect.Float64:
		one([]any{0.0, 1.0, 0.000143, 1e-6, 12345.678901, 1.0 / 3}, []any{1e-7, 1e21, -1e-7, -3.5, 5e-324})
	case reflect.Pointer:
		if rng.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			choose(rng, v.Elem(), odd)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rng.IntN(3), 3))
		for i := range v.Len() {
			choose(rng, v.Index(i), odd)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			one([]any{time.Unix(1, 0).UTC(), time.Unix(1e9, 5e8).UTC(), time.Unix(1e9, 123456789).UTC()},
				[]any{time.Time{}, time.Unix(1e9, 1).In(time.FixedZone("", 3600)), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)})
			return
		}
		for i := range v.NumField() {
			choose(rng, v.Field(i), odd)
		}
	}
}

// summed are the fields that are left to json.Marshal.
func (e *Event) summed() bool {
	return e.Untold != nil || e.Exit != nil || e.Totals != nil || len(e.Engines) > 0
}

func TestLinesAreThoseOfJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	plains := 0
	for range 20_000 {
		var e Event
		odd := rng.IntN(2) == 0
		choose(rng, reflect.ValueOf(&e).Elem(), odd)
		if rng.IntN(2) == 0 {
			e.Untold, e.Exit, e.Totals, e.Engines = nil, nil, nil, nil
		}
		want, err := MarshalLine(&e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendLine([]byte("before"), &e)
		if err != nil || string(got) != "before"+string(want) {
			t.Fatalf("%v\n%s, want\n%s", err, got, want)
		}
		var p plain
		if p.event(&e); !p.odd {
			plains++
		} else if !odd && !e.summed() {
			t.Fatalf("this line is left to json.Marshal: %s", want)
		}
	}
	if plains < 5000 {
		t.Errorf("only %d lines were plain", plains)
	}
}

// TestLineThatIsNoJSON: a number that JSON has no form for is an error, not a line.
func TestLineThatIsNoJSON(t *testing.T) {
	e := Event{Time: time.Unix(1, 0).UTC(), Usage: &Usage{User: 1, System: math.NaN()}}
	if line, err := appendLine(nil, &e); err == nil {
		t.Errorf("NaN is written: %s", line)
	}
	e = Event{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
	if line, err := appendLine(nil, &e); err == nil {
		t.Errorf("the year 10000 is written: %s", line)
	}
}

// BenchmarkLine is the line of a birth.
func BenchmarkLine(b *testing.B) {
	e := Event{V: 1, Run: "4711-abc", Time: time.Unix(1e9, 123456789).UTC(), Event: KindBirth, Task: &Task{2, 11, 11}, Parent: &Task{1, 10, 10}}
	var line []byte
	for name, f := range map[string]func() error{
		"plain": func() (err error) { line, err = appendLine(line[:0], &e); return err },
		"json":  func() (err error) { line, err = MarshalLine(&e); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
