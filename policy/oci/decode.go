// From JSON nodes to a profile; a key that is not known is a mistake, because it could be one that narrows a rule.

package oci

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// decoder makes a profile of nodes and collects mistakes.
type decoder struct {
	file  string
	errs  Errors
	notes []Note
}

// decode reads a profile. Its error is an Errors.
func decode(file string, root *node) (*profile, error) {
	d := &decoder{file: file}
	p := d.profile(root)
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b *Error) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, d.errs
	}
	p.notes = d.notes
	return p, nil
}

func (d *decoder) errorf(at place, kind error, hint, format string, args ...any) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, &Error{File: d.file, Line: at.line, Column: at.column, Msg: fmt.Sprintf(format, args...), Hint: hint, kind: kind})
	}
}

// notef makes a note, if there are not too many to be read.
func (d *decoder) notef(at place, format string, args ...any) {
	const most = 1000
	if len(d.notes) == most {
		format, args = "from here on nothing is said any more of what is left out", nil
	}
	if len(d.notes) > most {
		return
	}
	d.notes = append(d.notes, Note{File: d.file, Line: at.line, Column: at.column, Text: fmt.Sprintf(format, args...)})
}

// keys hands out the members of an object. null stands for a key that is not
// there, as in Go.
func (d *decoder) keys(n *node, what string, known map[string]func(key)) {
	if n.shape != isObject {
		d.errorf(n.place, ErrType, "", "%s is an object, not %s", what, n.shape)
		return
	}
	for _, k := range n.keys {
		set, ok := known[k.name]
		switch {
		case !ok:
			hint := ""
			for name := range known {
				if strings.EqualFold(name, k.name) {
					hint = fmt.Sprintf("write %q", name)
				}
			}
			if k.name == "ociVersion" || k.name == "linux" {
				hint = "this is a container's config.json: import what its linux.seccomp holds"
			}
			d.errorf(k.place, ErrKey, hint, "%s has no key %s", what, quote(k.name))
		case k.value.shape != isNull:
			set(k)
		}
	}
}

func (d *decoder) profile(root *node) *profile {
	p := &profile{file: d.file}
	var byItself, errnoRet, errnoName, arches, archMap *node
	keep := func(n **node) func(key) { return func(k key) { *n = k.value } }
	ignore := func(k key) { d.notef(k.place, "%s says nothing about calls and is left out", k.name) }
	d.keys(root, "a profile", map[string]func(key){
		"defaultAction": keep(&byItself), "defaultErrnoRet": keep(&errnoRet), "defaultErrno": keep(&errnoName),
		"architectures": keep(&arches), "archMap": keep(&archMap),
		"flags": ignore, "listenerPath": ignore, "listenerMetadata": ignore,
		"$schema": func(key) {}, "comment": func(key) {},
		"syscalls": func(k key) {
			for _, n := range d.array(k.value, "syscalls") {
				p.rules = append(p.rules, d.rule(n))
			}
		},
	})
	if root.shape == isObject {
		p.byItself = d.action(root.place, byItself, errnoRet, errnoName, "defaultAction")
	}
	if arches != nil {
		p.arches = d.words(arches, "architectures")
	}
	if archMap != nil {
		p.mapped = true
		for _, n := range d.array(archMap, "archMap") {
			p.families = append(p.families, d.family(n))
		}
	}
	if len(p.arches) > 0 && len(p.families) > 0 {
		d.errorf(archMap.place, ErrKey, "remove one of them", "a profile has architectures or archMap, not both")
	}
	return p
}

func (d *decoder) array(n *node, what string) []*node {
	if n.shape != isArray {
		d.errorf(n.place, ErrType, "", "%s is an array, not %s", what, n.shape)
	}
	return n.items
}

func (d *decoder) words(n *node, what string) []word {
	var all []word
	for _, e := range d.array(n, what) {
		all = append(all, d.word(e, "an element of "+what))
	}
	return all
}

func (d *decoder) word(n *node, what string) word {
	if n.shape != isText {
		d.errorf(n.place, ErrType, "", "%s is a text, not %s", what, n.shape)
	}
	return word{n.place, n.text}
}

func (d *decoder) family(n *node) family {
	var f family
	d.keys(n, "an element of archMap", map[string]func(key){
		"architecture":     func(k key) { f.arch = d.word(k.value, k.name) },
		"subArchitectures": func(k key) { f.subs = d.words(k.value, k.name) },
	})
	return f
}

func (d *decoder) rule(n *node) rule {
	r := rule{place: n.place}
	var name, names, do, errnoRet, errnoName *node
	keep := func(n **node) func(key) { return func(k key) { *n = k.value } }
	d.keys(n, "an element of syscalls", map[string]func(key){
		"name": keep(&name), "names": keep(&names), "action": keep(&do), "errnoRet": keep(&errnoRet), "errno": keep(&errnoName),
		"comment": func(k key) { r.comment = d.word(k.value, k.name).text },
		"args": func(k key) {
			for _, e := range d.array(k.value, k.name) {
				r.args = append(r.args, d.arg(e))
			}
		},
		"includes": func(k key) { r.includes = d.filter(k.value, k.name) },
		"excludes": func(k key) { r.excludes = d.filter(k.value, k.name) },
	})
	if n.shape != isObject {
		return r
	}
	if names != nil {
		r.names = d.words(names, "names")
	}
	if name != nil && name.text != "" { // what Docker wrote before 1.12 had names
		if len(r.names) > 0 {
			d.errorf(name.place, ErrKey, "remove name", "a rule has name or names, not both")
		}
		r.names = append(r.names, d.word(name, "name"))
	}
	if len(r.names) == 0 {
		d.errorf(n.place, ErrKey, `write "names": ["read"]`, "the rule names no call")
	}
	r.do = d.action(n.place, do, errnoRet, errnoName, "action")
	return r
}

