// Where else a file can be seen: other mounts of the same file system (proc_pid_mountinfo(5)).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
)

// mountPoint is one line of mountinfo: the folder root of the file system device is seen at path.
type mountPoint struct {
	device, root, path string
	readOnly           bool
}

// mountPoints parses mountinfo. Of those that lie over one another it keeps the last.
func mountPoints(mountinfo string) []mountPoint {
	count := strings.Count(mountinfo, "\n")
	list := make([]mountPoint, 0, count)
	at := make(map[string]int, count)
	for l := range strings.Lines(mountinfo) {
		var f [6]string
		for i := range f {
			f[i], l, _ = strings.Cut(l, " ") // and no other blanks: the kernel leaves U+00A0 and its like in names as they are
		}
		if f[5] == "" {
			continue
		}
		m := mountPoint{f[2], unescape(f[3]), unescape(f[4]), f[5] == "ro" || strings.HasPrefix(f[5], "ro,")}
		if i, ok := at[m.path]; ok {
			list[i] = m
			continue
		}
		at[m.path] = len(list)
		list = append(list, m)
	}
	return list
}

// mounts reads the program's mount points.
func (n *newborn) mounts() ([]mountPoint, error) {
	mountinfo, err := procfile.Read("/proc/" + strconv.Itoa(n.tid) + "/mountinfo")
	return mountPoints(string(mountinfo)), err
}

// unescape undoes \040 and its like, which stand for blanks, newlines and backslashes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// A sight is a path at which something may be seen that is also seen elsewhere: as a whole, or a part of it, which is mounted there.
type sight struct {
	path string
	part bool
}

// elsewhere lists the other paths at which what is at path, or something in it, may be seen. path is clean and without symlinks.
func elsewhere(list []mountPoint, path string) []sight {
	var home mountPoint
	for _, m := range list {
		if below(path, m.path) && len(m.path) >= len(home.path) {
			home = m
		}
	}
	inside := filepath.Join(home.root, strings.TrimPrefix(path, home.path)) // path in its file system
	var found []sight
	for _, m := range list {
		if m.device != home.device {
			continue
		}
		s := sight{}
		switch {
		case below(inside, m.root):
			s.path = filepath.Join(m.path, strings.TrimPrefix(inside, m.root))
		case below(m.root, inside):
			s = sight{m.path, true}
		}
		// What is mounted in path itself is covered with it.
		if s.path != "" && !below(s.path, path) && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}

// alsoSeen are the paths at which the program sees what it sees at path, or a part of it that is mounted somewhere. A path
// that something else covers is none.
func (n *newborn) alsoSeen(path string) ([]string, error) {
	var err error
	if n.points == nil {
		if n.points, err = n.mounts(); err != nil {
			return nil, err
		}
	}
	root := "/proc/" + strconv.Itoa(n.tid) + "/root"
	var own, other unix.Stat_t
	if err := unix.Lstat(root+path, &own); err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	var seen []string
	for _, s := range elsewhere(n.points, path) {
		err := unix.Lstat(root+s.path, &other)
		if err == nil && other.Dev == own.Dev && (other.Ino == own.Ino || s.part) {
			seen = append(seen, s.path)
		}
	}
	return seen, nil
}
