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

// groupMembers are the members of every group, in the order of the list, each
// sorted, made when first needed and never changed.
var groupMembers [len(groups)]struct {
	once  sync.Once
	names []string
}

// membersOf is Group without a copy: nobody may change what it answers.
func membersOf(name string) ([]string, bool) {
	if !strings.HasPrefix(name, "@") && !strings.HasPrefix(name, "%") {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(groups[:], name, func(g group, name string) int { return strings.Compare(g.name, name) })
	if !ok {
		return nil, false
	}
	members := &groupMembers[i]
	members.once.Do(func() { members.names = strings.Fields(groups[i].members) })
	return members.names, true
}

// Group lists the names of a group, sorted, and false if there is no such
// group. Groups whose name starts with @ are systemd's sets (systemd.exec(5),
// SystemCallFilter=), those with % are strace's classes (strace(1), -e
// trace=). A group is the same on every ABI; an ABI has not all of its calls.
func Group(name string) ([]string, bool) {
	members, ok := membersOf(name)
	return slices.Clone(members), ok
}

// inGroup tells whether a group has a member.
func inGroup(group, name string) bool {
	members, _ := membersOf(group)
	_, ok := slices.BinarySearch(members, name)
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
