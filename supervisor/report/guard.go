// Who else writes to a report? A program of the same user may, and nothing keeps it from that; so it is looked for.

package report

import (
	"errors"
	"fmt"
	"hash/maphash"
	"strconv"

	"golang.org/x/sys/unix"
)

// ErrTampered is wrapped by the errors of a File that somebody else has changed.
var ErrTampered = errors.New("the report was changed by somebody else")

// guard knows what a regular file must look like.
type guard struct {
	name     string
	read     int // descriptor to read it again; -1: this process may not
	dev, ino uint64
	from     int64        // where this File began to write
	to       int64        // how long the file is
	sum      maphash.Hash // of what was written; its seed is a secret of this process
	found    error        // told before
}

// newGuard guards what is open on fd, or answers nil if it has no content of its own.
func newGuard(fd int, name string) (*guard, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("fstat: %w", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || inherited(&st) {
		return nil, nil
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == unix.EWOULDBLOCK {
		return nil, ErrShared
	}
	// By its descriptor, so that it is the same file. What fails is only the reading.
	read, err := openRetry("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY)
	if err != nil {
		read = -1
	}
	return &guard{name: name, read: read, dev: st.Dev, ino: st.Ino, from: st.Size, to: st.Size}, nil
}

// inherited tells whether a file is one that the program has as its standard input, output or error.
func inherited(st *unix.Stat_t) bool {
	for fd := range 3 {
		var own unix.Stat_t
		if unix.Fstat(fd, &own) == nil && own.Dev == st.Dev && own.Ino == st.Ino {
			return true
		}
	}
	return false
}

// wrote notes what was appended.
func (g *guard) wrote(p []byte) {
	g.to += int64(len(p))
	_, _ = g.sum.Write(p) // a hash does not fail
}

// size compares the length of the file, and whether it has a name.
func (g *guard) size(fd int) error {
	if g.found != nil {
		return g.found
	}
	var st unix.Stat_t
	switch err := unix.Fstat(fd, &st); {
	case err != nil:
		return fmt.Errorf("fstat %s: %w", g.name, err)
	case st.Nlink == 0:
		return g.tampered("%s was removed", g.name)
	case st.Size != g.to:
		return g.tampered("%s has %d bytes, and jail left it with %d", g.name, st.Size, g.to)
	}
	return nil
}

// check compares all there is.
func (g *guard) check(fd int) error {
	if err := g.size(fd); err != nil {
		return err
	}
	var st unix.Stat_t
	switch err := unix.Stat(g.name, &st); {
	case err != nil:
		return g.tampered("%s cannot be found any more: %v", g.name, err)
	case st.Dev != g.dev || st.Ino != g.ino:
		return g.tampered("%s is another file now", g.name)
	}
	return g.content()
}

// content reads again what was written.
func (g *guard) content() error {
	if g.read < 0 {
		return nil
	}
	var again maphash.Hash
	again.SetSeed(g.sum.Seed())
	piece := make([]byte, 1<<20)
	for at := g.from; at < g.to; {
		n, err := unix.Pread(g.read, piece[:min(int64(len(piece)), g.to-at)], at)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return fmt.Errorf("reading the report %s again: %w", g.name, err)
		case n == 0:
			return g.tampered("%s ends at byte %d, and jail left it with %d", g.name, at, g.to)
		}
		_, _ = again.Write(piece[:n])
		at += int64(n)
	}
	if again.Sum64() != g.sum.Sum64() {
		return g.tampered("what %s has from byte %d on is not what jail wrote", g.name, g.from)
	}
	return nil
}

// tampered makes the error, and keeps it.
func (g *guard) tampered(format string, args ...any) error {
	g.found = fmt.Errorf("%w: "+format, append([]any{ErrTampered}, args...)...)
	return g.found
}

func (g *guard) close() {
	if g.read >= 0 {
		unix.Close(g.read)
	}
}
