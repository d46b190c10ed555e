// Files that become full, and calls that are cut.

package fault

import "strconv"

// stored is what bytes are added up for.
type stored struct {
	rule int
	file fileKey
	who  uint64
}

// reserved are bytes that a call under way was given.
type reserved struct {
	in    stored
	bytes int64
	whole bool
}

// fills tells whether what the call writes to is full, so that the rule is for it. Else it takes what the call may write, which
// is cut where it would cross the bound, as a disk does.
func (p *plan) fills(r *rule) bool {
	tr, ok := transferOf(p.seen.Name)
	if !ok || !tr.writes {
		return false
	}
	size, ok := sizeOf(&p.seen, p.read)
	key, known := p.storedIn(r, tr)
	if !ok || !known || size == 0 {
		return false
	}
	free := r.After - p.engine.files[key]
	if free <= 0 || free < size && tr.whole {
		return true
	}
	if free < size {
		p.limit(r, free)
		size = free
	}
	p.engine.files[key] += size
	p.task.now.kept = append(p.task.now.kept, reserved{key, size, tr.whole})
	return false
}

// storedIn is what the bytes of the call count for.
func (p *plan) storedIn(r *rule, tr transfer) (stored, bool) {
	key := stored{rule: r.index}
	switch r.scope {
	case PerTree:
	case PerProcess:
		key.who = p.task.proc.serial
	case PerTask, PerCall:
		key.who = p.stop.ID().Serial
	default:
		fd := int(int32(p.seen.Args[tr.fd].Raw))
		file, ok := fileOf("/proc/" + strconv.Itoa(p.stop.ID().TID) + "/fd/" + strconv.Itoa(fd))
		key.file = file
		return key, ok
	}
	return key, true
}

// settle gives back what a call did not write.
func (e *Engine) settle(now *doing, result int64) {
	for _, k := range now.kept {
		switch {
		case result < 0:
			e.files[k.in] -= k.bytes
		case !k.whole:
			e.files[k.in] += result - k.bytes
		}
	}
	now.kept = nil
}

// forgetBytes forgets what a task or a process has written.
func (e *Engine) forgetBytes(who uint64, scope Per) {
	for _, r := range e.rules {
		if r.After != 0 && (r.scope == scope || r.scope == PerCall && scope == PerTask) {
			delete(e.files, stored{rule: r.index, who: who})
		}
	}
}

// limit says that n bytes are to be transferred at most; false if the call is for no more anyway.
func (p *plan) limit(r *rule, n int64) bool {
	size, ok := sizeOf(&p.seen, p.read)
	if !ok || size <= n {
		return false
	}
	if p.short < 0 || n < p.short {
		p.short, p.limited = n, r
	}
	return true
}

// cut makes the call one for as many bytes as may be transferred. What can't be made so, and would make a file fuller than it
// may be, fails whole.
func (p *plan) cut() {
	if p.short < 0 || p.answered != nil {
		return
	}
	tr, _ := transferOf(p.seen.Name)
	c, ok := tr.shortened(p.to, uint64(p.short), p.stop)
	if ok {
		p.to = c
	} else if p.limited.After != 0 {
		p.answered = p.limited
	}
}
