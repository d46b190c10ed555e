// The state of decoding one call, and reading the program's memory within limits.

package decode

import (
	"bytes"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Limits that hold whatever a Decoder says.
const (
	maxPath   = 4095    // PATH_MAX without the NUL
	maxString = 1 << 20 // the most that Decoder.Strings can ask for
	maxArray  = 1024    // UIO_MAXIOV; elements of an array that are looked at
)

// dec decodes one call at one stop.
type dec struct {
	r      Reader
	c      *Call
	b      []byte // the text so far
	note   string // what is said behind the result
	result int64
	failed bool
	// hexResult: the result is bits.
	hexResult bool
}

// strings is how many bytes of data to show.
func (d *dec) strings() int {
	if n := d.c.lim.Strings; n > 0 {
		return min(n, maxString)
	}
	return 32
}

// arrays is how many elements to show.
func (d *dec) arrays() int {
	if n := d.c.lim.Arrays; n > 0 {
		return min(n, maxArray)
	}
	return 32
}

// read reads all of p, or says that it can't.
func (d *dec) read(addr uint64, p []byte) bool {
	if d.r == nil || addr == 0 && len(p) > 0 {
		return false
	}
	n, _ := d.r.ReadMem(addr, p)
	return n >= len(p)
}

// bytes reads n bytes; nil if not all can be read. n must be bounded by the caller.
func (d *dec) bytes(addr uint64, n int) []byte {
	p := make([]byte, n)
	if !d.read(addr, p) {
		return nil
	}
	return p
}

// some reads up to n bytes: as many as there are. n must be bounded by the caller.
func (d *dec) some(addr uint64, n int) []byte {
	if d.r == nil || addr == 0 || n <= 0 {
		return nil
	}
	p := make([]byte, n)
	got := 0
	for got < n {
		page := min(n-got, int(4096-(addr+uint64(got))%4096)) // a read may fail as a whole for its last page
		k, _ := d.r.ReadMem(addr+uint64(got), p[got:got+page])
		got += max(0, min(k, page))
		if k < page {
			break
		}
	}
	return p[:got]
}

// cstring reads a string that ends in NUL, at most most bytes of it. ok is false if memory ends before.
func (d *dec) cstring(addr uint64, most int) (s []byte, cut, ok bool) {
	if d.r == nil || addr == 0 {
		return nil, false, false
	}
	var chunk [256]byte
	for len(s) <= most {
		n := min(len(chunk), int(4096-addr%4096), most+1-len(s))
		got, _ := d.r.ReadMem(addr, chunk[:n])
		got = max(0, min(got, n))
		if i := bytes.IndexByte(chunk[:got], 0); i >= 0 {
			return append(s, chunk[:i]...), false, true
		}
		if got == 0 {
			return s, true, false
		}
		s = append(s, chunk[:got]...)
		addr += uint64(got)
	}
	return s[:most], true, true
}

// arg is another argument's register; 0 if the signature has none.
func (d *dec) arg(i int) uint64 {
	if i < 0 || i >= len(d.c.Args) {
		return 0
	}
	return d.c.Args[i].Raw
}

// fdPath is what /proc says of a descriptor.
func (d *dec) fdPath(fd int) string {
	if fd == unix.AT_FDCWD {
		return d.cwd()
	}
	if fd < 0 || d.r == nil {
		return ""
	}
	name, err := d.r.FD(fd)
	if err != nil {
		return ""
	}
	return name
}

func (d *dec) cwd() string {
	if d.r == nil {
		return ""
	}
	dir, err := d.r.Cwd()
	if err != nil || !strings.HasPrefix(dir, "/") {
		return "" // "(unreachable)" where the root was changed
	}
	return dir
}

// path looks up the name of a file: what was given, and what that is from the root.
func (d *dec) path(a *Arg) {
	name, cut, ok := d.cstring(a.Raw, maxPath)
	if !ok {
		return
	}
	a.Bytes, a.Cut, a.Size, a.read = name, cut, int64(len(name)), true
	if !cut { // a longer one the kernel takes for no name at all
		a.Path = d.absolute(a.spec.at, string(name))
	}
}

// absolute is a name against the folder that argument dirfd stands for; dirfd -1 is the working directory. An empty name is
// the descriptor itself (AT_EMPTY_PATH of openat(2) and others).
func (d *dec) absolute(dirfd int, name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	dir := ""
	if dirfd < 0 {
		dir = d.cwd()
	} else {
		dir = d.fdPath(int(int32(d.arg(dirfd))))
	}
	if name == "" {
		if dirfd < 0 {
			return ""
		}
		return dir
	}
	if !strings.HasPrefix(dir, "/") {
		return ""
	}
	return path.Join(dir, name)
}
