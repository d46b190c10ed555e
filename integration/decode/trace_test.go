// Traces: the calls of each task, and the tree of tasks.

package decode

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// A trace is the calls of a run, by thread.
type trace struct {
	first int
	lines map[int][]string
}

// birth is a call that made a task, and its number.
var birth = regexp.MustCompile(`^(?:clone3?|v?fork)\(.* = (\d+)$`)

// children are the tasks that one made, in the order in which it made them.
func (tr trace) children(tid int) []int {
	var list []int
	for _, line := range tr.lines[tid] {
		if m := birth.FindStringSubmatch(line); m != nil {
			child, err := strconv.Atoi(m[1])
			if err == nil && tr.lines[child] != nil {
				list = append(list, child)
			}
		}
	}
	return list
}

// root is the task that none made.
func root(tr trace) int {
	made := make(map[int]bool)
	for tid := range tr.lines {
		for _, c := range tr.children(tid) {
			made[c] = true
		}
	}
	for _, tid := range slices.Sorted(maps.Keys(tr.lines)) {
		if !made[tid] {
			return tid
		}
	}
	return 0
}

// named gives each task a name that both runs give it: 0, 0.1 its first child, 0.1.1 that one's.
func (tr trace) named() map[string]int {
	names := make(map[string]int)
	var walk func(tid int, name string)
	walk = func(tid int, name string) {
		names[name] = tid
		for i, c := range tr.children(tid) {
			walk(c, name+"."+strconv.Itoa(i+1))
		}
	}
	walk(tr.first, "0")
	return names
}
