// "Did you mean …?" for names of system calls and groups.

package seccomp

// Suggest is the name of the system call or group that is nearest to a
// misspelt one, and "" if none is near: at most one edit for each three
// letters, or the name with its group sign (@, %) missing or the wrong one.
func Suggest(name string) string {
	bare := name
	if isGroup(name) {
		bare = name[1:]
	}
	for _, sign := range []string{"@", "%"} {
		if _, ok := membersOf(sign + bare); ok {
			return sign + bare
		}
	}
	if bare != name && KnownName(bare) {
		return bare
	}
	return Nearest(name, allNames())
}

// Nearest is the candidate that a name may be a misspelling of, the first of those that are equally near; "" if none is near. Any
// goroutine.
func Nearest(name string, candidates []string) string {
	if len(name) > longestName {
		return ""
	}
	best, nearest := "", len(name)/3+1
	for _, candidate := range candidates {
		if d := distance(name, candidate); d < nearest {
			best, nearest = candidate, d
		}
	}
	return best
}

// longestName bounds the work for names that are near to nothing anyway.
const longestName = 64

// allNames are the groups and the system calls of all ABIs, the native one's
// first, so that ties go to what this machine has.
func allNames() []string {
	names := Native().Names()
	for _, abi := range abis() {
		if abi != Native() {
			names = append(names, abi.Names()...)
		}
	}
	return append(names, GroupNames()...)
}

// distance is how many letters must be put in, taken out, replaced or swapped
// with their neighbour to get from a to b (optimal string alignment).
func distance(a, b string) int {
	before := make([]int, len(b)+1) // the row before the last
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
