// Names that are taken as they are: most paths have no link in them, and the kernel says if one has (ELOOP).

package paths

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// mostLinked is how many folders are kept.
const mostLinked = 1000

// guess is the name that a path is if there is no link in it. It is false where that is known, or likely, to be wrong.
func (e *Engine) guess(id utrace.TaskID, o *opening) (place, bool) {
	if e.slow || o.path == "" || !e.root.open(id.TID) {
		return place{}, false
	}
	full := o.path
	if full[0] != '/' {
		base, ok := e.root.base(id, o.dirfd)
		if !ok {
			return place{}, false
		}
		full = strings.TrimSuffix(base, "/") + "/" + o.path
	}
	if path.Clean(full) != full || within(full, "/proc") || within(full, "/dev") {
		return place{}, false
	}
	if _, linked := e.linked[path.Dir(full)]; linked {
		return place{}, false
	}
	return place{name: full}, true
}

// openGuessed is open for a guess that no rule is against; false if the path has to be resolved.
func (r *request) openGuessed(o *opening) (utrace.EntryVerdict, bool) {
	var none utrace.EntryVerdict
	a := look
	if o.changes(false) {
		a = change
	}
	if r.ev.Redone() { // the last one was wrong
		return none, false
	}
	p, ok := r.e.guess(r.s.ID(), o)
	if !ok || r.e.rules.refuses(p.name, a) != nil {
		return none, false
	}
	r.e.opens[r.s.ID().Serial] = attempt{guess: p.name}
	return r.openAs(o, p.name, unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS).Redo(unix.ELOOP), true
}

// mostAttempts is how often in a row an open is resolved: to a program that exchanges links all the time ELOOP is answered at last.
const mostAttempts = 20

// attempt is what is kept about an open that may have to be made again.
type attempt struct {
	number int
	guess  string // the name that was taken unresolved
}

// retries tells whether the open under way is to be made again if it meets a link that has come since. never: it fails with
// ELOOP in any case.
func (e *Engine) retries(serial uint64, never bool) bool {
	next := e.opens[serial].number + 1
	if never || next > mostAttempts {
		delete(e.opens, serial)
		return false
	}
	e.opens[serial] = attempt{number: next}
	return true
}

// wrong notes where a guess was wrong.
func (e *Engine) wrong(guess string) {
	if guess == "" {
		return
	}
	if len(e.linked) >= mostLinked {
		clear(e.linked)
	}
	e.linked[path.Dir(guess)] = struct{}{}
}