// action reads an action with its errno: by name as Podman has it, or by
// number. Without either it is EPERM.
func (d *decoder) action(at place, do, errnoRet, errnoName *node, what string) action {
	if do == nil {
		d.errorf(at, ErrKey, `write "`+what+`": "SCMP_ACT_ERRNO"`, "%s is missing", what)
		return action{}
	}
	a := action{place: do.place, name: d.word(do, what).text, errno: unix.EPERM}
	var ok bool
	if a.kind, ok = kindNamed(a.name); !ok && do.shape == isText {
		d.errorf(do.place, ErrValue, "it is one of SCMP_ACT_ALLOW, _ERRNO, _KILL, _KILL_PROCESS, _KILL_THREAD, _LOG, _NOTIFY, _TRACE, _TRAP",
			"there is no action %s", quote(a.name))
	}
	if errnoRet != nil {
		a.errno = unix.Errno(d.number(errnoRet, "the errno", 0xffff))
	}
	if errnoName != nil && d.word(errnoName, "the errno").text != "" {
		if a.errno = errnoNamed(errnoName.text); a.errno == 0 {
			d.errorf(errnoName.place, ErrValue, "errno(3) lists them", "there is no errno %s", quote(errnoName.text))
		}
	}
	takes := a.kind == seccomp.KindErrno || a.kind == seccomp.KindTrace
	if errnoRet != nil && !takes && ok {
		d.errorf(errnoRet.place, ErrValue, "remove it", "%s has no errno", a.name)
	}
	if a.kind != seccomp.KindErrno {
		a.errno = 0
	}
	return a
}

// errnoNamed is an errno by name, 0 if there is none.
func errnoNamed(name string) unix.Errno {
	for e := unix.Errno(1); e < 512; e++ {
		if unix.ErrnoName(e) == name {
			return e
		}
	}
	return 0
}

// number reads one from 0 to most.
func (d *decoder) number(n *node, what string, most uint64) uint64 {
	v, err := strconv.ParseUint(n.text, 10, 64)
	switch {
	case n.shape != isNumber:
		d.errorf(n.place, ErrType, "", "%s is a number, not %s", what, n.shape)
	case err != nil || v > most:
		d.errorf(n.place, ErrValue, fmt.Sprintf("it is from 0 to %d, without fraction or exponent", most), "%s cannot be %s", what, n.text)
		return 0
	}
	return v
}

func (d *decoder) arg(n *node) arg {
	a := arg{place: n.place}
	var index, value, op *node
	var two uint64
	keep := func(n **node) func(key) { return func(k key) { *n = k.value } }
	d.keys(n, "an element of args", map[string]func(key){
		"index": keep(&index), "value": keep(&value), "op": keep(&op),
		"valueTwo": func(k key) { two = d.number(k.value, k.name, 1<<64-1) },
	})
	for _, need := range []struct {
		name string
		n    *node
	}{{"index", index}, {"value", value}, {"op", op}} {
		if need.n == nil && n.shape == isObject {
			d.errorf(n.place, ErrKey, "", "%s is missing", need.name)
		}
	}
	if index == nil || value == nil || op == nil {
		return a
	}
	a.index = int(d.number(index, "the index of an argument", 5))
	a.value = d.number(value, "the value", 1<<64-1)
	name := d.word(op, "op").text
	a.source = fmt.Sprintf("arg%d %s %d", a.index, strings.TrimPrefix(name, "SCMP_CMP_"), a.value)
	var ok bool
	if a.op, ok = opNamed(name); !ok && op.shape == isText {
		d.errorf(op.place, ErrValue, "it is one of SCMP_CMP_EQ, _NE, _LT, _LE, _GT, _GE, _MASKED_EQ", "there is no comparison %s", quote(name))
	}
	if a.op == seccomp.MaskedEq {
		a.source += fmt.Sprintf(" %d", two)
		a.mask, a.value = a.value, two&a.value
	}
	return a
}

func (d *decoder) filter(n *node, what string) filter {
	var f filter
	d.keys(n, what, map[string]func(key){
		"caps":   func(k key) { f.caps = d.words(k.value, k.name) },
		"arches": func(k key) { f.arches = d.words(k.value, k.name) },
		"minKernel": func(k key) {
			w := d.word(k.value, k.name)
			if w.text == "" {
				return
			}
			var ok bool
			if f.kernel, ok = ParseVersion(w.text); !ok || strings.ContainsFunc(w.text, func(r rune) bool { return r != '.' && !unicode.IsDigit(r) }) {
				d.errorf(w.place, ErrValue, `it is written like "4.8"`, "%s is not the version of a kernel", quote(w.text))
			}
			f.hasKernel = true
		},
	})
	return f
}

// ParseVersion reads the version of a kernel as uname(2) and profiles write
// it: "6.18", "6.18.44-generic". ok is false if s is none.
func ParseVersion(s string) (v Version, ok bool) {
	major, rest, found := strings.Cut(s, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		rest = rest[:end]
	}
	a, err := strconv.ParseUint(major, 10, 15)
	b, err2 := strconv.ParseUint(rest, 10, 15)
	return Version{int(a), int(b)}, found && err == nil && err2 == nil
}
