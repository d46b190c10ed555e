// jail trace

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/engines/trace"
	"jail/supervisor/report"
)

type traceFlags struct {
	policy, format, file        string
	exprs, calls, paths, errnos []string
	inject                      injections
	pids                        []int
	failed, quiet, times        bool
	strings                     int
}

func traceCommand() *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use:   "trace [-e EXPR]… [--path PATTERN]… [--format text|json|chrome] [-o FILE] [--policy NAME|FILE] [--inject FAULT]… [--clock TIME] [--seed N] [--] PROGRAM [ARGUMENT]…",
		Short: "Show the system calls, signals and deaths of a program and all that it starts",
		Long:  traceHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no program is given; try: jail trace -e %file -- ls")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return runTrace(f, args) },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().SetInterspersed(false) // what follows the program's name is the program's
	cmd.Flags().StringArrayVarP(&f.exprs, "expr", "e", nil, "[trace=]CALLS, status=STATUS or signal=none, see above")
	cmd.Flags().StringArrayVar(&f.calls, "calls", nil, "as -e trace=CALLS")
	cmd.Flags().StringArrayVar(&f.paths, "path", nil, "only calls that name a file that this pattern fits, by path, descriptor or socket address")
	cmd.Flags().IntSliceVar(&f.pids, "pid", nil, "only these of the program's processes and threads; jail attaches to none that runs already")
	cmd.Flags().StringSliceVar(&f.errnos, "errno", nil, "only calls that fail with one of these, such as ENOENT,EACCES")
	cmd.Flags().BoolVar(&f.failed, "failed", false, "only calls that fail; as -e status=failed")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "nothing about births, programs and deaths")
	cmd.Flags().BoolVarP(&f.times, "times", "t", false, "begin each line with the time, in seconds since the start, at which it began")
	cmd.Flags().IntVarP(&f.strings, "strings", "s", 32, "how many bytes of data are shown")
	cmd.Flags().StringVar(&f.format, "format", "text", "text, json (one object a line; jail version --trace-schema prints the schema) or chrome (for chrome://tracing and ui.perfetto.dev)")
	cmd.Flags().StringVarP(&f.file, "output", "o", "", "write to this file, which is emptied first, instead of to standard error")
	cmd.Flags().StringVar(&f.policy, "policy", "observe", "built-in policy, or file: its name has a / or ends in .yaml")
	f.inject.flags(cmd)
	return cmd
}

const traceHelp = `Trace runs a program as jail run does, under a policy (observe, which allows all, unless another is named), and shows what
it does: a line for each system call with its arguments and result, and for signals, births, programs and deaths.

  [pid 71 cat] openat(AT_FDCWD, "x", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000012>
  [pid 70 sh] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=71, …} ---
  [pid 71 cat] +++ exited with 1 +++

A call is one whole line, written when it ends, whatever other tasks do meanwhile: lines can be searched, counted and compared (strace
writes calls down when they begin, and cuts those in two that overlap with others). So what waits is not shown while it waits;
Ctrl-C shows it. With --times each line begins with the time at which the call began; "sort -n" puts them into that order. In JSON there
are both, "time" and "took", and "after" says which calls were over when this one began.

Which calls (-e, also as -e trace=CALLS, or --calls): names, classes (%file %desc %network %process %signal %memory, …), groups
(@file-system, …) and patterns (open*), with commas between them; !NAME takes away. A list that begins with ! is what is left
out of all calls. Of a list with no such call jail says what is near. -e status= takes successful, failed and unfinished;
-e signal=none leaves out signals. A call that is not asked for does not stop, and costs nothing.

--path takes patterns as policies do (* ? **). One that begins with / is absolute, with ./ or ../ it starts at the working folder, any
other fits at every depth. Names are compared as the program's, made absolute; of descriptors it is the file's real one.

A call that never came back says so: "= ? <unfinished: killed>". What the filter of the policy answers by itself, without a stop, is
not shown: the denials that jail run tells of are, quiet ones are not; clone3 is always answered ENOSYS, so that programs call clone.

Standard input and output belong to the program, and standard error, too, unless the trace goes there. What is shown is written
from a buffer of 1 MiB: if it is full because nobody reads, the program waits. When the reader goes away (a pipe is closed) the program
goes on without a trace, and jail ends as the program does. When the trace can't be written for another reason (the disk is
full) the program goes on, too, and jail says so and exits with 125.

Exit codes are those of jail run. Colours are used on a terminal, unless NO_COLOR is set (https://no-color.org).`

