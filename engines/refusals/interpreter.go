// What a program needs to be started: the interpreter of a script (execve(2)), the linker of an ELF file (elf(5)).

package refusals

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

// mostInterpreters is how many files one execve may open: five scripts, a program, its linker.
const mostInterpreters = 7

// headSize is how much of a file is looked at: names of linkers stand at its beginning.
const headSize = 4096

// interpreter is the path of what else the kernel opens to run an open file; "" if there is none, or nobody can tell.
func interpreter(fd int) string {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return ""
	}
	in, err := unix.Open("/proc/thread-self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(in)
	head := make([]byte, headSize)
	n, err := unix.Pread(in, head, 0)
	if err != nil || n <= 0 {
		return ""
	}
	head = head[:n]
	if line, ok := bytes.CutPrefix(head, []byte("#!")); ok {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		if fields := bytes.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == 0 }); len(fields) > 0 {
			return string(fields[0])
		}
		return ""
	}
	return linker(head)
}

// linker is what PT_INTERP of an ELF file names.
func linker(head []byte) string {
	const ptInterp = 3
	if len(head) < 64 || !bytes.HasPrefix(head, []byte("\x7fELF")) || head[5] != 1 { // little-endian, as all machines here
		return ""
	}
	le := binary.LittleEndian
	wide := head[4] == 2
	table, size, count := uint64(le.Uint32(head[28:])), uint64(le.Uint16(head[42:])), uint64(le.Uint16(head[44:]))
	if wide {
		table, size, count = le.Uint64(head[32:]), uint64(le.Uint16(head[54:])), uint64(le.Uint16(head[56:]))
	}
	const least32, least64 = 32, 56
	if wide && size < least64 || size < least32 {
		return ""
	}
	for i := range count {
		start := table + i*size
		if table > headSize || start+size > uint64(len(head)) {
			return ""
		}
		entry := head[start : start+size]
		if le.Uint32(entry) != ptInterp {
			continue
		}
		offset, length := uint64(le.Uint32(entry[4:])), uint64(le.Uint32(entry[16:]))
		if wide {
			offset, length = le.Uint64(entry[8:]), le.Uint64(entry[32:])
		}
		if offset > uint64(len(head)) || length > uint64(len(head))-offset {
			return ""
		}
		name, _, _ := bytes.Cut(head[offset:offset+length], []byte{0})
		return string(name)
	}
	return ""
}
