// The name of a program that runs already: programs change their names, and reports tell what was executed.

package report

import (
	"bytes"
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"
)

// atExecFn is the entry of the auxiliary vector with the address of the name that execve was given (getauxval(3), AT_EXECFN).
const atExecFn = 31

// Program is Comm of what the kernel has kept on the stack of tid's process since its last exec: the name that execve was given, of
// which Comm was made then (begin_new_exec() in fs/exec.c). A program can change that as it can change Comm, but those that call
// themselves something, as node does, have no reason to. It is Comm where there is none: of a zombie, of a program of 32 bits, or
// of one that was executed by a descriptor (fexecve(3)).
func (p Proc) Program(tid int) string {
	if addr := auxValue(readProc(tid, "auxv", make([]byte, 1024), 1024), atExecFn); addr != 0 {
		if name := commOf(readString(tid, addr)); name != "" {
			return name
		}
	}
	return p.Comm(tid)
}

// commOf is the name that the kernel makes of the path that execve was given; "" for a descriptor (execveat(2)), of whose file
// the path says nothing.
func commOf(path string) string {
	if fd, by := strings.CutPrefix(path, "/dev/fd/"); by && !strings.Contains(fd, "/") {
		return ""
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	return name[:min(len(name), maxComm-1)]
}

// auxValue is a value of an auxiliary vector of 64 bits, 0 if it has none.
func auxValue(v []byte, kind uint64) uint64 {
	for ; len(v) >= 16; v = v[16:] {
		if binary.NativeEndian.Uint64(v) == kind {
			return binary.NativeEndian.Uint64(v[8:])
		}
	}
	return 0
}

// readString reads a string of a path's length, page by page: the next may not be there. "" if it has no end.
func readString(tid int, addr uint64) string {
	const page = 4096
	var b [unix.PathMax]byte
	for n := 0; n < len(b); {
		piece := b[n:min(len(b), n+page-int(addr%page))]
		local := unix.Iovec{Base: &piece[0]}
		local.SetLen(len(piece))
		got, err := unix.ProcessVMReadv(tid, []unix.Iovec{local}, []unix.RemoteIovec{{Base: uintptr(addr), Len: len(piece)}}, 0)
		if err != nil || got <= 0 {
			return ""
		}
		if end := bytes.IndexByte(piece[:got], 0); end >= 0 {
			return string(b[:n+end])
		}
		n, addr = n+got, addr+uint64(got)
	}
	return ""
}
