// Memory: whole, at the end of a mapping, where there is none, and when the quick way is refused.

package ptrace

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// markWhich is a first argument that getpriority(2) refuses.
const markWhich = 0x7e57

func init() {
	// Three pages: the first is read-only, the middle one is filled with 1 to 251, the last is not readable; behind them nothing
	// is mapped for two pages. It tells the address of the first as second argument of a call that is traced, and afterwards wants
	// to find "written" at the start of the second page.
	victims["memory"] = func([]string) {
		page := os.Getpagesize()
		m, err := unix.Mmap(-1, 0, 5*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		must(err)
		for i := range page {
			m[page+i] = byte(1 + i%251)
		}
		must(unix.Mprotect(m[:page], unix.PROT_READ))
		must(unix.Mprotect(m[2*page:3*page], unix.PROT_NONE))
		_, _, e := unix.RawSyscall(unix.SYS_MUNMAP, addressOf(&m[3*page]), uintptr(2*page), 0)
		if e != 0 {
			fail(e)
		}
		mark(addressOf(&m[0]))
		if got := string(m[page : page+7]); got != "written" {
			fail("memory holds", got)
		}
	}
}

// mark is how a victim tells a test numbers: as arguments of a call that does nothing.
func mark(args ...uintptr) {
	var a [5]uintptr
	copy(a[:], args)
	_, _, _ = unix.RawSyscall6(unix.SYS_GETPRIORITY, markWhich, a[0], a[1], a[2], a[3], a[4])
}

// transfers are the two ways to memory. forced: it heeds no protection.
var transfers = map[string]struct {
	read, write func(*Kernel, int, uint64, []byte) (int, error)
	forced      bool
}{
	"process_vm": {(*Kernel).ReadMem, (*Kernel).WriteMem, false},
	"peek":       {(*Kernel).peekMem, (*Kernel).pokeMem, true},
}

func TestReadMem(t *testing.T) {
	page := os.Getpagesize()
	for name, way := range transfers {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(j *jailed, start uint64) {
				for _, c := range []struct{ at, size, whole, forced int }{
					{page, page, page, page},
					{page - 5, 10, 10, 10},
					{page + 1, 1, 1, 1},
					{page + 3, 13, 13, 13},
					{2*page - 1, 1, 1, 1},
					{2*page - 3, 100, 3, 100},
					{2 * page, 8, 0, 8},
					{0, 3 * page, 2 * page, 3 * page},
					{0, 5 * page, 2 * page, 3 * page},
					{3*page - 3, 8, 0, 3},
					{3 * page, 1, 0, 0},
				} {
					p := bytes.Repeat([]byte{0xee}, c.size)
					n, err := way.read(j.Kernel, j.first, start+uint64(c.at), p)
					want := c.whole
					if way.forced {
						want = c.forced
					}
					if n != want || (err != nil) != (want == 0) || (err != nil && err != unix.EFAULT && err != unix.EIO) {
						t.Errorf("reading %d bytes at %d: %d, %v; want %d", c.size, c.at, n, err, want)
					}
					if want := contents(c.at, n); !bytes.Equal(p[:n], want) {
						t.Errorf("reading %d bytes at %d: % x, want % x", c.size, c.at, p[:n], want)
					}
				}
				for _, addr := range []uint64{0, ^uint64(0) - 3, 1 << 62} {
					if n, err := way.read(j.Kernel, j.first, addr, make([]byte, 16)); n != 0 || err == nil {
						t.Errorf("reading at %#x: %d, %v", addr, n, err)
					}
				}
			})
		})
	}
}

