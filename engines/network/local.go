// Local sockets with a path: found as the task would find them, decided about where they lie, connected to by their object.

package network

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/engines/internal/walk"
	"jail/supervisor/utrace"
)

// connectLocal decides about and makes a connect to a path.
func (r *request) connectLocal() utrace.EntryVerdict {
	what := "connect to " + reason.Path(r.to.path)
	if r.sock.domain != unix.AF_UNIX {
		return r.natural(mismatch(r.sock.domain, unix.AF_UNIX, len(r.raw)))
	}
	if r.sock.kind != unix.SOCK_STREAM && r.sock.kind != unix.SOCK_SEQPACKET { // inherited: the filter lets none be made
		return r.deny(r.e.localRule(), what+" of a socket for datagrams, which can name others at any time", "path", r.to.path)
	}
	id := r.s.ID()
	file, err := find(id, r.to.path)
	if err != nil {
		return r.failed(what, err)
	}
	defer func() {
		if file >= 0 {
			_ = unix.Close(file)
		}
	}()
	if isSocket(file) { // else nobody is there to be reached, and the kernel says which error that is
		verdict, name, rule := r.e.places.decide(file)
		if name != r.to.path && name[0] == '/' {
			what += ", which is " + reason.Path(name)
		}
		switch verdict {
		case forbidden:
			return r.deny(rule, what, "path", name, "access", "write")
		case unlisted:
			if r.e.rules.UnixHeld {
				break
			}
			return r.deny(r.e.rules.UnixRule, what, "path", name)
		}
	}
	return r.attempt(what, &file, func(sock *socket, file int) error {
		return as(id.TID, func() error {
			return unix.Connect(sock.fd, &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d", file)})
		})
	})
}

// failed is the verdict on what could not be done in the task's place.
func (r *request) failed(what string, err error) utrace.EntryVerdict {
	var errno unix.Errno
	if errors.Is(err, errRights) || !errors.As(err, &errno) {
		return r.deny(r.e.localRule(), fmt.Sprintf("%s (%v)", what, err), "path", r.to.path)
	}
	return r.natural(errno)
}

// find opens what the path leads to for a task, with its rights.
func find(id utrace.TaskID, path string) (file int, err error) {
	w, err := walk.New(id.TID, id.TGID)
	if err != nil {
		return -1, err
	}
	defer w.Close()
	if err := w.Pin(); err != nil {
		return -1, err
	}
	file = -1
	err = as(id.TID, func() (err error) {
		file, err = w.Open(unix.AT_FDCWD, path, true)
		return err
	})
	if err == nil && path[len(path)-1] == '/' && !isFolder(file) {
		_ = unix.Close(file)
		return -1, unix.ENOTDIR
	}
	return file, err
}

func isSocket(fd int) bool { return typeOf(fd) == unix.S_IFSOCK }
func isFolder(fd int) bool { return typeOf(fd) == unix.S_IFDIR }

// typeOf is the type of an open file; a socket if it can't be found out, since that is decided about.
func typeOf(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return unix.S_IFSOCK
	}
	return st.Mode & unix.S_IFMT
}
