// What a newborn program holds of the mounts that it was started in, and must not change them through: its own file, and devices.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
)

// ownFile is the first program's file, opened when the mounts were still to be made.
type ownFile struct {
	path  string
	count int    // of its arguments
	fd    uint64 // in the program, close-on-exec
}

// holdProgram has the program open its own file. It is nil where there is no need to execute that again: a stage's is executed in the
// mounts anyway, and what only a descriptor led to, memory for example, is under the rules for descriptors.
func (n *newborn) holdProgram(cfg *Config) (*ownFile, error) {
	if n.becomes != "" {
		return nil, nil
	}
	p := &ownFile{path: cfg.Path, count: max(1, len(cfg.Args))}
	var err error
	if p.fd, err = n.openPath(p.path); !errors.Is(err, unix.ELOOP) {
		return p, err
	}
	// By a link of procfs it would be found on the same mount again.
	var own, now unix.Stat_t
	exe := "/proc/" + strconv.Itoa(n.tid) + "/exe"
	if p.path, err = os.Readlink(exe); err != nil {
		return nil, err
	}
	if p.path, err = n.fromRoot(p.path); err != nil {
		return nil, err
	}
	if p.fd, err = n.openPath(p.path); err != nil || unix.Stat(exe, &own) != nil || unix.Stat(n.descriptor(p.fd), &now) != nil || own.Ino != now.Ino || own.Dev != now.Dev {
		return nil, nil
	}
	return p, nil
}

// openPath has the program open a file for nothing, through no link of procfs: ELOOP.
func (n *newborn) openPath(path string) (fd uint64, err error) {
	how := asBytes([]unix.OpenHow{{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS}})
	name, _, err := strung(path)
	if err != nil {
		return 0, err
	}
	err = n.lend(append(append([]byte{}, how...), name...), func(at uint64) error {
		here := int64(unix.AT_FDCWD)
		fd, err = n.do("openat2", unix.SYS_OPENAT2, uint64(here), at+uint64(len(how)), at, uint64(len(how)))
		return err
	})
	return fd, err
}

// open has the program open a file.
func (n *newborn) open(path string, flags uint64) (fd uint64, err error) {
	image, _, err := strung(path)
	if err != nil {
		return 0, err
	}
	err = n.lend(image, func(at uint64) error {
		here := int64(unix.AT_FDCWD)
		fd, err = n.do("openat", unix.SYS_OPENAT, uint64(here), at, flags)
		return err
	})
	return fd, err
}

// execAgain executes the program once more, before it has run an instruction of its own. Whoever opens /proc/PID/exe gets at the file
// by the mount that it was executed from, and that was one of the machine's. The arguments and the environment lie on the stack
// (System V ABI, "Process Initialization"); of a script, those of its interpreter stand before them, and the path stands for the
// name, which the kernel drops again.
//
// Where another file is seen at its path now, or none, the one that was opened before is executed: the mount that it is on has been
// made read-only since.
func (n *newborn) execAgain(p *ownFile) error {
	if p == nil {
		return nil
	}
	stack := stackPointer(&n.regs)
	var argc [8]byte
	if got, err := readVM(n.tid, stack, argc[:]); err != nil || got < len(argc) {
		return fmt.Errorf("reading its arguments: %w", orFault(err))
	}
	all := binary.NativeEndian.Uint64(argc[:])
	if all < uint64(p.count) {
		return fmt.Errorf("it has %d arguments instead of %d: %w", all, p.count, unix.EINVAL)
	}
	argv, envp := stack+8+8*(all-uint64(p.count)), stack+8+8*(all+1)
	dirfd, path, flags := int64(unix.AT_FDCWD), p.path, uint64(0)
	if now, err := n.openPath(path); err != nil || !n.same(now, p.fd) {
		dirfd, path, flags = int64(p.fd), "", unix.AT_EMPTY_PATH
	}
	image := append([]byte(path), 0)
	at := n.room(len(image))
	if err := writeAll(n.tid, at, image); err != nil {
		return fmt.Errorf("writing its path onto the stack: %w", err)
	}
	if _, err := n.stepped(call{name: "execveat", nr: unix.SYS_EXECVEAT, args: [6]uint64{uint64(dirfd), at, argv, envp, flags}}); err != nil {
		var errno unix.Errno
		if errors.As(err, &errno) && errno != unix.ESRCH {
			return &fs.PathError{Op: "exec", Path: p.path, Err: errno}
		}
		return err
	}
	return n.begun()
}

