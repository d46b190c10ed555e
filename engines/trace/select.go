// Which events are told.

package trace

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// A Status is how a call ended: any of them together.
type Status uint8

// The ways in which a call ends.
const (
	Successful Status = 1 << iota
	Failed
	Unreturned // it is Unfinished, or its result is not the program's: the kernel makes it again; or it never has one (exit)
)

// Select says which events are told. The conditions hold all together; the zero Select is everything.
type Select struct {
	// Calls are names of system calls, groups (@file-system), classes (%file) and patterns (open*), in the grammar of Names. Empty:
	// all calls.
	Calls []string
	// Paths are patterns (policy.MatchPath) of which a call must name a file: by its path, by a descriptor, or as the address of a
	// socket. One that does not begin with / matches at any depth.
	Paths []string
	// PIDs are processes or threads, as the supervisor numbers them.
	PIDs []int
	// Errnos, if there are any, are the ones that a call must fail with.
	Errnos []unix.Errno
	// Status is how a call must end; 0: however.
	Status Status
	// NoSignals leaves out signals and job control, NoLives births, programs and deaths.
	NoSignals, NoLives bool
}

// selection is a Select that can be asked quickly.
type selection struct {
	Select
	names []string
	paths []string
	want  *utrace.SyscallSet
}

func (s *Select) compile() (*selection, error) {
	names, err := Names(s.Calls)
	if err != nil {
		return nil, err
	}
	sel := &selection{Select: *s, names: names, want: setOf(names)}
	for _, p := range s.Paths {
		if p == "" {
			return nil, fmt.Errorf("the pattern of a path is empty")
		}
		if !strings.HasPrefix(p, "/") {
			p = "/**/" + p
		}
		sel.paths = append(sel.paths, p)
	}
	return sel, nil
}

// setOf is a set of calls on every ABI.
func setOf(names []string) *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		for _, name := range names {
			if nr, ok := abi.Number(name); ok {
				set.Add(abi.AuditArch(), int64(nr))
			}
		}
	}
	return set
}

func (s *selection) calls() *utrace.SyscallSet { return setOf(s.names) }

// narrow tells whether calls that stop can be turned down at their entry.
func (s *selection) narrow() bool { return s.byPath() || len(s.PIDs) > 0 }

func (s *selection) byPath() bool { return len(s.paths) > 0 }

// enters decides what the registers and the task tell.
func (s *selection) enters(id utrace.TaskID, c utrace.Call) bool {
	return s.want.Has(c.Arch, c.Nr) && s.task(id)
}

func (s *selection) task(id utrace.TaskID) bool {
	return len(s.PIDs) == 0 || slices.Contains(s.PIDs, id.TID) || slices.Contains(s.PIDs, id.TGID)
}

// path tells whether a call is about one of the paths.
func (s *selection) path(c *decode.Call) bool {
	return slices.ContainsFunc(Files(c), func(f string) bool {
		return slices.ContainsFunc(s.paths, func(p string) bool { return policy.MatchPath(p, f) })
	})
}

// Files are the files that a call is about, as far as its paths are resolved (decode.Paths): those that it names, and those of its
// descriptors, but for folders that a name is relative to. They are absolute paths, and socket:[N], pipe:[N] and the like; without
// the " (deleted)" that the kernel puts behind what has no name any more.
func Files(c *decode.Call) []string {
	named := slices.ContainsFunc(c.Args, func(a decode.Arg) bool { return a.Kind == decode.Path && a.Path != "" })
	var list []string
	for i := range c.Args {
		a := &c.Args[i]
		if f := strings.TrimSuffix(a.Path, " (deleted)"); f != "" && (!named || a.Kind != decode.Descriptor) && !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

// wants decides the rest, of an event that is ready to be told.
func (s *selection) wants(ev *Event) bool {
	if !s.task(ev.Task) {
		return false
	}
	switch ev.Kind {
	case KindSyscall:
		return s.result(ev)
	case KindSignal, KindJob:
		return !s.NoSignals
	}
	return !s.NoLives
}

func (s *selection) result(ev *Event) bool {
	status := Unreturned
	switch {
	case ev.Failed():
		status = Failed
	case ev.Returned():
		status = Successful
	}
	if s.Status != 0 && s.Status&status == 0 {
		return false
	}
	return len(s.Errnos) == 0 || status == Failed && slices.Contains(s.Errnos, ev.Result.Errno)
}
