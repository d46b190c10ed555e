// The comparison: strace's lines and the decoder's, call for call.

package decode

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGitAsStraceSeesIt(t *testing.T)    { compare(t, gitProgram) }
func TestPythonAsStraceSeesIt(t *testing.T) { compare(t, pythonProgram) }
func TestSqliteAsStraceSeesIt(t *testing.T) { compare(t, sqliteProgram) }
func TestCurlAsStraceSeesIt(t *testing.T)   { compare(t, curlProgram) }
func TestGccAsStraceSeesIt(t *testing.T)    { compare(t, gccProgram) }

// TestCallsAsStraceSeesThem compares programs that make the calls of %file, %desc, %network, %process, %signal and %memory with
// arguments that real programs seldom have.
func TestCallsAsStraceSeesThem(t *testing.T) {
	for _, name := range []string{"names", "descriptors", "sockets", "processes", "memory", "rare"} {
		t.Run(name, func(t *testing.T) { compare(t, func(t *testing.T) *program { return compiled(t, name) }) })
	}
}

// compare runs a program twice and fails on each call that the two decode differently, unless it is explained.
func compare(t *testing.T, make func(*testing.T) *program) {
	t.Helper()
	strace(t)
	p := make(t)
	dir, err := os.MkdirTemp("", "jail-decode-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p.dir = filepath.Join(dir, "w")
	p.fresh(t)
	want := underStrace(t, p)
	p.fresh(t)
	got := inJail(t, p)

	wantTasks, gotTasks := want.named(), got.named()
	if a, b := slices.Sorted(maps.Keys(wantTasks)), slices.Sorted(maps.Keys(gotTasks)); !slices.Equal(a, b) {
		t.Fatalf("tasks under strace: %v, in a jail: %v", a, b)
	}
	tally := &tally{t: t, reasons: map[string]int{}, inStrace: map[string]bool{}, inJail: map[string]bool{}}
	tasks := slices.Sorted(maps.Keys(wantTasks))
	for _, name := range tasks {
		tally.know(tally.inStrace, normalAll(want, wantTasks, name))
		tally.know(tally.inJail, normalAll(got, gotTasks, name))
	}
	for _, name := range tasks {
		tally.task(name, normalAll(want, wantTasks, name), normalAll(got, gotTasks, name))
	}
	t.Logf("%d tasks, %d calls under strace: %d the same, %d different with a reason: %v, %d without",
		len(wantTasks), tally.calls, tally.same, tally.explained, tally.reasons, tally.bad)
}

func normalAll(tr trace, tasks map[string]int, name string) []string {
	names := map[int]string{}
	for n, tid := range tasks {
		names[tid] = n
	}
	var lines []string
	for _, l := range tr.lines[tasks[name]] {
		lines = append(lines, normal(l, names))
	}
	return lines
}

// A tally counts what was compared.
type tally struct {
	t                           *testing.T
	calls, same, explained, bad int
	reasons                     map[string]int
	inStrace, inJail            map[string]bool // lines of all tasks, and of some calls the part that was known at the entry
}

// know keeps lines, for those that come more often on one side.
func (y *tally) know(all map[string]bool, lines []string) {
	for _, l := range lines {
		all[l] = true
		if i := strings.LastIndex(l, ") = "); i >= 0 && waits(l) {
			all[l[:i]] = true
		}
	}
}

// waits tells whether a call answers what has happened until then, and its arguments stay as they were.
func waits(line string) bool { return slices.Contains([]string{"poll", "epoll_wait"}, callOf(line)) }

// elsewhere says why a line of one side may be missing here on the other, which has the same in another place.
func (y *tally) elsewhere(line string, inJail bool) string {
	others := y.inJail
	if inJail {
		others = y.inStrace
	}
	if i := strings.LastIndex(line, ") = "); others[line] || i >= 0 && waits(line) && others[line[:i]] {
		return "how often it is called is a matter of timing: the other has the same line elsewhere"
	}
	return ""
}

// task compares the calls of one task.
func (y *tally) task(name string, want, got []string) {
	y.calls += len(want)
	different := 0
	for _, d := range align(want, got) {
		different += len(d.strace)
		rest := y.explain(d)
		if len(rest.strace)+len(rest.jail) == 0 {
			continue
		}
		y.bad += max(len(rest.strace), len(rest.jail))
		if y.bad < 40 {
			y.t.Errorf("task %s:\nstrace:\n\t%s\njail:\n\t%s", name, strings.Join(rest.strace, "\n\t"), strings.Join(rest.jail, "\n\t"))
		}
	}
	y.same += len(want) - different
}

// explain takes out of a difference what the table has a reason for.
func (y *tally) explain(d difference) difference {
	if n := min(len(d.strace), len(d.jail)); n == len(d.strace) && n == len(d.jail) {
		var rest difference
		for i := range n {
			if a, b := d.strace[i], d.jail[i]; sameButData(a, b) {
				y.explained++
				y.reasons["the data is random, or has a time or a checksum in it"]++
			} else {
				rest.strace, rest.jail = append(rest.strace, a), append(rest.jail, b)
			}
		}
		d = rest
	}
	keep := func(lines []string, inJail bool, others []string) []string {
		var rest []string
		for _, l := range lines {
			why := reasonFor(l, inJail, others)
			if why == "" {
				why = y.elsewhere(l, inJail)
			}
			if why != "" {
				y.explained++
				y.reasons[why]++
				continue
			}
			rest = append(rest, l)
		}
		return rest
	}
	return difference{keep(d.strace, false, d.jail), keep(d.jail, true, d.strace)}
}
