// Where the sealed pages are mapped: /proc/<pid>/maps (proc_pid_maps(5)).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"bufio"
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// PagesAt is kernel.Sealer's. The pages are told by the file's device and inode number, which nothing else has while we hold it.
// EACCES: the program is undumpable and we are not privileged (P33).
func (k *Kernel) PagesAt(tid int, at uint64) (uint64, error) {
	if err := k.pages.usable(tid); err != nil {
		return 0, err
	}
	f, err := os.Open("/proc/" + strconv.Itoa(tid) + "/maps")
	if err != nil {
		return 0, gone(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if addr, ok := k.pages.mapped(lines.Bytes()); ok && (at == 0 || at == addr) {
			return addr, nil
		}
	}
	return 0, lines.Err()
}

// mapped tells whether a line of maps is the pages, all of them in one piece, shared, to be read and nothing else.
func (p *pages) mapped(line []byte) (addr uint64, ok bool) {
	f := bytes.Fields(line)
	if len(f) < 5 || string(f[1]) != "r--s" {
		return 0, false
	}
	from, to, ok := bytes.Cut(f[0], []byte("-"))
	major, minor, ok2 := bytes.Cut(f[3], []byte(":"))
	if !ok || !ok2 {
		return 0, false
	}
	addr, end := number(from, 16), number(to, 16)
	return addr, addr != 0 && end-addr == pageBytes && number(f[2], 16) == 0 && number(f[4], 10) == p.ino &&
		number(major, 16) == uint64(unix.Major(p.dev)) && number(minor, 16) == uint64(unix.Minor(p.dev))
}

// number reads one; what is none is one that nothing has.
func number(digits []byte, base int) uint64 {
	n, err := strconv.ParseUint(string(digits), base, 64)
	if err != nil {
		return ^uint64(0)
	}
	return n
}