// runTrace is jail trace, from flags to exit.
func runTrace(f traceFlags, args []string) error {
	sel, err := f.selection()
	if err != nil {
		return err
	}
	out, err := newTraceOut(f)
	if err != nil {
		return err
	}
	want := decode.Text
	if f.format == "json" {
		want = decode.All
	}
	cfg := trace.Config{Sink: out.tell, Full: out.full, Select: sel, Decoder: decode.Decoder{Strings: f.strings}, Want: want}
	if out.engine, err = trace.New(cfg); err != nil {
		return err
	}
	return run(runFlags{policy: f.policy, trace: out, inject: f.inject}, args)
}

// selection is what the flags select. The error says which of them is wrong.
func (f *traceFlags) selection() (trace.Select, error) {
	sel := trace.Select{Calls: slices.Clone(f.calls), PIDs: f.pids, NoLives: f.quiet}
	if f.strings < 0 {
		return sel, fmt.Errorf("--strings %d: a number of bytes is not negative", f.strings)
	}
	for _, e := range f.exprs {
		if err := f.expr(e, &sel); err != nil {
			return sel, err
		}
	}
	if f.failed {
		sel.Status |= trace.Failed
	}
	for _, name := range f.errnos {
		errno, ok := errnoNamed(name)
		if !ok {
			return sel, fmt.Errorf("--errno %s: there is no such error; they are written as ENOENT", name)
		}
		sel.Errnos = append(sel.Errnos, errno)
	}
	for _, p := range f.paths {
		sel.Paths = append(sel.Paths, pathPatterns(p)...)
	}
	if _, err := trace.Names(sel.Calls); err != nil {
		return sel, fmt.Errorf("-e: %w", err)
	}
	return sel, nil
}

// expr takes one -e.
func (f *traceFlags) expr(e string, sel *trace.Select) error {
	key, value, ok := strings.Cut(e, "=")
	if !ok {
		key, value = "trace", e
	}
	switch key {
	case "trace", "t":
		sel.Calls = append(sel.Calls, value)
	case "status":
		for _, s := range strings.Split(value, ",") {
			status, ok := map[string]trace.Status{"successful": trace.Successful, "failed": trace.Failed, "unfinished": trace.Unreturned,
				"all": trace.Successful | trace.Failed | trace.Unreturned}[s]
			if !ok {
				return fmt.Errorf("-e status=%s: %q is none of successful, failed, unfinished, all", value, s)
			}
			sel.Status |= status
		}
	case "signal", "signals":
		if value != "none" && value != "all" {
			return fmt.Errorf("-e %s: signals are shown all or none", e)
		}
		sel.NoSignals = value == "none"
	default:
		return fmt.Errorf("-e %s: %q is none of trace, status, signal", e, key)
	}
	return nil
}

// errnoNamed is the errno of a name.
func errnoNamed(name string) (unix.Errno, bool) {
	for e := unix.Errno(1); e < 512; e++ { // from there on they are the kernel's own
		if unix.ErrnoName(e) == strings.ToUpper(name) && name != "" {
			return e, true
		}
	}
	return 0, false
}

// pathPatterns are a pattern of --path as Select has it, and where it leads if it is the name of a link.
func pathPatterns(p string) []string {
	if strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || p == "." || p == ".." {
		if abs, err := filepath.Abs(p); err == nil {
			p = abs
		}
	}
	list := []string{p}
	if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, "*?") {
		return list
	}
	list[0] = filepath.Clean(p)
	if where, err := filepath.EvalSymlinks(p); err == nil && where != list[0] {
		list = append(list, where)
	}
	return list
}

// coloured tells whether the trace is for a terminal that wants colours.
func (f *traceFlags) coloured() bool {
	return f.file == "" && f.format == "text" && isTerminal(2) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// place is where the trace goes, and what closes it.
func (f *traceFlags) place() (func([]byte) error, func() error, error) {
	if f.file == "" {
		return byLine, func() error { return nil }, nil
	}
	file, err := os.OpenFile(f.file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, nil, err
	}
	return func(p []byte) error { _, err := file.Write(p); return err }, file.Close, nil
}

// byLine writes to standard error, where others write, too: whole lines, in pieces that a pipe takes as one (pipe(7), PIPE_BUF).
func byLine(p []byte) error {
	const atOnce = 4096
	for len(p) > 0 {
		n := len(p)
		if n > atOnce {
			if n = strings.LastIndexByte(string(p[:atOnce]), '\n') + 1; n == 0 {
				if n = strings.IndexByte(string(p), '\n') + 1; n == 0 {
					n = len(p)
				}
			}
		}
		if _, err := (report.Terminal{FD: 2}).Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}
