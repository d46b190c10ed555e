// What /proc tells of a task that stands still.

package report

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Prober looks at a task that stands stopped. It answers zero values for what can't be known.
type Prober interface {
	// Exe is the file that is mapped, with " (deleted)" after it if it has no name any more (proc_pid_exe(5)).
	Exe(tid int) string
	// Comm is the task's name; after an exec that is the file name of the program, or of the script (proc_pid_comm(5)).
	Comm(tid int) string
	// Argv is the command line, or the first 128 KiB of it.
	Argv(tid int) []string
}

// Proc is the Prober that reads /proc. Its methods block for a read of memory.
type Proc struct{}

const maxCmdline = 128 << 10 // more than is written of any: see maxArgs and maxArgBytes

// Exe reads /proc/<tid>/exe.
func (Proc) Exe(tid int) string {
	var b [unix.PathMax]byte
	n, err := unix.Readlink(procFile(tid, "exe"), b[:])
	if err != nil {
		return ""
	}
	return string(b[:n])
}

// Comm reads /proc/<tid>/comm.
func (Proc) Comm(tid int) string {
	name := readProc(tid, "comm", make([]byte, 64), 64)
	return string(bytes.TrimSuffix(name, []byte("\n")))
}

// Argv reads /proc/<tid>/cmdline.
func (Proc) Argv(tid int) []string {
	line := readProc(tid, "cmdline", make([]byte, 1024), maxCmdline)
	if len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
}

func procFile(tid int, name string) string { return "/proc/" + strconv.Itoa(tid) + "/" + name }

// readProc reads a file of /proc/<tid> into b, which grows up to a number of bytes; nothing if there is an error. It is done for each
// program of a build: os.ReadFile, which looks for a poller to wait with, takes twice as long.
func readProc(tid int, name string, b []byte, most int) []byte {
	fd, err := openRetry(procFile(tid, name), unix.O_RDONLY)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	n := 0
	for {
		m, err := unix.Read(fd, b[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil
		}
		if n += m; n < len(b) || n >= most { // these files end where a read is short
			return b[:n]
		}
		b = append(b, make([]byte, min(3*len(b), most-n))...)
	}
}
