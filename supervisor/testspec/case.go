// Cases: what is run.

package testspec

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"jail/engines/clock"
	"jail/engines/fault"
	"jail/engines/trace"
	"jail/supervisor/launch"
)

// shared reads a key that the file and its cases both have.
func (r *reader) shared(c *Case, key string, v *yaml.Node) {
	switch key {
	case "policy":
		c.Policy = r.text(v)
		if launch.IsFile(c.Policy) {
			c.Policy = r.local(c.Policy)
		}
		plan, err := launch.Plan(c.Policy)
		c.Plan = plan
		r.fails(v, err)
	case "timeout":
		d, err := time.ParseDuration(r.text(v))
		if err != nil || d <= 0 {
			r.wrong(v, "here is %s, and there should be a time above 0 such as 10s or 2m", called(v))
		}
		c.Timeout = d
	case "env":
		r.pairs(v, "NAME: value", func(k, v *yaml.Node) {
			if k.Value == "" || strings.ContainsAny(k.Value, "=\x00") {
				r.wrong(k, "%q is no name of a variable", k.Value)
			}
			c.Env = append(c.Env, k.Value+"="+r.text(v))
		})
	case "clock":
		s, err := clock.Parse(r.text(v))
		r.fails(v, err)
		s.Seed = c.Clock.Seed
		c.Clock = s
	case "seed":
		var err error
		c.Clock.Seed, err = clock.ParseSeed(r.text(v))
		r.fails(v, err)
	case "trace":
		c.Trace = r.texts(v)
		_, err := trace.Names(c.Trace)
		r.fails(v, err)
	}
}

// oneCase reads a case; all is what the file says for each.
func (r *reader) oneCase(n *yaml.Node, all Case) Case {
	c := all
	c.At, c.Env = r.at(n), slices.Clone(all.Env)
	c.Files = make(map[string]string)
	var expected, crash *yaml.Node
	ok := r.object(n, "case", func(key string, v *yaml.Node) {
		switch key {
		case "name":
			c.Name = r.text(v)
		case "command":
			r.command(&c, v)
		case "dir":
			c.Dir = r.local(r.text(v))
			if st, err := os.Stat(c.Dir); err != nil {
				r.wrong(v, "the folder %s can't be copied: %v", c.Dir, reason(err))
			} else if !st.IsDir() {
				r.wrong(v, "%s is a file, and there should be a folder", c.Dir)
			}
		case "files":
			r.pairs(v, "name of a file: what is in it", func(k, v *yaml.Node) {
				if name, ok := clean(k.Value); ok {
					c.Files[name] = r.text(v)
				} else {
					r.wrong(k, "%q is no file in the case's folder", k.Value)
				}
			})
		case "stdin":
			c.Stdin = r.text(v)
		case "faults":
			r.list(v, func(v *yaml.Node) { r.fault(&c, v) })
		case "expect":
			expected = v
		case "crash":
			crash = v
		default:
			r.shared(&c, key, v)
		}
	})
	if c.Name == "" {
		c.Name = "at " + c.At
	}
	if ok && c.Argv == nil {
		r.wrong(n, "case needs \"command\": the program and its arguments, or a script for sh")
	}
	if expected != nil {
		r.expect(&c.Expect, expected)
	}
	if e := &c.Expect; e.Signal != 0 && e.Exit != nil || e.Crash && (e.Signal != 0 || e.Exit != nil) {
		r.wrong(expected, "a program ends in one way: of exit, signal and crash there is one")
	}
	if e := &c.Expect; e.Exit == nil && e.Signal == 0 && !e.Crash {
		e.Exit = new(int)
	}
	if crash != nil {
		c.Crash = r.crash(crash)
	}
	if c.Plan != nil { // what the policy makes impossible
		for _, f := range c.Faults {
			if err := fault.Check(f, &c.Plan.Filter); err != nil {
				r.problems = append(r.problems, err)
			}
		}
	}
	return c
}

// reason is an error of a path without the path.
func reason(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

func (r *reader) command(c *Case, v *yaml.Node) {
	if v.Kind == yaml.SequenceNode {
		if c.Argv = r.texts(v); len(c.Argv) == 0 || c.Argv[0] == "" {
			r.wrong(v, "the command is empty; it begins with a program")
		}
		return
	}
	script := r.text(v)
	if v.ShortTag() == "!!str" && strings.TrimSpace(script) == "" {
		r.wrong(v, "the script is empty; it would pass and say nothing")
	}
	c.Argv = []string{"sh", "-c", script}
}

// fault reads one fault.
func (r *reader) fault(c *Case, n *yaml.Node) {
	maybe, at := false, n
	if n.Kind == yaml.MappingNode {
		at = nil
		r.pairs(n, "fault: …, maybe: true", func(k, v *yaml.Node) {
			switch k.Value {
			case "fault":
				at = v
			case "maybe":
				maybe = r.bool(v)
			default:
				r.wrong(k, "a fault has no %q; it has fault and maybe", k.Value)
			}
		})
	}
	if at == nil {
		r.wrong(n, "here should be a fault: 'write:error=ENOSPC'")
		return
	}
	rule, err := fault.ParseRule(r.at(at), r.text(at))
	if err != nil {
		r.problems = append(r.problems, err) // it begins with the place
		return
	}
	c.Faults, c.Maybe = append(c.Faults, rule), append(c.Maybe, maybe)
}

func (r *reader) crash(n *yaml.Node) *Crash {
	c := &Crash{At: r.at(n), Most: DefaultPoints}
	r.object(n, "crash", func(key string, v *yaml.Node) {
		switch key {
		case "calls":
			c.Calls = r.texts(v)
		case "path":
			c.Path = r.text(v)
		case "check":
			c.Check = r.text(v)
		case "lose":
			if c.LoseUnsync = v.Value == "unsynced"; !c.LoseUnsync && v.Value != "nothing" {
				r.wrong(v, "here is %s, and there should be unsynced or nothing", called(v))
			}
		case "most":
			c.Most = r.number(v, 1_000_000)
		}
	})
	if c.Calls != nil {
		rule := c.point(1, false)
		if err := fault.Check(rule, nil); err != nil {
			r.problems = append(r.problems, err) // it begins with the place
		}
	}
	return c
}
