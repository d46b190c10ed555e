// What a call can have at all: conditions that none of its arguments could fulfil.

package decode

import (
	"fmt"
	"slices"
	"strings"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// Conditions say what is wanted of the arguments of a call.
type Conditions struct {
	Path, FD, Addr bool     // it has a file, a descriptor, a socket's address
	Flags          []string // it has these; "!O_APPEND": and not that
}

// Shape is a call of that name without values, to look at its kinds of arguments. false: no 64-bit ABI has it, and nothing is known of
// its arguments. Any goroutine.
func Shape(name string) (Call, bool) {
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
		if nr, ok := abi.Number(name); ok {
			return Head(utrace.Call{Arch: abi.AuditArch(), Nr: int64(nr)}), true
		}
	}
	return Call{}, false
}

// Possible tells why no call of that name could ever be as the conditions want it; nil: it could, or nothing is known of the call, and
// no flags are wanted.
// A negated flag must be one that the call has, too: else it is misspelt, and holds of every call. Any goroutine.
func (w Conditions) Possible(name string) error {
	call, ok := Shape(name)
	if !ok || !call.Known() {
		if len(w.Flags) > 0 { // arguments of other ABIs are numbers
			return fmt.Errorf("of %s no flags are known", name)
		}
		return nil
	}
	has := func(kinds ...Kind) bool {
		return slices.ContainsFunc(call.Args, func(a Arg) bool { return slices.Contains(kinds, a.Kind) })
	}
	switch {
	case w.Path && !has(Path, Descriptor, Address):
		return fmt.Errorf("%s has no path and no descriptor", name)
	case w.FD && !has(Descriptor):
		return fmt.Errorf("%s has no descriptor", name)
	case w.Addr && !has(Address, Struct):
		return fmt.Errorf("%s has no socket's address", name)
	}
	if len(w.Flags) == 0 {
		return nil
	}
	names := call.FlagNames()
	if len(names) == 0 {
		return fmt.Errorf("%s has no flags", name)
	}
	for _, f := range w.Flags {
		f = strings.TrimPrefix(f, "!")
		if slices.Contains(names, f) {
			continue
		}
		if near := seccomp.Nearest(f, names); near != "" {
			return fmt.Errorf("%s has no flag %q; did you mean %s?", name, f, near)
		}
		return fmt.Errorf("%s has no flag %q", name, f)
	}
	return nil
}
