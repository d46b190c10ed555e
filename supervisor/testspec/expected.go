// What is expected, as it is read.

package testspec

import (
	"strings"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"

	"jail/engines/expect"
	"jail/engines/fault"
	"jail/supervisor/harness"
)

func (r *reader) expect(e *Expect, n *yaml.Node) {
	r.object(n, "expect", func(key string, v *yaml.Node) {
		switch key {
		case "exit":
			code := r.number(v, 255)
			e.Exit = &code
		case "signal":
			e.Signal = r.signal(v)
		case "crash":
			e.Crash = r.bool(v)
		case "stdout":
			e.Stdout = append(e.Stdout, r.match(v))
		case "stderr":
			e.Stderr = append(e.Stderr, r.match(v))
		case "calls":
			r.list(v, func(v *yaml.Node) { r.wanted(e, v, r.call) })
		case "execs":
			r.list(v, func(v *yaml.Node) { r.wanted(e, v, r.exec) })
		case "deaths":
			r.list(v, func(v *yaml.Node) { r.wanted(e, v, r.death) })
		case "left":
			e.Left = r.bool(v)
		case "signals":
			r.list(v, func(v *yaml.Node) { r.wanted(e, v, r.acted) })
		case "denials":
			e.DenialsAt = r.at(v)
			if e.NoDenials = v.Kind == yaml.ScalarNode && v.Value == "none"; !e.NoDenials {
				e.Denials = r.texts(v)
			}
		case "files":
			r.pairs(v, "name of a file: what is in it", func(k, v *yaml.Node) { r.fileAfter(e, k, v) })
		}
	})
}

// fileAfter reads what is expected of one file.
func (r *reader) fileAfter(e *Expect, k, v *yaml.Node) {
	name, ok := clean(k.Value)
	if !ok {
		r.wrong(k, "%q is no file in the case's folder", k.Value)
		return
	}
	f := FileWanted{Name: name, At: r.at(k), Absent: v.Tag == "!!null"}
	if !f.Absent {
		f.Match = r.match(v)
	}
	e.Files = append(e.Files, f)
}

func (r *reader) match(n *yaml.Node) Match {
	m := Match{At: r.at(n)}
	if n.Kind != yaml.MappingNode {
		s := r.text(n)
		m.Whole = &s
		return m
	}
	if len(n.Content) == 0 {
		r.wrong(n, "here should be {match: regular expression} or {contains: text}")
	}
	r.pairs(n, "match: regular expression, or contains: text", func(k, v *yaml.Node) {
		switch k.Value {
		case "match":
			var err error
			m.Expr, err = harness.Regexp(r.text(v))
			r.fails(v, err)
		case "contains":
			m.Contains = r.text(v)
		default:
			r.wrong(k, "there is no %q here; there are match and contains", k.Value)
		}
	})
	return m
}

// wanted reads an expectation about the trace with one of the functions below, and sees whether it means something.
func (r *reader) wanted(e *Expect, n *yaml.Node, read func(*expect.Expectation, *yaml.Node)) {
	x, before := expect.AtLeast(1, expect.Pattern{}), len(r.problems)
	read(&x, n)
	if len(r.problems) == before {
		r.fails(n, x.Compile())
	}
	e.Trace = append(e.Trace, Wanted{r.at(n), x})
}

// count reads a number of events.
func (r *reader) count(x *expect.Expectation, key string, v *yaml.Node) bool {
	const most = 1 << 30
	switch key {
	case "count":
		x.Min = r.number(v, most)
		x.Max = x.Min
	case "at-least":
		x.Min = r.number(v, most)
	case "at-most":
		if x.Max = r.number(v, most); x.Min > 0 && x.Min <= 1 {
			x.Min = 0
		}
	default:
		return false
	}
	return true
}

// errno is the error of a name, as in errno(3).
func (r *reader) errno(n *yaml.Node, name string) unix.Errno {
	for e := unix.Errno(1); e < 512; e++ { // from there on they are the kernel's own
		if unix.ErrnoName(e) == name && name != "" {
			return e
		}
	}
	hint := ""
	if near := fault.NearestErrno(name); near != "" {
		hint = "; did you mean " + near + "?"
	}
	r.wrong(n, "there is no error %q%s; they are written as ENOENT, and any is each of them", name, hint)
	return 0
}

func (r *reader) signal(n *yaml.Node) unix.Signal {
	name := strings.ToUpper(r.text(n))
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	sig := unix.SignalNum(name)
	if sig == 0 {
		r.wrong(n, "there is no signal %q; they are written as SIGTERM", n.Value)
	}
	return sig
}
