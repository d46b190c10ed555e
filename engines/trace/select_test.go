// What is selected: names, statuses, tasks.

package trace_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/trace"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		words    string
		has, not string // one each, separated by spaces
		fails    string
	}{
		{words: "", has: "openat read clone3", not: ""},
		{words: "all", has: "openat read"},
		{words: "none", not: "openat read"},
		{words: "openat", has: "openat", not: "open read"},
		{words: "%file", has: "openat stat execve", not: "read"},
		{words: "file,desc", has: "openat read"},
		{words: "@file-system", has: "openat"},
		{words: "open*", has: "open openat openat2 open_by_handle_at", not: "read"},
		{words: "%file,!open*,!stat", has: "lstat", not: "openat stat"},
		{words: "!openat,read", has: "write", not: "openat read"},
		{words: "!%file,!read", has: "write", not: "openat read"},
		{words: "?nosuch,read", has: "read", not: "write"},
		{words: "opneat", fails: `"opneat" is no system call, group or class; did you mean openat?`},
		{words: "%flie", fails: "did you mean %file?"},
		{words: "zz*", fails: "the pattern fits none"},
		{words: "zz[", fails: "needs its ]"},
		{words: "read,,write", fails: `"" is no`},
		{words: "!", fails: `"" is no`},
	} {
		var words []string
		if c.words != "" {
			words = []string{c.words}
		}
		got, err := trace.Names(words)
		if c.fails != "" {
			if err == nil || !errors.Is(err, trace.ErrNoCall) || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%q: %v, want %s", c.words, err, c.fails)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.words, err)
		}
		for _, n := range strings.Fields(c.has) {
			if !slices.Contains(got, n) {
				t.Errorf("%q lacks %s", c.words, n)
			}
		}
		for _, n := range strings.Fields(c.not) {
			if slices.Contains(got, n) {
				t.Errorf("%q has %s", c.words, n)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	sink := func(trace.Event) {}
	for _, cfg := range []trace.Config{{}, {Sink: sink, Select: trace.Select{Calls: []string{"opne"}}}, {Sink: sink, Select: trace.Select{Paths: []string{""}}}} {
		if _, err := trace.New(cfg); err == nil {
			t.Errorf("made an engine of %+v", cfg.Select)
		}
	}
}

// TestStatus: which results are told, by status and by errno.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		sel  trace.Select
		want string
	}{
		{trace.Select{}, "1 -2 -13 -512 ?"},
		{trace.Select{Status: trace.Failed}, "-2 -13"},
		{trace.Select{Status: trace.Successful}, "1"},
		{trace.Select{Status: trace.Unreturned}, "-512 ?"},
		{trace.Select{Status: trace.Failed | trace.Successful}, "1 -2 -13"},
		{trace.Select{Errnos: []unix.Errno{unix.EACCES}}, "-13"},
		{trace.Select{Errnos: []unix.Errno{unix.EACCES}, Status: trace.Successful}, ""},
		{trace.Select{PIDs: []int{enginetest.FirstTID}}, "1 -2 -13 -512 ?"},
		{trace.Select{PIDs: []int{1}}, ""},
	} {
		c.sel.NoLives = true
		r := start(t, c.sel)
		call := enginetest.Call("getppid")
		for _, result := range []int64{1, -2, -13, -512} {
			r.Call(r.First, call)
			r.Return(r.First, call, result)
		}
		r.Call(r.First, enginetest.Call("exit_group"))
		r.Die(r.First, statusOf(0))
		var got []string
		for _, ev := range r.events {
			text, _, _ := strings.Cut(ev.Result.Text, " ")
			switch {
			case ev.Result.Errno != 0:
				text = "-" + itoa(int(ev.Result.Errno))
			}
			got = append(got, text)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%+v told of %q, want %q", c.sel, g, c.want)
		}
	}
}

func statusOf(code int) utrace.ExitStatus { return utrace.ExitStatus{Code: code} }

func itoa(n int) string { return strconv.Itoa(n) }
