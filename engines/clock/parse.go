// Settings of a clock as text, for flags and files.

package clock

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Grammar says what Parse reads, for the help of commands.
const Grammar = `  TIME[,rate=N][,step=DURATION]

  TIME   2024-02-29, 2024-02-29T12:00:00 (UTC), 2024-02-29T12:00:00+01:00, or @1709208000 (seconds since 1970)
  rate   how much faster than real time clocks go, such as 60 or 0.5; without it the time of day stands still
  step   what each reading adds, such as 1ms, for programs that wait for the time to change`

// ErrGrammar is wrapped by Parse's errors.
var ErrGrammar = errors.New("no clock")

// Parse reads a clock, as Grammar has it. The error says what would be right, in one sentence. Seed is not set. Any goroutine.
func Parse(text string) (Settings, error) {
	words := strings.Split(text, ",")
	var s Settings
	var err error
	if s.Start, err = parseTime(words[0]); err != nil {
		return Settings{}, fmt.Errorf("%q is %w: %w", text, ErrGrammar, err)
	}
	had := make(map[string]bool)
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case had[key]:
			err = fmt.Errorf("%s is given twice", key)
		case key == "rate":
			s.Rate, err = parseRate(value)
		case key == "step":
			s.Step, err = parseStep(value)
		default:
			err = fmt.Errorf("there is no %q; after the time there may be rate=N and step=DURATION", key)
		}
		if err != nil {
			return Settings{}, fmt.Errorf("%q is %w: %w", text, ErrGrammar, err)
		}
		had[key] = true
	}
	return s, nil
}

// ParseSeed reads a seed of randomness.
func ParseSeed(text string) (*uint64, error) {
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no seed: that is a number from 0 to %d", text, uint64(math.MaxUint64))
	}
	return &n, nil
}

// layouts of times; those without a zone are UTC.
func layouts() []string {
	return []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}
}

// Of times that a struct timespec of the program may hold for a while yet: clocks go on.
const firstYear, lastYear = 1970, 2200

func parseTime(text string) (time.Time, error) {
	t, ok := time.Time{}, false
	if digits, is := strings.CutPrefix(text, "@"); is {
		sec, err := strconv.ParseInt(digits, 10, 64)
		t, ok = time.Unix(sec, 0).UTC(), err == nil
	}
	for _, l := range layouts() {
		if got, err := time.Parse(l, text); !ok && err == nil {
			t, ok = got, true
		}
	}
	switch {
	case !ok:
		return t, errors.New("it begins with a time such as 2024-02-29T12:00:00Z")
	case t.Year() < firstYear || t.Year() > lastYear:
		return t, fmt.Errorf("its year is not from %d to %d", firstYear, lastYear)
	}
	return t, nil
}

func parseRate(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f > 0 && f <= fastest) {
		return 0, fmt.Errorf("a rate is above 0 and at most %g, not %q; without one the time of day stands still", fastest, text)
	}
	return f, nil
}

func parseStep(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("a step is a time above 0 such as 1ms, not %q", text)
	}
	return d, nil
}
