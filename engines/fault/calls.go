// Sets of calls: names, groups, globs and regular expressions to numbers.

package fault

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"jail/seccomp"
)

// abis are the tables that names are looked up in.
func abis() []seccomp.ABI {
	return []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM}
}

// universe is every name that a table has, sorted; made when first needed and never changed.
var universe = sync.OnceValue(func() []string {
	var names []string
	for _, abi := range abis() {
		names = append(names, abi.Names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
})

// errNoCalls: the set is empty.
var errNoCalls = errors.New("these are no system calls at all")

// resolveCalls lists the names that a rule's Calls stand for, sorted. named tells whether each was given by its name, not by a
// group or pattern: what can't happen to a call is an error then, and else leaves it out.
func resolveCalls(list []string) (names []string, named bool, err error) {
	if len(list) == 0 {
		return nil, false, errors.New("no system call is named")
	}
	all := universe()
	in := make(map[string]bool)
	rest := list
	inverse := strings.HasPrefix(list[0], "!")
	if inverse {
		for _, n := range all {
			in[n] = true
		}
	}
	named = !inverse
	for _, item := range rest {
		bare, out := strings.CutPrefix(item, "!")
		members, single, err := membersOf(bare, all)
		if err != nil {
			return nil, false, err
		}
		named = named && (single || out)
		for _, m := range members {
			if out || inverse {
				delete(in, m)
			} else {
				in[m] = true
			}
		}
	}
	for _, n := range all {
		if in[n] {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return nil, false, errNoCalls
	}
	return names, named, nil
}

// membersOf is what one element stands for. single: it is a name.
func membersOf(item string, all []string) (members []string, single bool, err error) {
	optional := false
	if len(item) > 1 && item[0] == '?' {
		item, optional = item[1:], true
	}
	switch {
	case item == "all":
		return all, false, nil
	case item == "none", item == "":
		return nil, false, errNoCalls
	case item[0] == '/':
		return byPattern(item, all)
	case strings.ContainsAny(item, "*?["):
		return byGlob(item, all)
	case seccomp.KnownName(item):
		return []string{item}, true, nil
	}
	if members, ok := seccomp.Group(item); ok {
		return members, false, nil
	}
	if members, ok := seccomp.Group("%" + item); ok { // strace still knows classes without their sign
		return members, false, nil
	}
	if optional {
		return nil, false, nil
	}
	hint := ""
	if near := seccomp.Suggest(item); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return nil, false, fmt.Errorf("there is no system call or group %q%s", item, hint)
}

func byPattern(item string, all []string) ([]string, bool, error) {
	re, err := regexp.Compile(item[1:])
	if err != nil {
		var wrong *syntax.Error
		if errors.As(err, &wrong) {
			return nil, false, fmt.Errorf("%s is no regular expression: %s at %q", item, wrong.Code, wrong.Expr)
		}
		return nil, false, fmt.Errorf("%s: %w", item, err)
	}
	return filter(item, all, re.MatchString)
}

func byGlob(item string, all []string) ([]string, bool, error) {
	if _, err := path.Match(item, ""); err != nil {
		return nil, false, fmt.Errorf("%s: %w", item, err)
	}
	return filter(item, all, func(name string) bool {
		ok, _ := path.Match(item, name)
		return ok
	})
}

func filter(item string, all []string, has func(string) bool) ([]string, bool, error) {
	var out []string
	for _, n := range all {
		if has(n) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return nil, false, fmt.Errorf("no system call matches %s", item)
	}
	return out, false, nil
}

// refused tells whether a filter never lets a call of that name be made, so that no engine hears of it.
func refused(f *seccomp.Spec, name string) bool {
	lets := func(a seccomp.Action) bool { return a.Kind() >= seccomp.KindNotify }
	for _, r := range f.Rules {
		switch {
		case !slices.ContainsFunc(r.Names, func(n string) bool { return n == name || inGroup(n, name) }):
		case lets(r.Do):
			return false
		case len(r.When) == 0 && len(r.ABIs) == 0:
			return true
		}
	}
	return !lets(f.Default)
}

func inGroup(group, name string) bool {
	members, ok := seccomp.Group(group)
	return ok && slices.Contains(members, name)
}
