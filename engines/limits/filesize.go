// File size: RLIMIT_FSIZE holds it; this engine says so when it does.

package limits

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// FileSize tells of SIGXFSZ, by which the kernel says that a process wanted to make a file bigger than RLIMIT_FSIZE lets it
// (setrlimit(2)). It changes nothing: the process dies of the signal, or, where it handles or ignores it, the write fails with EFBIG.
type FileSize struct {
	why  utrace.Why
	text string
	tell func(utrace.TaskID, utrace.Decision)
}

// NewFileSize makes the engine; text is the bound as a person would write it. TellTo says who is told.
func NewFileSize(why utrace.Why, text string) *FileSize { return &FileSize{why: why, text: text} }

// Name is "file-size".
func (*FileSize) Name() string { return "file-size" }

// Events are signals, whatever would become of them.
func (*FileSize) Events() utrace.Mask { return utrace.Signals }

// TellTo says who is told, on the jail's thread; nobody is before. It is called before the jail is started.
func (f *FileSize) TellTo(tell func(utrace.TaskID, utrace.Decision)) { f.tell = tell }

// ReportSignal tells of SIGXFSZ, and lets every signal pass. The kernel sends it in the name of the process itself
// (generic_write_check_limits() in fs/read_write.c, Linux 6.18), so one that a process sends to itself is told too.
func (f *FileSize) ReportSignal(s *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	if info := ev.Info(); info.Signo == unix.SIGXFSZ && !ev.Again() && f.tell != nil {
		if pid, sent := info.Sender(); !sent || pid == s.ID().TGID {
			why := f.why
			why.What = "a file bigger than " + f.text
			f.tell(s.ID(), utrace.Decision{Engine: f.Name(), Event: utrace.SyscallExit, Strictness: utrace.Answered, Why: why})
		}
	}
	return ev.Deliver()
}
