// Clocks as text.

package clock

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]Settings{
		"2024-02-29":                        {Start: noon.Add(-12 * time.Hour)},
		"2024-02-29T12:00:00":               {Start: noon},
		"2024-02-29 12:00:00,step=1ms":      {Start: noon, Step: time.Millisecond},
		"2024-02-29T13:00:00+01:00,rate=60": {Start: noon, Rate: 60},
		"@1709208000,rate=0.5,step=1s":      {Start: noon, Rate: 0.5, Step: time.Second},
		"2024-02-29T12:00:00.5Z":            {Start: noon.Add(500 * time.Millisecond)},
	} {
		got, err := Parse(text)
		if err != nil || !got.Start.Equal(want.Start) || got.Rate != want.Rate || got.Step != want.Step || got.Seed != nil {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
		if _, err := New(got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                         `"" is no clock: it begins with a time such as 2024-02-29T12:00:00Z`,
		"noon":                     "it begins with a time",
		"2023-02-29":               "it begins with a time",
		"@x":                       "it begins with a time",
		"@99999999999999999999":    "it begins with a time",
		"9999-01-01":               "its year is not from 1970 to 2200",
		"2024-02-29,rate=fast":     `a rate is above 0 and at most 1e+06, not "fast"`,
		"2024-02-29,rate=NaN":      "a rate is above 0",
		"2024-02-29,rate=-1":       "a rate is above 0",
		"2024-02-29,rate=0":        "without one the time of day stands still",
		"2024-02-29,rate=1e9":      "a rate is above 0",
		"2024-02-29,step=1":        `a step is a time above 0 such as 1ms, not "1"`,
		"2024-02-29,step=-1s":      "a step is a time above 0",
		"2024-02-29,seed=3":        `there is no "seed"`,
		"2024-02-29,rate=1,rate=2": "rate is given twice",
		"2024-02-29,":              `there is no ""`,
	} {
		if _, err := Parse(text); !errors.Is(err, ErrGrammar) || !strings.Contains(err.Error(), want) {
			t.Errorf("of %q it is said %v, without %q", text, err, want)
		}
	}
	if n, err := ParseSeed("0x10"); err != nil || *n != 16 {
		t.Errorf("a seed: %v, %v", n, err)
	}
	if _, err := ParseSeed("-1"); err == nil || !strings.Contains(err.Error(), `"-1" is no seed: that is a number from 0`) {
		t.Errorf("no seed: %v", err)
	}
}

func FuzzParseClock(f *testing.F) {
	f.Add("2024-02-29T12:00:00Z,rate=2,step=1ms")
	f.Add("@1,rate=")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := Parse(text); err == nil {
			if _, err := New(s); err != nil {
				t.Errorf("%q is read, and then %v", text, err)
			}
		}
	})
}
