// The grammar of sets of system calls.

package trace

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"jail/seccomp"
)

// ErrNoCall is wrapped by the errors of Names.
var ErrNoCall = errors.New("no system call, group or class")

// Names are the names of the system calls that words mean, sorted: what strace(1) takes after -e trace=, and more.
//
//	openat, %file, @file-system   a call, one of strace's classes, one of systemd's sets (seccomp.Group)
//	file, desc, network, …        a class as older straces wrote it, where no call has that name
//	open*, *stat[fx]*             every call that the pattern fits (path.Match)
//	all, none
//	!name                         without it, and what is named before stays; if the first word begins with !, all of the words
//	                              are what is left out of everything
//	?name                         as name, and no error if no ABI has it
//
// A word may hold several, with commas between them. No words at all mean everything. The error tells every word that means
// nothing, with the nearest that does; it wraps ErrNoCall.
func Names(words []string) ([]string, error) {
	var list []string
	for _, w := range words {
		list = append(list, strings.Split(w, ",")...)
	}
	set := make(map[string]bool)
	without := len(list) > 0 && strings.HasPrefix(list[0], "!")
	if without || len(list) == 0 {
		add(set, everything(), true)
	}
	var errs []error
	for _, w := range list {
		w = strings.TrimSpace(w)
		name, not := strings.CutPrefix(w, "!")
		members, err := expand(name)
		errs = append(errs, err)
		add(set, members, !without && !not)
	}
	return slices.Sorted(maps.Keys(set)), errors.Join(errs...)
}

func add(set map[string]bool, names []string, in bool) {
	for _, n := range names {
		if in {
			set[n] = true
		} else {
			delete(set, n)
		}
	}
}

// everything is all names that any ABI has.
func everything() []string {
	var all []string
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		all = append(all, abi.Names()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// expand is what one word means.
func expand(word string) ([]string, error) {
	name, optional := strings.CutPrefix(word, "?")
	switch {
	case name == "all":
		return everything(), nil
	case name == "none" && !optional:
		return nil, nil
	case strings.ContainsAny(name, "*?["):
		return fitting(name)
	case seccomp.KnownName(name):
		return []string{name}, nil
	}
	for _, group := range []string{name, "%" + name} {
		if members, ok := seccomp.Group(group); ok {
			return members, nil
		}
	}
	if optional {
		return nil, nil
	}
	if near := seccomp.Suggest(name); near != "" {
		return nil, fmt.Errorf("%q is %w; did you mean %s?", name, ErrNoCall, near)
	}
	return nil, fmt.Errorf("%q is %w", name, ErrNoCall)
}

// fitting are the calls that a pattern fits.
func fitting(pattern string) ([]string, error) {
	var list []string
	for _, name := range everything() {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, fmt.Errorf("%q is %w: a pattern's [ needs its ]", pattern, ErrNoCall)
		}
		if ok {
			list = append(list, name)
		}
	}
	if list == nil {
		return nil, fmt.Errorf("%q is %w: the pattern fits none", pattern, ErrNoCall)
	}
	return list, nil
}
