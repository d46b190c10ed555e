// Programs that fail: which of the files that they were told to use they can't have read. Nobody who only reads has to stop for that.

package refusals

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

const (
	mostArguments = 4096 // bytes of a command line that are looked at
	mostNames     = 16   // names in it that are looked up
)

// ReportSyscallEntry looks at a program that ends with an exit status of failure.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	_ = s.Attachment().SetEvents(e.Events()) // the end of this call, too: see ReportExec
	c := ev.Call()
	name, _ := seccomp.ABIOf(c.Arch, uint32(c.Nr)).Name(int(int32(c.Nr)))
	if name == exit && c.Args[0]&failure != 0 && !e.set.All {
		e.failed(s)
	}
	return ev.Continue()
}

// failed tells of the files among a program's arguments that it was not let read. That it tried to is a guess, and said to be one.
func (e *Engine) failed(s *utrace.Stopped) {
	names := names(commandLine(s.ID().TID))
	if len(names) == 0 {
		return
	}
	l := &look{e: e, id: s.ID(), errno: unix.EACCES, c: call{shape: at(opens, none, none, ""), name: "open"}, flags: unix.O_RDONLY}
	if !l.begin() {
		return
	}
	defer l.close()
	for _, name := range names {
		l.path = name
		there := l.w.Reach(unix.AT_FDCWD, name, true, l.owner.maySearch)
		why, ours := l.judge(&there, nil)
		there.Close()
		key := memo{call: exit, path: why.What}
		if _, told := e.known[key]; !ours || told || len(e.known) >= mostKnown {
			continue
		}
		e.known[key] = why
		why.What = "what was probably the " + why.What + "; --explain tells for sure" // the guess first: long paths are cut
		e.set.Tell(s.ID(), why)
	}
}

// commandLine are a program's arguments without its name (proc_pid_cmdline(5)).
func commandLine(tid int) []string {
	f, err := os.Open("/proc/" + strconv.Itoa(tid) + "/cmdline")
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostArguments))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), "\x00")
	return strings.Split(strings.TrimSuffix(rest, "\x00"), "\x00")
}

// names are what may be paths among arguments: whole ones, what stands behind an option, and words of a shell's commands.
func names(args []string) []string {
	var list []string
	for _, arg := range args {
		words := []string{arg}
		if strings.ContainsAny(arg, " \t\n") {
			words = strings.FieldsFunc(arg, func(r rune) bool { return strings.ContainsRune(" \t\n'\"<>|;&(){}`", r) })
		}
		for _, w := range words {
			if i := strings.IndexAny(w, "=/"); strings.HasPrefix(w, "-") && i >= 0 { // --file=x, -I/usr/include
				w = strings.TrimPrefix(w[i:], "=")
			}
			if len(list) == mostNames {
				return list
			}
			if w != "" && !strings.HasPrefix(w, "-") && (len(words) == 1 || strings.Contains(w, "/")) {
				list = append(list, w)
			}
		}
	}
	return list
}
