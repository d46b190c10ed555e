// The grammar of rules: lines, and the parts of a rule.

package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Grammar is what Parse reads, for people.
const Grammar = `CALLS[:CONDITION]…:EFFECT[:EFFECT]…[:COUNT]…

CALLS       names, groups (%file, @network-io), globs (open*), /expressions, all; with commas between them.
            A ! before the first: all but these; before a later one: not this. ?name may be unknown
conditions  path=GLOB          a path of the call, or the file of its descriptor: absolute; * is any letters, / too
            fd=N               a descriptor
            addr=GLOB          a socket's address: 127.0.0.1:80 in quotes, /run/x, @name
            flags=A|B|!C       names of flags that are set, and that are not
            size>=4KiB         what the call transfers: == != < <= > >= &
            arg2==0x10         a register, from arg1 on
            program=GLOB       the program's file: its base name, or all of it if there is a /
            depth=N child=N    forks away from the first process; which child of its parent: N, N+, N..M
effects     error=ENOSPC       the call is not made and fails
            retval=N           the call is not made and answers N
            at=exit            … these come after the call, which is made; so does the signal
            syscall=NAME       this call is made instead; its answer is error's or retval's if there is one
            signal=SIGTERM     sent to the thread before the call
            delay_enter=10ms   before the call, delay_exit= after it: s, ms, us, ns; without a unit microseconds
            poke_enter=@arg2=00FF,@arg3=01   memory that arguments point to; poke_exit= after the call
            set=@arg2=5        the call is made with this argument; a path in quotes: set=@arg1="/x"
            short=N            N bytes are transferred at most
            after=64KiB        what is written is cut there, and fails from then on: with ENOSPC, or error=
            crash[=after]      everything in the jail is killed, before or after the call is made
counts      when=N, N+, N..M, N+STEP, N..M+STEP   which of the matching calls; each without it
            storm=N            N calls fire, one does not, and so on
            chance=0.1 seed=N  by chance, the same for the same seed
            per=call           who counts: task and call (call), task, process, tree; after: file

A value with a colon in it stands in double quotes, as in Go.`

// Parse reads rules, one a line; empty lines and those that begin with # are none. origin is the file's name; it stands in the
// rules' Origin with the line, and in errors with line and column. All lines are read: the error joins what is wrong with each.
// What is returned with an error are the lines without one.
func Parse(origin, text string) ([]Rule, error) {
	var rules []Rule
	var all []error
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSuffix(line, "\r")
		bare := strings.TrimSpace(line)
		if bare == "" || bare[0] == '#' {
			continue
		}
		r, col, err := parseLine(bare)
		r.Origin = fmt.Sprintf("%s:%d", origin, n)
		if err != nil {
			all = append(all, fmt.Errorf("%s:%d:%d: %w", origin, n, col+strings.Index(line, bare)+1, err))
			continue
		}
		if _, err := compile(r, nil); err != nil {
			all = append(all, err)
			continue
		}
		rules = append(rules, r)
	}
	return rules, errors.Join(all...)
}

// ParseRule reads one rule, which stands at origin; errors begin with that.
func ParseRule(origin, text string) (Rule, error) {
	r, _, err := parseLine(strings.TrimSpace(text))
	r.Origin = origin
	if err != nil {
		return r, r.at(err)
	}
	return r, Check(r, nil)
}

// field is one part of a rule.
type field struct {
	at   int // its first letter in the line
	text string
}

// parseLine reads a rule. col is where an error is, from 0.
func parseLine(line string) (r Rule, col int, err error) {
	fields, col, err := split(line)
	if err != nil {
		return r, col, err
	}
	calls, err := unquote(fields[0].text)
	if err != nil {
		return r, 0, err
	}
	if r.Calls = strings.Split(calls, ","); slicesEmpty(r.Calls) {
		return r, 0, errors.New("a rule begins with the names of system calls, with commas between them: write,pwrite64:error=ENOSPC")
	}
	seen := make(map[string]bool)
	for i, f := range fields[1:] {
		key, err := r.read(f.text)
		if err != nil && i > 0 {
			err = colon(fields[i], f, err)
		}
		if err == nil && seen[key] && key != "when" { // of several strace takes the last, too
			err = fmt.Errorf("%s is given twice", key)
		}
		if err != nil {
			return r, f.at, err
		}
		seen[key] = key != "set" && key != "compare"
	}
	return r, 0, nil
}

func slicesEmpty(list []string) bool {
	for _, s := range list {
		if strings.TrimSpace(s) == "" {
			return true
		}
	}
	return false
}

// split takes a line apart at its colons, but for those between quotes.
func split(line string) ([]field, int, error) {
	var out []field
	from := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ':':
			out = append(out, field{from, line[from:i]})
			from = i + 1
		case '"':
			q, err := strconv.QuotedPrefix(line[i:])
			if err != nil {
				return nil, i, errors.New("these quotes are not closed, or a backslash between them stands for nothing")
			}
			i += len(q) - 1
		}
	}
	return append(out, field{from, line[from:]}), 0, nil
}

