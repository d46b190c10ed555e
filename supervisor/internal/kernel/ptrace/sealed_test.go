// Sealed pages without a loop: their places, where they are found, and what stands against having them.

package ptrace

import (
	"errors"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

func init() {
	victims["asks"] = func([]string) { // calls what the supervisor hands the pages over by
		c := handOverCall()
		if _, _, errno := unix.Syscall6(uintptr(c.Nr), uintptr(c.Args[0]), uintptr(c.Args[1]), uintptr(c.Args[2]), 0, 0, 0); errno != unix.EINVAL {
			fail("handing over:", errno)
		}
		must(unix.Close(3))
	}
}

func TestPlacesDoNotOverlap(t *testing.T) {
	p := newPlaces()
	end := make(map[uint64]uint64)
	sizes := []int{1, smallPlace, smallPlace + 1, unit, unit + 1, 70 * unit, 3*unit - 1, 0}
	full := 0
	for i := 0; full < 3*len(sizes); i++ {
		size := sizes[i%len(sizes)]
		at, err := p.take(size)
		if errors.Is(err, utrace.ErrUnsealed) {
			full++
			continue
		}
		if err != nil {
			t.Fatalf("place %d: %v", i, err)
		}
		small := at < smallPlaces*smallPlace
		if _, twice := end[at]; twice || at+uint64(size) > pageBytes || small && (at%smallPlace != 0 || size > smallPlace) || !small && at%unit != 0 {
			t.Fatalf("place %d, of %d bytes, is at %#x", i, size, at)
		}
		end[at] = at + uint64(size)
		if i%7 == 3 { // holes come to be, and are filled
			p.free(at)
			delete(end, at)
		}
	}
	last := uint64(0)
	var all []uint64
	for at := range end {
		all = append(all, at)
	}
	slices.Sort(all)
	for _, at := range all {
		if at < last {
			t.Fatalf("the place at %#x begins before %#x, the end of another", at, last)
		}
		last = end[at]
	}
	for at, e := range end {
		if n := p.free(at); at+n != e {
			t.Errorf("%d bytes were used at %#x, %d were taken", n, at, e-at)
		}
		if n := p.free(at); n != 0 {
			t.Errorf("free at %#x twice: %d", at, n)
		}
	}
	if p.small.count() != smallPlaces || p.taken != newPlaces().taken || len(p.used) != 0 {
		t.Errorf("%d small places are free in the end, units taken: %x", p.small.count(), p.taken)
	}
}

// Large arguments leave room for paths, and what there is no room for is told apart from what can't be sealed.
func TestLargePlacesLeaveRoom(t *testing.T) {
	p := newPlaces()
	fill := func(size int) (n int) {
		for ; ; n++ {
			if _, err := p.take(size); err != nil {
				if !errors.Is(err, utrace.ErrNoRoom) || !errors.Is(err, utrace.ErrUnsealed) {
					t.Errorf("place %d of %d bytes: %v", n, size, err)
				}
				return n
			}
		}
	}
	if n := fill(utrace.MaxSealed); n != 1 {
		t.Errorf("%d arguments of the largest size find room, not 1", n)
	}
	fill(2 * unit)
	if n := fill(unit); n < pathUnits {
		t.Errorf("%d paths find room beside large arguments, not %d", n, pathUnits)
	}
}

func TestPlacesAreReused(t *testing.T) {
	p := newPlaces()
	if _, err := p.take(utrace.MaxSealed + 1); !errors.Is(err, utrace.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	first, err := p.take(utrace.MaxSealed)
	if err != nil || first != smallPlaces*smallPlace {
		t.Fatalf("the first run: %#x, %v", first, err)
	}
	p.free(first)
	if again, err := p.take(smallPlace + 1); err != nil || again != first {
		t.Errorf("after it was freed: %#x, %v", again, err)
	}
}

// TestStructuresAreTheKernels: their sizes stand in the numbers of the ioctls.
func TestStructuresOfIoctls(t *testing.T) {
	for request, size := range map[uint]uintptr{unix.SECCOMP_IOCTL_NOTIF_RECV: unsafe.Sizeof(notice{}), unix.SECCOMP_IOCTL_NOTIF_SEND: unsafe.Sizeof(response{}),
		unix.SECCOMP_IOCTL_NOTIF_ADDFD: unsafe.Sizeof(addition{}), procmapQuery: unsafe.Sizeof(mapping{})} {
		if want := uintptr(request >> 16 & 0x3fff); size != want {
			t.Errorf("%#x: %d bytes, want %d", request, size, want)
		}
	}
}

// sealing is a program that is to have sealed pages, with a filter that stops it at getppid.
func sealing(t *testing.T, name string) Config {
	cfg := victim(t, name)
	cfg.Filter = []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	return cfg
}

func TestProgramsCannotAskForThePages(t *testing.T) {
	cfg := sealing(t, "asks")
	cfg.Files = append(cfg.Files, 2) // descriptor 3 must be that still, and no listener
	jailWith(t, cfg, true, func(j *jailed) { j.runs(nil) })
}

func TestPagesAreNotWhereNobodyBroughtThem(t *testing.T) {
	jailWith(t, sealing(t, "asks"), true, func(j *jailed) {
		if j.pages.err != nil {
			t.Skip(j.pages.err)
		}
		for _, at := range []uint64{0, 0x1000, ^uint64(0) &^ 0xfff} {
			if got, _, err := j.PagesAt(j.first, at); err != nil || got != 0 {
				t.Errorf("at %#x: %#x, %v", at, got, err)
			}
		}
		if err := j.pages.isFile(j.first, 0); err != unix.EBADF {
			t.Errorf("standard input is the pages: %v", err)
		}
	})
}

// Where a filter that the jail inherits has a listener, there can't be another: nothing is sealed, and everything runs.
func TestNoListenerToBeHad(t *testing.T) {
	cfg := sealing(t, "asks")
	cfg.Files = append(cfg.Files, 2)
	<-Own(func() {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			t.Error(err)
			return
		}
		filter := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
		prog := sockFprog{len: 1, filter: uint64(uintptr(unsafe.Pointer(&filter[0])))}
		fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&prog)))
		if errno != 0 {
			t.Errorf("seccomp: %v", errno)
			return
		}
		defer unix.Close(int(fd))
		k, tid, err := launch(cfg, true)
		if err != nil {
			t.Errorf("Launch: %v", err)
			return
		}
		j := &jailed{k, t, tid, map[kernel.Kind]int{}}
		defer j.end()
		_, err = j.PageCall(tid, kernel.TakePages, 0)
		if !errors.Is(err, utrace.ErrUnsealed) || j.pages.memory != nil && !errors.Is(err, unix.EBUSY) {
			t.Errorf("PageCall: %v", err)
		}
		if _, _, err := j.PagesAt(tid, 0); !errors.Is(err, utrace.ErrUnsealed) {
			t.Errorf("PagesAt: %v", err)
		}
		j.runs(nil)
	})
}
