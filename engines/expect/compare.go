// Numbers of a call, compared.

package expect

import (
	"fmt"
	"strconv"
	"strings"

	"jail/engines/decode"
	"jail/engines/trace"
)

// condition is the comparison of a number.
func (c Compare) condition() condition {
	return condition{
		func(ev *trace.Event) bool {
			v, ok := c.of(ev)
			return ok && c.compare(v)
		},
		func(ev *trace.Event) string {
			v, ok := c.of(ev)
			if !ok {
				return "it has no " + c.Arg
			}
			return fmt.Sprintf("%s is %d", c.Arg, v)
		},
	}
}

func (c Compare) compare(v int64) bool {
	switch c.Op {
	case "==":
		return v == c.Value
	case "!=":
		return v != c.Value
	case "<":
		return v < c.Value
	case "<=":
		return v <= c.Value
	case ">":
		return v > c.Value
	case ">=":
		return v >= c.Value
	}
	return v&c.Value != 0
}

// of is the number that is compared.
func (c Compare) of(ev *trace.Event) (int64, bool) {
	if c.Arg == "result" {
		switch {
		case ev.Returned():
			return ev.Result.Value, true
		case ev.Failed(): // a failure has the result that the C library answers
			return -1, true
		}
		return 0, false
	}
	if c.Arg == "size" {
		return size(ev.Call)
	}
	a := ev.Call.Arg(c.Arg)
	if n, err := strconv.Atoi(c.Arg); err == nil && n >= 0 && n < len(ev.Call.Args) {
		a = &ev.Call.Args[n]
	}
	if a == nil {
		return 0, false
	}
	switch a.Kind {
	case decode.Descriptor:
		return int64(a.FD), true
	case decode.Number, decode.PID, decode.Signal, decode.Mode, decode.Size, decode.Offset:
		return a.Size, true
	}
	return int64(a.Raw), true
}

// size is what a call transfers at most: its first length, or the sum of its vector.
func size(c *decode.Call) (int64, bool) {
	for i := range c.Args {
		if c.Args[i].Kind == decode.Size {
			return c.Args[i].Size, true
		}
	}
	for i := range c.Args {
		if a := &c.Args[i]; a.Kind == decode.Struct && strings.Contains(a.Name, "iov") {
			return a.Size, true
		}
	}
	return 0, false
}
