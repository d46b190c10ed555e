// Groups of system calls: systemd's sets (@file-system) and strace's classes (%file).

package seccomp

import (
	"slices"
	"strings"
)

// group is one line of the generated list of groups.
type group struct {
	name    string
	members string // sorted names with a blank between them
}

// Group lists the names of a group, sorted, and false if there is no such
// group. Groups whose name starts with @ are systemd's sets (systemd.exec(5),
// SystemCallFilter=), those with % are strace's classes (strace(1), -e
// trace=). A group is the same on every ABI; an ABI has not all of its calls.
func Group(name string) ([]string, bool) {
	i, ok := slices.BinarySearchFunc(groups[:], name, func(g group, name string) int {
		return strings.Compare(g.name, name)
	})
	if !ok {
		return nil, false
	}
	return strings.Fields(groups[i].members), true
}

// GroupNames lists the names of all groups, sorted.
func GroupNames() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}
