//go:build linux

// Package cgroup bounds a tree of processes with a cgroup of version 2 (cgroups(7), and Documentation/admin-guide/cgroup-v2.rst
// in the kernel's sources). It never moves the process that it runs in.
package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
)

// Reasons for which no cgroup is to be had.
var (
	ErrVersion1     = errors.New("the machine's controllers are managed by cgroup version 1")
	ErrNoHierarchy  = errors.New("no cgroup version 2 is mounted")
	ErrNotDelegated = errors.New("no cgroup is delegated to us")
)

// place is where we are in the hierarchy.
type place struct {
	mount string // folder of the hierarchy's root
	own   string // folder of our cgroup
	v1    []string
}

// find looks where we are. proc is "/proc/self".
func find(proc string) (place, error) {
	var p place
	memberships, err := os.ReadFile(proc + "/cgroup")
	if err != nil {
		return p, err
	}
	own := ""
	for l := range strings.Lines(string(memberships)) {
		// hierarchy:controllers:path
		f := strings.SplitN(strings.TrimSuffix(l, "\n"), ":", 3)
		switch {
		case len(f) != 3:
		case f[0] == "0" && f[1] == "":
			own = f[2]
		case f[1] != "" && !strings.HasPrefix(f[1], "name="):
			p.v1 = append(p.v1, strings.Split(f[1], ",")...)
		}
	}
	mounts, err := os.ReadFile(proc + "/mountinfo")
	if err != nil {
		return p, err
	}
	root := ""
	for l := range bytes.Lines(mounts) {
		// id parent major:minor root mountpoint options … - type source options
		before, after, _ := strings.Cut(string(l), " - ")
		f := strings.Split(before, " ")
		if len(f) > 4 && strings.HasPrefix(after, "cgroup2 ") {
			root, p.mount = f[3], f[4]
		}
	}
	switch {
	case (p.mount == "" || own == "") && len(p.v1) > 0:
		return p, ErrVersion1
	case p.mount == "" || own == "":
		return p, ErrNoHierarchy
	}
	relative, err := filepath.Rel(root, own)
	// "/.." begins what lies outside of our cgroup namespace (cgroup_namespaces(7)).
	if err != nil || strings.HasPrefix(relative, "..") || strings.HasPrefix(own, "/..") {
		return p, fmt.Errorf("%w: ours (%s) is not in the part that is mounted (%s)", ErrNotDelegated, own, root)
	}
	p.own = filepath.Join(p.mount, relative)
	return p, nil
}

// Writable lists the folders at which hierarchies of version 2 are mounted in our mount namespace in which we may write to some
// cgroup: who may, can change the bounds of processes there, move, freeze (cgroup.freeze) and kill (cgroup.kill) them. Any
// goroutine; it looks at all cgroups until it finds one.
func Writable() (found []string) {
	list, err := procfile.Read("/proc/self/mountinfo")
	names := mounts(list)
	if err != nil { // no /proc: where it usually is
		names = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
	}
	for _, name := range names {
		var st unix.Statfs_t
		if unix.Statfs(name, &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC && writable(name) {
			found = append(found, name)
		}
	}
	return found
}

// maxCgroups is how many are looked at: of more, one is taken to be writable.
const maxCgroups = 2000

// writable tells whether we may write to a cgroup in a hierarchy. It is enough to look at the file that is given away with a cgroup
// (cgroup-v2.rst, "Model of Delegation"): what else of it one may write to, one may with that.
func writable(root string) bool {
	seen, ours := 0, false
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // gone, or nothing that can be listed: then it is not ours
		}
		if seen++; seen > maxCgroups || unix.Access(path+"/cgroup.procs", unix.W_OK) == nil {
			ours = true
			return fs.SkipAll
		}
		return nil
	})
	return ours
}

// mounts picks them out of a mountinfo, in which spaces and the like are octal numbers (proc_pid_mountinfo(5)).
func mounts(mountinfo []byte) (found []string) {
	for l := range strings.Lines(string(mountinfo)) {
		before, after, _ := strings.Cut(l, " - ")
		if !strings.HasPrefix(after, "cgroup2 ") {
			continue
		}
		if f := strings.Split(before, " "); len(f) > 4 { // no other blanks: the kernel leaves those in names as they are
			found = append(found, unescaped(f[4]))
		}
	}
	return found
}

// unescaped undoes mountinfo's octal numbers.
func unescaped(name string) string {
	if !strings.Contains(name, `\`) {
		return name
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(name)
}

// words reads a file that is a list of words.
func words(name string) ([]string, error) {
	b, err := os.ReadFile(name)
	return strings.Fields(string(b)), err
}
