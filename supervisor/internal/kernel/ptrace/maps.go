// Where the sealed pages are mapped: PROCMAP_QUERY of /proc/<pid>/maps (ioctl(2), Linux 6.11), whose cost does not depend on how
// many mappings a program makes.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// mapping is struct procmap_query (include/uapi/linux/fs.h).
type mapping struct {
	size, flags, addr    uint64 // what is asked
	start, end           uint64
	kind                 uint64 // mapReadable and so on
	pageSize             uint64
	offset, inode        uint64
	major, minor         uint32
	nameSize, idSize     uint32
	nameAddr, buildIDPtr uint64
}

// procmapQuery is _IOWR('f', 17, struct procmap_query).
const procmapQuery = 0xc0686611

// Flags of mappings, and of questions: those that are asked for are had by what is answered.
const (
	mapReadable = 0x01
	mapRuns     = 0x04
	mapShared   = 0x08
	mapAtOrNext = 0x10
	mapOfFile   = 0x20
)

// mostMappings is how many shared mappings are looked at to find the pages. A program can make more of them, and gets the
// pages once more then.
const mostMappings = 64

// PagesAt is kernel.Sealer's. The pages are told by the file's device and inode number, which nothing else has while we hold it.
// EACCES: the program is undumpable and we are not privileged (P33).
func (k *Kernel) PagesAt(tid int, at uint64) (addr uint64, pads bool, err error) {
	if err := k.pages.usable(tid); err != nil {
		return 0, false, err
	}
	fd, err := openRaw([]byte("/proc/" + strconv.Itoa(tid) + "/maps\x00"))
	if err != nil {
		return 0, false, gone(err)
	}
	defer closeRaw(fd)
	m := mapping{flags: mapAtOrNext | mapReadable | mapShared | mapOfFile, addr: at}
	for range mostMappings {
		if err := m.query(fd); err == unix.ENOENT {
			return 0, false, nil
		} else if err == unix.ESRCH {
			return 0, false, err
		} else if err != nil {
			return 0, false, fmt.Errorf("%w: looking at the program's mappings (PROCMAP_QUERY, Linux 6.11): %w", utrace.ErrUnsealed, err)
		}
		if at == 0 || at == m.start {
			if start := m.start; k.pages.mapped(&m, 0, pageBytes, mapReadable|mapShared) {
				return start, false, nil
			} else if k.pages.paved(&m, fd) {
				return start, true, nil
			}
		}
		if at != 0 {
			return 0, false, nil
		}
		m.addr = m.end
	}
	return 0, false, nil
}

// paved tells whether m is the data of the pages, and what follows it the pads, to be executed. It asks once more.
func (p *pages) paved(m *mapping, fd int) bool {
	if !p.mapped(m, 0, dataBytes, mapReadable|mapShared) {
		return false
	}
	next := mapping{addr: m.end}
	return next.query(fd) == nil && next.start == m.end && p.mapped(&next, dataBytes, padBytes, mapReadable|mapRuns|mapShared)
}

func (m *mapping) query(fd int) error {
	m.size = uint64(unsafe.Sizeof(*m))
	if _, _, errno := syscall.RawSyscall(unix.SYS_IOCTL, uintptr(fd), procmapQuery, uintptr(unsafe.Pointer(m))); errno != 0 {
		return errno
	}
	return nil
}

// mapped tells whether m is bytes of the pages from an offset on, in one piece, with these rights and no others.
func (p *pages) mapped(m *mapping, offset, bytes, kind uint64) bool {
	return m.kind == kind && m.end-m.start == bytes && m.offset == offset && m.inode == p.ino &&
		m.major == unix.Major(p.dev) && m.minor == unix.Minor(p.dev)
}
