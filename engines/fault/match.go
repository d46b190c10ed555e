// Whether a call is one that a rule is about.

package fault

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/supervisor/utrace"
)

// rule is a Rule made ready.
type rule struct {
	Rule
	tally
	index   int
	names   []string
	scope   Per
	want    decode.Want
	path    *regexp.Regexp
	addr    *regexp.Regexp
	program *regexp.Regexp
	text    string
}

// matches tells whether a call is one of the rule's, but for its name. call is resolved as far as that needs.
func (r *rule) matches(s *utrace.Stopped, t *task, call *decode.Call, read decode.Reader) bool {
	if !r.Depth.has(t.proc.depth) || r.Child.Limited && (t.proc.child == 0 || !r.Child.has(t.proc.child)) {
		return false
	}
	if r.program != nil && !r.runs(t.programOf(s.ID())) {
		return false
	}
	if r.FD != nil && !slices.ContainsFunc(call.Args, func(a decode.Arg) bool { return a.Kind == decode.Descriptor && a.FD == *r.FD }) {
		return false
	}
	for _, c := range r.Args {
		if !c.holds(call, read) {
			return false
		}
	}
	if r.want == 0 {
		return true
	}
	call.Resolve(read, r.want)
	return found(r.path, call, pathsOf(call)) &&
		found(r.addr, call, func(a *decode.Arg) string { return a.Addr }) && r.flagged(call)
}

// runs tells whether a program is the rule's.
func (r *rule) runs(file string) bool {
	if !strings.Contains(r.Program, "/") {
		file = path.Base(file)
	}
	return r.program.MatchString(file)
}

// flagged tells whether the flags are as the rule wants them, all arguments of the call together.
func (r *rule) flagged(call *decode.Call) bool {
	for _, f := range r.Flags {
		name, unset := strings.CutPrefix(f, "!")
		has := slices.ContainsFunc(call.Args, func(a decode.Arg) bool { return slices.Contains(a.Flags, name) })
		if has == unset {
			return false
		}
	}
	return true
}

// holds compares a number of the call.
func (c Compare) holds(call *decode.Call, read decode.Reader) bool {
	var v uint64
	switch {
	case c.Arg == ArgSize:
		n, ok := sizeOf(call, read)
		if !ok {
			return false
		}
		v = uint64(n)
	case c.Arg < len(call.Args):
		v = uint64(call.Args[c.Arg].Value())
	default:
		return false
	}
	return decode.Compare(v, c.Op, c.Value)
}

// pathsOf gives the paths that a call is about: a descriptor that a path is relative to is none of them.
func pathsOf(call *decode.Call) func(*decode.Arg) string {
	relative := slices.ContainsFunc(call.Args, func(a decode.Arg) bool { return a.Kind == decode.Path })
	return func(a *decode.Arg) string {
		if relative && a.Kind == decode.Descriptor {
			return ""
		}
		return a.Path
	}
}

// found tells whether a pattern, if there is one, matches what of says of an argument.
func found(pattern *regexp.Regexp, call *decode.Call, of func(*decode.Arg) string) bool {
	if pattern == nil {
		return true
	}
	for i := range call.Args {
		if text := strings.TrimSuffix(of(&call.Args[i]), " (deleted)"); text != "" && pattern.MatchString(text) {
			return true
		}
	}
	return false
}

// fileKey tells one file from another.
type fileKey struct{ dev, ino uint64 }

// fileOf is the file of a task's descriptor, by what its link in /proc leads to. It opens nothing.
func fileOf(link string) (fileKey, bool) {
	var st unix.Stat_t
	if err := unix.Stat(link, &st); err != nil {
		return fileKey{}, false
	}
	return fileKey{uint64(st.Dev), st.Ino}, true
}