// unquote takes the quotes off a value, if it has some.
func unquote(s string) (string, error) {
	if !strings.Contains(s, `"`) {
		return s, nil
	}
	if q, err := strconv.QuotedPrefix(s); err != nil || q != s {
		return "", fmt.Errorf("a value stands in quotes as a whole or not at all: %s", s)
	}
	return strconv.Unquote(s)
}

// colon says of what is no part that it may belong to the value before it, which then has to stand in quotes.
func colon(before, f field, err error) error {
	key, value, _ := strings.Cut(before.text, "=")
	if (key == "addr" || key == "path") && !strings.Contains(before.text+f.text, `"`) && !strings.Contains(f.text, "=") && f.text != "" {
		return fmt.Errorf("%q is no part of a rule; a value with a colon in it stands in quotes: %s=%q", f.text, key, value+":"+f.text)
	}
	return err
}

// read reads one part into the rule; key is what may not be given twice.
func (r *Rule) read(text string) (key string, err error) {
	if c, ok, err := parseCompare(text); ok {
		r.Args = append(r.Args, c)
		return "compare", err
	}
	key, raw, has := strings.Cut(text, "=")
	if key == "set" {
		return key, r.readSet(raw)
	}
	value, err := unquote(raw)
	if err != nil {
		return key, err
	}
	if !has && key != "crash" || has && value == "" {
		if keys := " " + allKeys + " "; strings.Contains(keys, " "+key+" ") {
			return key, fmt.Errorf("%s has no value", key)
		}
		return key, fmt.Errorf("%q is no part of a rule; parts are %s. A value with a colon in it stands in quotes", text, allKeys)
	}
	for _, read := range []func(key, value string) (bool, error){r.readCondition, r.readEffect, r.readCount} {
		if ok, err := read(key, value); ok || err != nil {
			return key, err
		}
	}
	return key, fmt.Errorf("there is no %q; parts are %s", key, allKeys)
}

const allKeys = "path fd addr flags size arg1…arg6 program depth child error retval at syscall signal delay_enter delay_exit poke_enter poke_exit set short after crash when storm chance seed per"

func (r *Rule) readCondition(key, value string) (ok bool, err error) {
	switch key {
	case "path":
		r.Path = value
		_, err = pathGlob(value)
	case "fd":
		var n int64
		n, err = parseInt(value, 0, 1<<31-1)
		r.FD = new(int(n))
	case "addr":
		r.Addr = value
		_, err = compileGlob(value)
	case "flags":
		r.Flags = strings.Split(value, "|")
		if slicesEmpty(r.Flags) {
			err = fmt.Errorf("flags are names with | between them: O_CREAT|!O_EXCL")
		}
	case "program":
		r.Program = value
		_, err = compileGlob(value)
	case "depth":
		r.Depth, err = parseSpan(value, 0)
	case "child":
		r.Child, err = parseSpan(value, 1)
	default:
		return false, nil
	}
	return true, err
}

func (r *Rule) readEffect(key, value string) (ok bool, err error) {
	switch key {
	case "error":
		r.Errno, err = parseErrno(value)
	case "retval":
		var n int64
		n, err = parseInt(value, 0, 1<<63-1)
		r.Result = &n
	case "at":
		if r.Late = value == "exit"; !r.Late {
			err = fmt.Errorf("at is exit, not %q", value)
		}
	case "syscall":
		r.Call = value
	case "signal":
		r.Signal, err = parseSignal(value)
	case "delay_enter":
		r.DelayEnter, err = parseDelay(value)
	case "delay_exit":
		r.DelayExit, err = parseDelay(value)
	case "poke_enter":
		r.PokeEnter, err = parsePokes(value)
	case "poke_exit":
		r.PokeExit, err = parsePokes(value)
	case "short":
		r.Short, err = parseSize(value)
	case "crash":
		r.Crash, err = parseCrash(value)
	default:
		return false, nil
	}
	return true, err
}

func (r *Rule) readCount(key, value string) (ok bool, err error) {
	var n int64
	switch key {
	case "when":
		r.When, err = parseWhen(value)
	case "per":
		for per, name := range perNames() {
			if name == value {
				r.Per = per
				return true, nil
			}
		}
		err = fmt.Errorf("per is call, task, process, tree or file, not %q", value)
	case "storm":
		n, err = parseInt(value, 1, 1<<31-1)
		r.Storm = int(n)
	case "chance":
		r.Chance, err = parseChance(value)
	case "seed":
		if r.Seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			err = fmt.Errorf("a seed is a number, not %q", value)
		}
	case "after":
		r.After, err = parseSize(value)
	default:
		return false, nil
	}
	return true, err
}
