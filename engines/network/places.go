// Where local sockets may lie: what the policy grants, as it was when the jail was started, and where a socket really lies.

package network

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/walk"
	"jail/internal/realpath"
	"jail/policy"
	"jail/supervisor/confine"
)

// places are files and folders, by names that lead there without symbolic links.
type places struct {
	granted []string
	denied  []denial
	binds   []confine.Mount // what the jail's own mount namespace shows elsewhere
}

// denial is a path of filesystem: deny, or a pattern.
type denial struct {
	path string
	rule int
}

// newPlaces locates what the plan says. Symbolic links are followed now and never again: later the program may have
// changed them.
func newPlaces(at *policy.Located, mounts []confine.Mount) *places {
	p := new(places)
	found := reals{made: make(map[string]string, 2*len(at.Files.Deny)), absent: at.Absent}
	for _, list := range [][]policy.PathRule{at.Unix, at.Files.Write} {
		for _, r := range list {
			p.granted = append(p.granted, found.real(r.Path))
		}
	}
	for _, r := range at.Files.Deny {
		p.denied = append(p.denied, denial{found.fixed(r.Path), r.Rule})
	}
	for _, m := range mounts {
		if m.Kind == confine.Bind || m.Kind == confine.ReadOnly {
			p.binds = append(p.binds, m)
		}
		if at.Files.Tmp == policy.TmpPrivate && (m.Target == "/tmp" || m.Target == "/var/tmp") {
			p.granted = append(p.granted, m.Source) // all sockets in there are the jail's own
		}
	}
	return p
}

// fixed is real for a pattern, too: links are followed in what stands before the first wildcard.
func (all reals) fixed(pattern string) string {
	i := strings.IndexAny(pattern, "*?")
	if i < 0 {
		return all.real(pattern)
	}
	folder := filepath.Dir(pattern[:i] + "x")
	return filepath.Join(all.real(folder), strings.TrimPrefix(pattern, folder))
}

// reals are what real has found: many paths have folders in common.
type reals struct {
	made   map[string]string
	absent func(path string) bool
}

// real is a path with its symbolic links followed, as far as it exists.
func (all reals) real(path string) string {
	if r, ok := all.made[path]; ok {
		return r
	}
	r := all.look(path)
	all.made[path] = r
	return r
}

func (all reals) look(path string) string {
	if !all.absent(path) {
		if r, err := realpath.Of(path); err == nil {
			return r
		}
	}
	folder, name := filepath.Split(filepath.Clean(path))
	if folder == path || name == "" {
		return path
	}
	return filepath.Join(all.real(filepath.Clean(folder)), name)
}

// verdict is what is said of a socket.
type verdict uint8

const (
	unlisted verdict = iota
	forbidden
	granted
)

// decide tells what the policy says of an open file, where that lies, and by which rule it is denied.
func (p *places) decide(fd int) (v verdict, name string, rule int) {
	shown, err := walk.Readlink(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil || !strings.HasPrefix(shown, "/") {
		return unlisted, "a socket without a name", 0
	}
	for _, name := range p.names(shown) {
		for _, d := range p.denied { // wherever that name leads by now
			if covers(d.path, name) {
				return forbidden, name, d.rule
			}
		}
		if !leads(name, fd) {
			continue
		}
		for _, g := range p.granted {
			if within(name, g) {
				return granted, name, 0
			}
		}
	}
	return unlisted, shown, 0
}

// names are the names that a file may have here if the kernel calls it name: in the task's mount namespace, which may be the
// jail's own or one that the program made.
func (p *places) names(name string) []string {
	all := []string{name}
	for _, m := range p.binds {
		for _, n := range all[:len(all):len(all)] {
			if within(n, m.Target) {
				all = append(all, m.Source+strings.TrimPrefix(n, m.Target))
			}
		}
	}
	return all
}

// leads tells whether name is, here and without symbolic links, the open file: in a mount namespace of its own a program can
// give any name to any file.
func leads(name string, fd int) bool {
	at, err := unix.Openat2(unix.AT_FDCWD, name, &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC | unix.O_NOFOLLOW, Resolve: unix.RESOLVE_NO_SYMLINKS})
	if err != nil {
		return false
	}
	defer unix.Close(at)
	var a, b unix.Stat_t // while both are open a number means one file
	return unix.Fstat(at, &a) == nil && unix.Fstat(fd, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

// within tells whether name is folder or lies in it, by their text.
func within(name, folder string) bool {
	return name == folder || folder == "/" || strings.HasPrefix(name, folder+"/")
}

// covers tells whether a path or pattern is name, or a folder above it.
func covers(pattern, name string) bool {
	for {
		if policy.MatchPath(pattern, name) {
			return true
		}
		up := filepath.Dir(name)
		if up == name {
			return false
		}
		name = up
	}
}
