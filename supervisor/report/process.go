// Who is who: processes by name, with their ancestors.

package report

const (
	maxAncestry = 16   // ancestors that are told
	maxDepth    = 64   // ancestors that are kept
	maxArgs     = 1024 // arguments of one exec that are written
	maxArgBytes = 64 << 10
)

// process is what is kept of one thread group. Children keep their parent, so it outlives its tasks.
type process struct {
	pid    int
	name   string // file name of its program or script, at most 15 bytes
	parent *process
	depth  int // length of the chain of parents
	tasks  int // alive
}

// child makes a process known. A chain of parents in which each makes one child and ends could grow for ever; it is cut.
func (p *process) child(pid int) *process {
	c := &process{pid: pid, parent: p, tasks: 1}
	if p == nil {
		return c
	}
	c.name, c.depth = p.name, p.depth+1
	if c.depth > maxDepth {
		last := c
		for range maxAncestry {
			last = last.parent
		}
		last.parent = nil
		c.depth = maxAncestry
	}
	return c
}

// ancestry is the process and what it descends from.
func (p *process) ancestry() []Ancestor {
	var list []Ancestor
	for ; p != nil && len(list) < maxAncestry; p = p.parent {
		list = append(list, Ancestor{PID: p.pid, Name: p.name})
	}
	return list
}

// became notes a new program.
func (p *process) became(comm string) {
	p.name = comm
	if comm == "" {
		p.name = "?"
	}
}

// cutArgs bounds what one exec may write into a report.
func cutArgs(argv []string) ([]string, bool) {
	room := maxArgBytes
	for i, a := range argv {
		if room -= len(a); i == maxArgs || room < 0 {
			return argv[:i], true
		}
	}
	return argv, false
}