func TestWriteMem(t *testing.T) {
	page := uint64(os.Getpagesize())
	for name, way := range transfers {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(j *jailed, start uint64) {
				if n, err := way.write(j.Kernel, j.first, start, []byte("x")); !way.forced && (n != 0 || err != unix.EFAULT) {
					t.Errorf("writing to a read-only page: %d, %v", n, err)
				}
				if n, err := way.write(j.Kernel, j.first, start+2*page-2, []byte("abcd")); !way.forced && (n != 2 || err != nil) {
					t.Errorf("writing over the end: %d, %v", n, err)
				}
				if n, err := way.write(j.Kernel, j.first, 0, []byte("x")); n != 0 || err == nil {
					t.Errorf("writing to 0: %d, %v", n, err)
				}
				if n, err := way.write(j.Kernel, j.first, start+page, []byte("written")); n != 7 || err != nil {
					t.Errorf("writing: %d, %v", n, err)
				}
				j.runs(nil) // the program looks for it
			})
		})
	}
}

// inMemory runs the victim up to its mark; start is where its pages are.
func inMemory(t *testing.T, f func(j *jailed, start uint64)) {
	cfg := victim(t, "memory")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		call := j.at(kernel.OpSeccomp).Call
		f(j, call.Args[1])
	})
}

// contents is what the victim has in its pages.
func contents(at, n int) []byte {
	page := os.Getpagesize()
	p := make([]byte, n)
	for i := range p {
		if o := at + i - page; o >= 0 && o < page {
			p[i] = byte(1 + o%251)
		}
	}
	return p
}

// TestUndumpable reads the memory of a program that took itself out of the reach of others: the kernel lets only the privileged (P33).
func TestUndumpable(t *testing.T) {
	cfg := victim(t, "secretive")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		call := j.at(kernel.OpSeccomp).Call
		n, err := j.ReadMem(j.first, call.SP, make([]byte, 8))
		if privileged := n == 8 && err == nil; privileged != (os.Geteuid() == 0) || !privileged && err != unix.EIO && err != unix.EPERM {
			t.Errorf("ReadMem: %d, %v", n, err)
		}
		if n, err = j.WriteMem(j.first, call.SP-64, make([]byte, 8)); (err == nil) != (os.Geteuid() == 0) {
			t.Errorf("WriteMem: %d, %v", n, err)
		}
		j.ok(j.SetSyscall(j.first, call))
		j.runs(nil)
	})
}

func init() {
	victims["secretive"] = func([]string) {
		must(unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
		mark()
	}
}

func TestMemoryOfTheDead(t *testing.T) {
	jail(t, program("/bin/true"), func(j *jailed) {
		r, err := j.Registers(j.first)
		j.ok(err)
		j.ok(j.Kill(j.first, unix.SIGKILL))
		j.dies()
		buf := make([]byte, 8)
		if _, err := j.ReadMem(j.first, r.PC, buf); err != unix.ESRCH {
			t.Errorf("ReadMem: %v", err)
		}
		if _, err := j.WriteMem(j.first, r.SP, buf); err != unix.ESRCH {
			t.Errorf("WriteMem: %v", err)
		}
		for name, f := range map[string]func() error{
			"Syscall":      func() error { _, err := j.Syscall(j.first); return err },
			"SetSyscall":   func() error { return j.SetSyscall(j.first, utrace.Call{Nr: -1}) },
			"SetResult":    func() error { return j.SetResult(j.first, 0) },
			"Rewind":       func() error { return j.Rewind(j.first) },
			"Registers":    func() error { _, err := j.Registers(j.first); return err },
			"BrokenOff":    func() error { _, err := j.BrokenOff(j.first); return err },
			"SetRegisters": func() error { return j.SetRegisters(j.first, r) },
			"Siginfo":      func() error { _, err := j.Siginfo(j.first); return err },
			"EventMsg":     func() error { _, err := j.EventMsg(j.first); return err },
			"Resume":       func() error { return j.Resume(j.first, kernel.Cont, 0) },
		} {
			if err := f(); err != unix.ESRCH {
				t.Errorf("%s of a dying task: %v", name, err)
			}
		}
	})
}

// dies waits for the death of the first process, which was killed, and leaves the zombie.
func (j *jailed) dies() {
	j.t.Helper()
	for {
		s, err := j.Wait()
		j.ok(err)
		if s.Kind == kernel.Death && s.TID == j.first {
			return
		}
		j.goOn(s)
	}
}
