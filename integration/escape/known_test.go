// The attempts that are known to get out, and why that is so.

package escape

// exception says in which cells an attempt gets out, and why.
type exception struct {
	in  func(cell) bool
	why string
}

// under is the reason in a cell; "": it must not get out there.
func (e exception) under(c cell) string {
	if e.in == nil || !e.in(c) {
		return ""
	}
	return e.why
}

// known has what jail does not promise to hold. Where a kernel lacks nothing the test wants these to get out: what is held has no
// place here.
var known = map[string]exception{
	"nice-victim":     {ordinary, slower},
	"affinity-victim": {ordinary, slower},
	"posix-memory":    {func(c cell) bool { return c.policy == "strict" || bare(c) }, "the policy lets all be read that the user may read, and shared memory of other processes is files"},
}

const slower = "threads change their own nice values and processors by their numbers, which a filter can't tell from others'; that makes others slower (README, ci-build.yaml)"

// bare are the cells of ci-build that have no mounts: with them the folder outside can't be changed at all, and /dev/shm is jail's own.
func bare(c cell) bool { return c.policy == "ci-build" && !c.mounts() }

// ordinary are the cells of ci-build where the program has no fewer capabilities than the victim.
func ordinary(c cell) bool { return c.policy == "ci-build" && !c.root }
