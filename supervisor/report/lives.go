// Lives in lines: births, programs, deaths of the first tasks each, then counted, so that a loop of forks does not fill a disk.

package report

import "jail/supervisor/utrace"

// DefaultTasks is how many tasks of a run have lines of their own unless Config.Tasks says otherwise: some megabytes.
const DefaultTasks = 10_000

// maxArgvBytes is how much the arguments of all programs of a run may take up in lines, unless all is wanted.
const maxArgvBytes = 16 << 20

// Untold counts lines that were not written, by their kinds.
type Untold struct {
	Births   int `json:"births"`
	Execs    int `json:"execs"`
	Deaths   int `json:"deaths"`
	Reaps    int `json:"reaps"`
	Stops    int `json:"stops"` // of job control, and continuations
	Detaches int `json:"detaches"`
}

// of is where lines of a kind are counted.
func (u *Untold) of(kind string) *int {
	switch kind {
	case KindBirth:
		return &u.Births
	case KindExec:
		return &u.Execs
	case KindDeath:
		return &u.Deaths
	case KindReap:
		return &u.Reaps
	case KindDetach:
		return &u.Detaches
	}
	return &u.Stops
}

func (u Untold) sum() int { return u.Births + u.Execs + u.Deaths + u.Reaps + u.Stops + u.Detaches }

// lives decides which lines about tasks are written. It keeps nothing about single tasks: serials grow.
type lives struct {
	most   int // tasks; negative: all
	last   uint64
	told   Untold // lines that were written; Births of them are tasks
	killed int    // deaths by signal that were written of other tasks
	untold Untold
	due    int // how many untold lines call for the next line that counts them
	argv   int // bytes
}

// tells tells whether a line of a kind about a task is to be written, and counts it if not. Beside the first tasks all that were
// killed by a signal are told of, up to as many again.
func (l *lives) tells(kind string, id utrace.TaskID, killed bool) bool {
	if l.most < 0 {
		return true
	}
	if kind == KindBirth && l.told.Births < l.most {
		l.last = max(l.last, id.Serial)
	}
	n := l.told.of(kind)
	// What else there is about a task is seldom, and worth a line whoever it is about.
	first := id.Serial <= l.last || kind == KindDetach || kind == KindStop || kind == KindContinue
	switch {
	case first && *n < l.most:
		*n++
		return true
	case killed && l.killed < l.most:
		l.killed++
		return true
	}
	*l.untold.of(kind)++
	return false
}

// counts answers the line that counts what was not told, when it is due: at the first, and whenever there are twice as many as in
// the one before.
func (l *lives) counts() (Event, bool) {
	sum := l.untold.sum()
	if sum <= l.due {
		return Event{}, false
	}
	l.due = 2*sum - 1
	return l.line(), true
}

// rest is the line before the end, if there is one.
func (l *lives) rest() (Event, bool) { return l.line(), l.untold.sum() > 0 }

func (l *lives) line() Event {
	u := l.untold
	return Event{Event: KindUntold, Untold: &u}
}

// cut bounds the arguments of one program, and of all.
func (l *lives) cut(argv []string) ([]string, bool) {
	some, cut := cutArgs(argv)
	for _, a := range some {
		l.argv += len(a) + 1
	}
	if l.most >= 0 && l.argv > maxArgvBytes && len(some) > 1 {
		return some[:1], true
	}
	return some, cut
}
