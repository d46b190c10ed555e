// Events as lines for people, in the manner of strace(1).

package trace

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
)

// text is the Encoder for people.
type text struct{ colour, times bool }

// NewText is the encoder of the format text; with times each line begins with the seconds since the engine was made at which it began.
func NewText(colour, times bool) Encoder { return &text{colour: colour, times: times} }

// The colours of ECMA-48 that are used: faint, red, green, yellow, cyan.
const (
	plain  = "\x1b[0m"
	faint  = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
)

// Begin implements Encoder.
func (*text) Begin(b []byte) []byte { return b }

// End implements Encoder.
func (*text) End(b []byte) []byte { return b }

// Text is the event as a line for people, without colours and without the newline:
//
//	[pid 71 cat] openat(AT_FDCWD, "x", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000012>
//	[pid 70 sh] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=71, …} ---
//	[pid 71 cat] +++ exited with 1 +++
func (ev *Event) Text() string {
	return strings.TrimSuffix(string((&text{}).Append(nil, ev)), "\n")
}

// Append implements Encoder.
func (t *text) Append(b []byte, ev *Event) []byte {
	if t.times {
		b = t.paint(b, faint, fmt.Sprintf("%.6f", ev.At.Seconds()))
		b = append(b, ' ')
	}
	b = t.paint(b, faint, fmt.Sprintf("[pid %d %s]", ev.Task.TID, Word(ev.Program)))
	b = append(b, ' ')
	switch {
	case ev.Kind == KindSyscall && ev.Call != nil:
		b = t.call(b, ev)
	case ev.Signal != nil:
		b = t.paint(b, yellow, signalText(ev.Signal))
	case ev.Job != nil:
		b = t.paint(b, yellow, jobText(ev.Job))
	case ev.Exec != nil:
		b = t.paint(b, green, execText(ev.Exec))
	case ev.Birth != nil:
		b = t.paint(b, green, birthText(ev.Birth))
	case ev.Death != nil:
		b = t.paint(b, green, deathText(ev.Death))
	}
	return append(b, '\n')
}

// paint appends harmless text in a colour.
func (t *text) paint(b []byte, colour, s string) []byte {
	if !t.colour {
		return appendHarmless(b, s, "")
	}
	return append(appendHarmless(append(b, colour...), s, ""), plain...)
}

func (t *text) call(b []byte, ev *Event) []byte {
	name, args, ok := strings.Cut(ev.Call.String(), "(")
	if b = t.paint(b, cyan, name); ok {
		b = appendHarmless(b, "("+args, "")
	}
	b = append(b, " = "...)
	switch {
	case ev.Unfinished != "":
		b = t.paint(b, yellow, ev.Result.Text+unfinishedText(ev.Unfinished))
	case ev.Failed():
		b = t.paint(b, red, ev.Result.Text)
	default:
		b = appendHarmless(b, ev.Result.Text, "")
	}
	if ev.Unfinished != "" || !ev.Returned() && ev.Result.Errno == 0 {
		return b
	}
	b = append(b, ' ')
	return t.paint(b, faint, fmt.Sprintf("<%.6f>", ev.Took.Seconds()))
}

func unfinishedText(u Unfinished) string {
	switch u {
	case Killed:
		return " <unfinished: killed>"
	case Replaced:
		return " <unfinished: another thread called execve>"
	}
	return " <unfinished: its end was not seen>"
}

func signalText(s *Signal) string {
	text := "--- " + signalName(s.Number) + " " + siginfoText(&s.Info) + " ---"
	if s.Taken {
		text += " taken away"
	}
	return text
}

// signalName is report.SignalName, and a number for what has no name.
func signalName(sig unix.Signal) string {
	if name := report.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprint(int(sig))
}

func jobText(j *Job) string {
	if j.Stopped {
		return "--- stopped by " + signalName(j.Signal) + " ---"
	}
	return "--- continued ---"
}

// shownArgv is how many characters of a command line are shown.
const shownArgv = 200

func execText(e *Exec) string {
	var b strings.Builder
	b.WriteString("+++ runs " + Word(e.Path) + " [")
	for i, a := range e.Argv {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len()+len(a) > shownArgv && i > 0 {
			b.WriteString("...")
			break
		}
		cut := len(a) > shownArgv
		if cut {
			a = a[:shownArgv]
		}
		b.Write(appendQuoted(nil, a))
		if cut {
			b.WriteString("...")
		}
	}
	b.WriteString("] +++")
	return b.String()
}

func birthText(c *Birth) string {
	if c.Thread {
		return fmt.Sprintf("+++ new thread %d +++", c.Child.TID)
	}
	return fmt.Sprintf("+++ new process %d +++", c.Child.TID)
}

func deathText(d *Death) string {
	switch {
	case d.Killer.By == "exec":
		return fmt.Sprintf("+++ superseded by execve in another thread of %d +++", d.Killer.PID)
	case d.Status.Signal == 0:
		return fmt.Sprintf("+++ exited with %d +++", d.Status.Code)
	}
	text := "+++ killed by " + signalName(d.Status.Signal)
	if d.Status.Core {
		text += " (core dumped)"
	}
	if d.Killer.By == "policy" && d.Killer.Why.What != "" {
		text += ", by the policy: " + d.Killer.Why.What
	}
	return text + " +++"
}
