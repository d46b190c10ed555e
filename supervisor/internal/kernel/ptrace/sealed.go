// Sealed pages: memory that every task can be given to read, and that only the supervisor writes.
//
// They are a memfd (memfd_create(2)) that was sealed against all writing after it was mapped here, so that this mapping is the
// last that can write. A task gets them by calls that it is made to make in place of one of its own: the supervisor hands a
// descriptor over (listener.go), the task maps it, and locks the mapping with mseal(2). Other threads of the program run
// meanwhile and may do anything to the descriptor and to the mapping, and filters of the program's own can fake
// results. So no result is believed: what counts is that /proc shows the pages at their address after they were locked there,
// by a task that has no filter but the jail's.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// pages are a jail's sealed pages; nil: it has none. Of the owner's goroutine but for the listener.
type pages struct {
	err      error // why no task can be given them
	memory   []byte
	file     *os.File // for reading only
	dev, ino uint64
	places   places
	listener *listener
	filters  int            // how many seccomp filters the jail's programs have from their start
	masks    map[int]uint64 // blocked signals of tasks between PageCall and Remake
}

var _ kernel.Sealer = (*Kernel)(nil)

// pageBytes is how much memory the pages are, in every address space that has them: data, and return pads (pad.go).
const (
	dataBytes = smallPlaces*smallPlace + units*unit
	padBytes  = padPlaces * smallPlace
	pageBytes = dataBytes + padBytes
)

// newPages makes them. What this kernel lacks for them stands in err.
func newPages() *pages {
	p := &pages{masks: make(map[int]uint64), places: newPlaces()}
	if _, _, errno := syscall.RawSyscall(unix.SYS_MSEAL, 0, 0, 0); errno != 0 { // of nothing: succeeds
		p.err = fmt.Errorf("%w: mseal (Linux 6.10): %w", utrace.ErrUnsealed, errno)
	} else if err := p.create(); err != nil {
		p.err = fmt.Errorf("%w: making the sealed pages: %w", utrace.ErrUnsealed, err)
	}
	return p
}

// create makes the memfd, maps it for writing, and seals it after that: F_SEAL_FUTURE_WRITE (Linux 5.1) leaves this one mapping
// as it is. The descriptor that is given away could not even without seals be written to.
func (p *pages) create() error {
	fd, err := unix.MemfdCreate("sealed arguments", unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL) // Linux 6.3; implies MFD_ALLOW_SEALING
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, pageBytes); err != nil {
		return err
	}
	if p.memory, err = unix.Mmap(fd, 0, pageBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return err
	}
	const seals = unix.F_SEAL_FUTURE_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	p.dev, p.ino = st.Dev, st.Ino
	p.file, err = os.Open("/proc/self/fd/" + strconv.Itoa(fd))
	return err
}

// close frees all that is ours. The tasks' mappings stay for as long as they live.
func (p *pages) close() error {
	if p == nil {
		return nil
	}
	var errs []error
	errs = append(errs, p.listener.close())
	if p.file != nil {
		errs = append(errs, p.file.Close())
	}
	if p.memory != nil {
		errs = append(errs, unix.Munmap(p.memory))
	}
	p.memory, p.file, p.listener = nil, nil, nil
	p.err = fmt.Errorf("%w: the jail has ended", utrace.ErrUnsealed)
	return errors.Join(errs...)
}

// usable answers why task tid can't be given the pages. A filter of its program could kill it for the calls that it would be
// made to make, or fake their results (P14).
func (p *pages) usable(tid int) error {
	if p == nil {
		return fmt.Errorf("%w: no engine said at the start that it would", utrace.ErrUnsealed)
	}
	if p.err != nil {
		return p.err
	}
	n, err := statusNumber(tid, "Seccomp_filters:")
	switch {
	case err == nil && n < p.filters: // the dead have none
		return unix.ESRCH
	case err == nil && n > p.filters:
		return fmt.Errorf("%w: the program has set seccomp filters of its own, before its first such call", utrace.ErrUnsealed)
	}
	return err
}

// Sealable is kernel.Sealer's: 32-bit programs would need the pages below 4 GiB.
func (k *Kernel) Sealable(arch uint32) bool { return arch == nativeArch }

// PageCall is kernel.Sealer's.
func (k *Kernel) PageCall(tid int, step kernel.PageStep, at uint64) (utrace.Call, error) {
	p := k.pages
	if err := p.usable(tid); err != nil {
		return utrace.Call{}, err
	}
	c := utrace.Call{Arch: nativeArch}
	switch step {
	case kernel.TakePages:
		p.listener.expect(tid)
		c = handOverCall()
	case kernel.MapPages:
		c.Nr, c.Args = unix.SYS_MMAP, [6]uint64{0, pageBytes, unix.PROT_READ, unix.MAP_SHARED, at, 0}
	case kernel.PavePages:
		c.Nr, c.Args = unix.SYS_MPROTECT, [6]uint64{at + dataBytes, padBytes, unix.PROT_READ | unix.PROT_EXEC}
	case kernel.LockPages:
		c.Nr, c.Args = unix.SYS_MSEAL, [6]uint64{at, pageBytes, 0}
	case kernel.DropPages:
		if err := p.isFile(tid, at); err != nil {
			return utrace.Call{}, err
		}
		c.Nr, c.Args = unix.SYS_CLOSE, [6]uint64{at}
	default:
		return utrace.Call{}, unix.EINVAL
	}
	return c, k.block(tid)
}

// block keeps signals from breaking off a call that the task is made to make, over and over if they come often.
func (k *Kernel) block(tid int) error {
	if err := signalMask(tid, &k.msg); err != nil {
		return err
	}
	if _, ok := k.pages.masks[tid]; !ok {
		k.pages.masks[tid] = k.msg
	}
	k.msg = ^uint64(0)
	return setSignalMask(tid, &k.msg)
}

// Remake is kernel.Sealer's.
func (k *Kernel) Remake(tid int, c utrace.Call) error {
	k.pages.listener.forget(tid)
	if mask, ok := k.pages.masks[tid]; ok {
		delete(k.pages.masks, tid)
		k.msg = mask
		if err := setSignalMask(tid, &k.msg); err != nil {
			return err
		}
	}
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	k.regs = remaking(k.regs, c)
	return setRegs(tid, &k.regs)
}

// gone forgets a task that has died between PageCall and Remake.
func (p *pages) gone(tid int) {
	if p != nil {
		delete(p.masks, tid)
		p.listener.forget(tid)
	}
}

// isFile tells whether descriptor fd of a task is of the pages.
func (p *pages) isFile(tid int, fd uint64) error {
	var st unix.Stat_t
	if err := unix.Stat("/proc/"+strconv.Itoa(tid)+"/fd/"+strconv.FormatUint(fd, 10), &st); err != nil {
		return err
	}
	if st.Dev != p.dev || st.Ino != p.ino {
		return unix.EBADF
	}
	return nil
}

// Seal is kernel.Sealer's.
func (k *Kernel) Seal(size int) (uint64, []byte, error) {
	if k.pages == nil || k.pages.memory == nil {
		return 0, nil, fmt.Errorf("%w: there are no sealed pages", utrace.ErrUnsealed)
	}
	offset, err := k.pages.places.take(size)
	if err != nil {
		return 0, nil, err
	}
	return offset, k.pages.memory[offset:][:size:size], nil
}

// Unseal is kernel.Sealer's. The bytes are cleared: other programs of the jail can read the pages.
func (k *Kernel) Unseal(offset uint64) {
	if k.pages != nil && k.pages.memory != nil {
		clear(k.pages.memory[offset : offset+k.pages.places.free(offset)])
	}
}