// same tells whether two descriptors of the program are of one file.
func (n *newborn) same(a, b uint64) bool {
	var one, two unix.Stat_t
	return unix.Stat(n.descriptor(a), &one) == nil && unix.Stat(n.descriptor(b), &two) == nil && one.Dev == two.Dev && one.Ino == two.Ino
}

// descriptor is the link to what one of the program's descriptors leads to.
func (n *newborn) descriptor(fd uint64) string {
	return "/proc/" + strconv.Itoa(n.tid) + "/fd/" + strconv.FormatUint(fd, 10)
}

// begun remembers how the program stands after an exec that it was made to do.
func (n *newborn) begun() error {
	if err := getRegs(n.tid, &n.regs); err != nil {
		return fmt.Errorf("reading its registers: %w", err)
	}
	if foreign(&n.regs) {
		return ErrForeignABI
	}
	n.at = programCounter(&n.regs) &^ 7
	if err := peek(n.tid, n.at, &n.text); err != nil {
		return fmt.Errorf("reading its text: %w", err)
	}
	n.loopAt = 0 // it is gone with the program before
	return n.pokeCall()
}

// openAgain opens devices that were passed on where they are seen now: those that have no memory, and terminals. Descriptors of
// files stay: what they have read and written so far is theirs and others'.
func (n *newborn) openAgain(files int) error {
	for fd := range uint64(files) {
		var st unix.Stat_t
		if unix.Stat(n.descriptor(fd), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
			continue
		}
		name, empty := memoryless(uint64(st.Rdev))
		if !empty {
			name, _ = os.Readlink(n.descriptor(fd))
			if !strings.HasPrefix(name, "/dev/pts/") && !strings.HasPrefix(name, "/dev/tty") {
				continue
			}
		}
		// A terminal that the program may not open is none that it could change, unless it is the controlling one of somebody else.
		if err := n.exchange(fd, name, uint64(st.Rdev)); err != nil && empty {
			return fmt.Errorf("opening %s again, which descriptor %d is: %w", name, fd, err)
		}
	}
	return nil
}

// memoryless is the name of a device that holds nothing (null(4), full(4), random(4)).
func memoryless(device uint64) (name string, ok bool) {
	const memory = 1 // major
	if unix.Major(device) != memory {
		return "", false
	}
	name, ok = map[uint32]string{3: "/dev/null", 5: "/dev/zero", 7: "/dev/full", 8: "/dev/random", 9: "/dev/urandom"}[unix.Minor(device)]
	return name, ok
}

// exchange puts the device that is seen at name now into the place of a descriptor.
func (n *newborn) exchange(fd uint64, name string, device uint64) error {
	info, err := procfile.Read("/proc/" + strconv.Itoa(n.tid) + "/fdinfo/" + strconv.FormatUint(fd, 10))
	if err != nil {
		return err
	}
	_, text, _ := strings.Cut(string(info), "flags:")
	text, _, _ = strings.Cut(text, "\n")
	flags, err := strconv.ParseUint(strings.TrimSpace(text), 8, 64) // proc_pid_fdinfo(5)
	if err != nil {
		return err
	}
	again, err := n.open(name, flags&(unix.O_ACCMODE|unix.O_APPEND|unix.O_NONBLOCK|unix.O_PATH)|unix.O_NOCTTY|unix.O_CLOEXEC)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err = unix.Stat(n.descriptor(again), &st); err == nil && uint64(st.Rdev) != device {
		err = unix.ENXIO
	}
	if err != nil {
		_, closing := n.do("close", unix.SYS_CLOSE, again)
		return errors.Join(err, closing)
	}
	done, err := n.doAll(nil, func(uint64) []call {
		return []call{
			{name: "dup3", nr: unix.SYS_DUP3, args: [6]uint64{again, fd, 0}},
			{name: "close", nr: unix.SYS_CLOSE, args: [6]uint64{again}},
		}
	})
	if err != nil && done == 0 {
		_, closing := n.do("close", unix.SYS_CLOSE, again)
		err = errors.Join(err, closing)
	}
	return err
}
