// Groups of system calls: systemd's sets (@file-system) and strace's classes (%file).

package seccomp

import (
	"slices"
	"strings"
	"sync"
)

// group is one line of the generated list of groups.
type group struct {
	name    string
	members string // sorted names with a blank between them
}

// groupMembers are the members of every group, sorted; made when first needed
// and never changed.
var groupMembers = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string, len(groups))
	for _, g := range groups {
		all[g.name] = strings.Fields(g.members)
	}
	return all
})

// Group lists the names of a group, sorted, and false if there is no such
// group. Groups whose name starts with @ are systemd's sets (systemd.exec(5),
// SystemCallFilter=), those with % are strace's classes (strace(1), -e
// trace=). A group is the same on every ABI; an ABI has not all of its calls.
func Group(name string) ([]string, bool) {
	members, ok := groupMembers()[name]
	return slices.Clone(members), ok
}

// inGroup tells whether a group has a member.
func inGroup(group, name string) bool {
	_, ok := slices.BinarySearch(groupMembers()[group], name)
	return ok
}

// GroupNames lists the names of all groups, sorted.
func GroupNames() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}
