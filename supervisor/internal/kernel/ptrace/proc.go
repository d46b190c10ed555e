// What /proc tells of a task.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// readStatus reads /proc/<tid>/status into buf, in one read. ESRCH: there is no such task.
func readStatus(tid int, buf []byte) ([]byte, error) {
	var name [32]byte
	path := append(strconv.AppendInt(append(name[:0], "/proc/"...), int64(tid), 10), "/status\x00"...)
	fd, err := openRaw(path)
	if err != nil {
		return nil, gone(err)
	}
	n, err := readRaw(fd, buf)
	closeRaw(fd)
	if err != nil {
		return nil, gone(err)
	}
	return buf[:n], nil
}

// gone makes ESRCH of what /proc says about tasks that are not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return unix.ESRCH
	}
	return err
}

// line is what follows a key in a status file, up to the end of the line. The key has its colon. A task's name, on the
// first line, has its newlines escaped, so it can't fake a line.
func line(status []byte, key string) []byte {
	for len(status) > 0 {
		end := bytes.IndexByte(status, '\n')
		if end < 0 {
			end = len(status)
		}
		if end >= len(key) && string(status[:len(key)]) == key {
			return bytes.TrimSpace(status[len(key):end])
		}
		status = status[min(end+1, len(status)):]
	}
	return nil
}

// field and hexField read a number; -1 and 0 where there is none.
func field(status []byte, key string) int {
	l := line(status, key)
	if len(l) == 0 {
		return -1
	}
	n := 0
	for _, c := range l {
		if c < '0' || c > '9' {
			return -1
		}
		if n = n*10 + int(c-'0'); n > math.MaxInt32 { // what the kernel shows of a task is an int at most
			return -1
		}
	}
	return n
}

func hexField(status []byte, key string) (v uint64) {
	for _, c := range line(status, key) {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		}
	}
	return v
}

// statusNumber is field of the file; 0 where the kernel has no such line.
func statusNumber(tid int, key string) (int, error) {
	status, err := readStatus(tid, make([]byte, 4096))
	if err != nil {
		return 0, err
	}
	return max(0, field(status, key)), nil
}

// TGID reads Tgid and PPid of /proc/<tid>/status; zombies have them too. ESRCH: it is reaped.
func (k *Kernel) TGID(tid int) (tgid, parent int, err error) {
	if unix.Kill(tid, 0) == unix.ESRCH { // of a thread's number, too (kill(2)); a tenth of what /proc takes to say so
		return 0, 0, unix.ESRCH
	}
	status, err := readStatus(tid, k.proc[:])
	if err != nil {
		return 0, 0, err
	}
	return field(status, "Tgid:"), field(status, "PPid:"), nil
}

// Children lists the other threads of tid's process, and the processes whose parent tid is (proc_tid_children(5)), as far as
// they are traced by us. The latter is exact only for a task that stands still. ESRCH: tid is gone.
func (k *Kernel) Children(tid int) ([]kernel.Child, error) {
	tgid, _, err := k.TGID(tid)
	if err != nil {
		return nil, err
	}
	tasks := "/proc/" + strconv.Itoa(tgid) + "/task/"
	entries, err := os.ReadDir(tasks)
	if err != nil {
		return nil, gone(err)
	}
	var found []kernel.Child
	for _, e := range entries {
		if t, err := strconv.Atoi(e.Name()); err == nil && t != tid {
			found = append(found, kernel.Child{TID: t, TGID: tgid})
		}
	}
	list, err := os.ReadFile(tasks + strconv.Itoa(tid) + "/children")
	if err != nil {
		return nil, gone(err)
	}
	for _, f := range bytes.Fields(list) {
		if c, err := strconv.Atoi(string(f)); err == nil && k.traces(c) {
			found = append(found, kernel.Child{TID: c, TGID: c})
		}
	}
	return found, nil
}

// traces tells whether tid is still ours: a child that was reaped here stays in the list of its real parent until that
// one has waited for it too, but is not traced any more.
func (k *Kernel) traces(tid int) bool {
	status, err := readStatus(tid, k.proc[:])
	return err == nil && field(status, "TracerPid:") == k.owner
}

// usage picks from a rusage what the protocol tells.
func usage(ru *unix.Rusage) utrace.Usage {
	return utrace.Usage{
		User:   time.Duration(ru.Utime.Nano()),
		System: time.Duration(ru.Stime.Nano()),
		MaxRSS: ru.Maxrss,
	}
}
