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
			return ok && decode.Compare(v, c.Op, c.Value)
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
	return a.Value(), true
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
