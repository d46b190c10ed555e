// Values of the grammar: numbers, sizes, times, ranges, memory.

package fault

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// parseInt reads a number from least to most, decimal, or hexadecimal after 0x.
func parseInt(text string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 0, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (n < least || n > most):
		return 0, fmt.Errorf("%s is not from %d to %d", text, least, most)
	case err != nil:
		return 0, fmt.Errorf("%q is no number", text)
	}
	return n, nil
}

// parseSize reads bytes: 4096, 64KiB, 1MiB.
func parseSize(text string) (int64, error) {
	unit := int64(1)
	digits := text
	for i, suffix := range []string{"KiB", "MiB", "GiB"} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(digits, 0, 64)
	if err != nil || n < 1 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%q is no number of bytes from 1 on; write 4096, 64KiB, 1MiB or 1GiB", text)
	}
	return n * unit, nil
}

// longestDelay is far longer than any test.
const longestDelay = 24 * time.Hour

// parseDelay reads a time as strace does: microseconds, or s, ms, us, ns.
func parseDelay(text string) (time.Duration, error) {
	unit, digits := time.Microsecond, text
	for _, u := range []struct {
		suffix string
		unit   time.Duration
	}{{"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", time.Nanosecond}, {"s", time.Second}} {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			unit, digits = u.unit, rest
			break
		}
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || f != f || f < 0 {
		return 0, fmt.Errorf("%q is no time; write 500 (microseconds), 10ms or 1.5s", text)
	}
	d := f * float64(unit)
	switch {
	case d > float64(longestDelay):
		return 0, fmt.Errorf("%s is longer than %v", text, longestDelay)
	case d < 1:
		return 0, fmt.Errorf("%s is no time at all", text)
	}
	return time.Duration(d), nil
}

// whenForm is first[..last][+[step]].
var whenForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d+)(?:\.\.(\d+))?(\+(\d*))?$`) })

func parseWhen(text string) (When, error) {
	m := whenForm().FindStringSubmatch(text)
	if m == nil {
		return When{}, fmt.Errorf("when is N, N+, N..M, N+STEP or N..M+STEP, not %q", text)
	}
	var n [3]uint64
	for i, digits := range []string{m[1], m[2], m[4]} {
		if digits == "" {
			continue
		}
		v, err := strconv.ParseUint(digits, 10, 63)
		if err != nil {
			return When{}, fmt.Errorf("%s is too large", digits)
		}
		if v == 0 {
			return When{}, errors.New("calls are counted from 1, so 0 never comes")
		}
		n[i] = v
	}
	w := When{First: n[0], Last: n[1], Step: n[2]}
	switch {
	case w.Last != 0 && w.Last < w.First:
		return When{}, fmt.Errorf("when=%s ends before it begins", text)
	case m[2] == "" && m[3] == "": // one call
		w.Last = w.First
	}
	return w, nil
}

func parseSpan(text string, least int64) (Span, error) {
	first, last, open := text, text, false
	if rest, ok := strings.CutSuffix(text, "+"); ok {
		first, last, open = rest, rest, true
	} else if a, b, ok := strings.Cut(text, ".."); ok {
		first, last = a, b
	}
	from, err := parseInt(first, least, 1<<30)
	if err != nil {
		return Span{}, err
	}
	to, err := parseInt(last, least, 1<<30)
	if err != nil {
		return Span{}, err
	}
	if to < from {
		return Span{}, fmt.Errorf("%s ends before it begins", text)
	}
	if open {
		return Span{From: int(from), To: int(from) - 1, Limited: true}, nil
	}
	return Span{From: int(from), To: int(to), Limited: true}, nil
}

func parseChance(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(digits, 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f > 0 && f <= 1) {
		return 0, fmt.Errorf("a chance is above 0 and at most 1 (or 100%%), not %q", text)
	}
	return f, nil
}

func parseCrash(text string) (Crash, error) {
	switch text {
	case "", "before":
		return CrashBefore, nil
	case "after":
		return CrashAfter, nil
	}
	return 0, fmt.Errorf("crash is before or after the call, not %q", text)
}

// parseArg reads @arg2 and what comes after the sign of equality.
func parseArg(text string) (arg int, rest string, err error) {
	name, rest, ok := strings.Cut(text, "=")
	digits, at := strings.CutPrefix(name, "@arg")
	n, bad := strconv.Atoi(digits)
	if !ok || !at || bad != nil || n < 1 || n > 6 {
		return 0, "", fmt.Errorf("%q does not begin with an argument; write @arg1=… to @arg6=…", text)
	}
	return n - 1, rest, nil
}

func parsePokes(text string) ([]Poke, error) {
	var out []Poke
	for part := range strings.SplitSeq(text, ",") {
		arg, digits, err := parseArg(part)
		if err != nil {
			return nil, err
		}
		data, err := hex.DecodeString(digits)
		if err != nil || len(data) == 0 {
			return nil, fmt.Errorf("%q is no memory; write two hexadecimal digits for each byte: 00FF", digits)
		}
		for _, p := range out {
			if p.Arg == arg {
				return nil, fmt.Errorf("arg%d is overwritten twice", arg+1)
			}
		}
		out = append(out, Poke{arg, data})
	}
	return out, nil
}

func (r *Rule) readSet(text string) error {
	arg, value, err := parseArg(text)
	if err != nil {
		return err
	}
	s := Set{Arg: arg}
	if strings.HasPrefix(value, `"`) {
		s.Path, err = unquote(value)
		switch {
		case err != nil:
		case s.Path == "":
			err = errors.New("the path is empty")
		case strings.Contains(s.Path, "\x00") || len(s.Path) >= 4096:
			err = errors.New("no path is that long, or has a NUL in it")
		}
	} else {
		s.Value, err = parseUint(value)
	}
	for _, have := range r.Set {
		if err == nil && have.Arg == arg {
			err = fmt.Errorf("arg%d is set twice", arg+1)
		}
	}
	r.Set = append(r.Set, s)
	return err
}

// parseUint reads a register: a number, or a negative one as the machine has it.
func parseUint(text string) (uint64, error) {
	if n, err := strconv.ParseUint(text, 0, 64); err == nil {
		return n, nil
	}
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number; a path stands in quotes", text)
	}
	return uint64(n), nil
}

// compareForm is a number of a call, and what it is compared with.
var compareForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(size|arg\d+)(==|!=|<=|>=|<|>|&|=)(.*)$`)
})

// parseCompare reads size>=4KiB or arg2==5. ok is false if it is none.
func parseCompare(text string) (c Compare, ok bool, err error) {
	m := compareForm().FindStringSubmatch(text)
	if m == nil {
		return c, false, nil
	}
	if m[2] == "=" {
		return c, true, fmt.Errorf("numbers are compared with == != < <= > >= &, so write %s==%s (set=@%s=… changes an argument)", m[1], m[3], m[1])
	}
	c.Op, c.Arg = m[2], ArgSize
	if m[1] != "size" {
		n, bad := strconv.Atoi(m[1][3:])
		if bad != nil || n < 1 || n > 6 {
			return c, true, fmt.Errorf("there is no %s: arguments are arg1 to arg6", m[1])
		}
		c.Arg = n - 1
	}
	if size, bad := parseSize(m[3]); bad == nil {
		c.Value = uint64(size)
		return c, true, nil
	}
	c.Value, err = parseUint(m[3])
	return c, true, err
}
