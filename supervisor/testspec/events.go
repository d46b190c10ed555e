// Expectations about the trace, as they are read: calls, programs, deaths and signals, and what bounds them.

package testspec

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"jail/engines/expect"
)

func (r *reader) call(x *expect.Expectation, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		x.Want.Calls = r.texts(n)
		return
	}
	r.event(x, n, "call", func(string, *yaml.Node) bool { return false })
}

func (r *reader) exec(x *expect.Expectation, n *yaml.Node) {
	x.Want = expect.Exec("")
	r.event(x, n, "exec", func(key string, v *yaml.Node) bool {
		switch key {
		case "path":
			x.Want.Path = r.text(v)
		case "argv":
			x.Want.Argv = r.texts(v)
		default:
			return false
		}
		return true
	})
}

func (r *reader) death(x *expect.Expectation, n *yaml.Node) {
	x.Want = expect.KilledBy(0)
	r.event(x, n, "death", func(key string, v *yaml.Node) bool {
		switch key {
		case "exit":
			code := r.number(v, 255)
			x.Want.Exit = &code
		case "signal":
			x.Want.Signal = r.signal(v)
		default:
			return false
		}
		return true
	})
}

// acted is about signals that are acted on.
func (r *reader) acted(x *expect.Expectation, n *yaml.Node) {
	x.Want = expect.Signal(0)
	r.event(x, n, "signal", func(key string, v *yaml.Node) bool {
		if key == "signal" {
			x.Want.Signal = r.signal(v)
		}
		return key == "signal"
	})
}

// event reads what own knows, and what can be said of every event.
func (r *reader) event(x *expect.Expectation, n *yaml.Node, name string, own func(key string, v *yaml.Node) bool) {
	r.object(n, name, func(key string, v *yaml.Node) {
		if !own(key, v) && !r.bound(x, key, v) && !r.count(x, key, v) {
			r.condition(&x.Want, key, v)
		}
	})
}

// bound reads where in the trace something is looked for. It tells whether the key is about that.
func (r *reader) bound(x *expect.Expectation, key string, v *yaml.Node) bool {
	switch key {
	case "before":
		p := r.pattern(v)
		x.Before = &p
	case "after":
		p := r.pattern(v)
		x.After = &p
	case "then":
		if v.Kind != yaml.SequenceNode {
			x.Then = append(x.Then, r.pattern(v))
			break
		}
		r.list(v, func(v *yaml.Node) { x.Then = append(x.Then, r.pattern(v)) })
	case "each-process":
		r.scope(x, v, expect.InEach)
	case "one-process":
		r.scope(x, v, expect.InSome)
	default:
		return false
	}
	return true
}

func (r *reader) scope(x *expect.Expectation, v *yaml.Node, s expect.Scope) {
	switch {
	case !r.bool(v):
	case x.Within != 0:
		r.wrong(v, "of each-process and one-process there is one")
	default:
		x.Within = s
	}
}

// pattern reads an event that bounds others: calls with conditions or their name alone, a program, a death, or a signal.
func (r *reader) pattern(n *yaml.Node) (p expect.Pattern) {
	if n.Kind == yaml.ScalarNode {
		p.Calls = r.texts(n)
		return p
	}
	kinds := 0
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch k.Value {
		case "call":
		case "exec":
			p = expect.Exec(r.text(v))
		case "signal":
			p = expect.Signal(r.signal(v))
		case "death":
			p = r.end(v)
		default:
			continue
		}
		kinds++
	}
	ok := r.object(n, "pattern", func(key string, v *yaml.Node) {
		if key != "exec" && key != "signal" && key != "death" {
			r.condition(&p, key, v)
		}
	})
	if ok && kinds != 1 {
		r.wrong(n, "a pattern has one of call, exec, death and signal; this has %d", kinds)
	}
	return p
}

// end is a death: an exit code, or a signal.
func (r *reader) end(n *yaml.Node) expect.Pattern {
	if code, err := strconv.Atoi(n.Value); err == nil && n.Kind == yaml.ScalarNode {
		if code < 0 || code > 255 {
			r.wrong(n, "here is %d, and there should be an exit code from 0 to 255, or a signal", code)
		}
		return expect.Exited(code)
	}
	return expect.KilledBy(r.signal(n))
}

func (r *reader) condition(p *expect.Pattern, key string, v *yaml.Node) {
	switch key {
	case "call":
		p.Calls = r.texts(v)
	case "path":
		p.Path = r.text(v)
	case "fd":
		fd := r.number(v, 1<<30)
		p.FD = &fd
	case "addr":
		p.Addr = r.text(v)
	case "flags":
		p.Flags = r.texts(v)
	case "program":
		p.Program = r.text(v)
	case "depth":
		p.Depth = expect.One(r.number(v, 1<<20))
	case "child":
		p.Nth = expect.One(r.number(v, 1<<20))
	case "size":
		p.Args = append(p.Args, r.size(v))
	case "fails":
		p.Outcome = expect.Fails
		if name := r.text(v); name != "any" {
			p.Errno = r.errno(v, name)
		}
	case "succeeds":
		if p.Outcome = expect.Fails; r.bool(v) {
			p.Outcome = expect.Succeeds
		}
	}
}

// size reads a comparison: 4096, <=4096, >0.
func (r *reader) size(n *yaml.Node) expect.Compare {
	text := r.text(n)
	op := "=="
	for _, o := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if rest, ok := strings.CutPrefix(text, o); ok {
			op, text = o, rest
			break
		}
	}
	v, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || v < 0 {
		r.wrong(n, "here is %s, and there should be a number of bytes, or one after < <= > >= or !=", called(n))
	}
	return expect.Compare{Arg: "size", Op: op, Value: v}
}
