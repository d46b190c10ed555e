// Who is who: processes by name, with their ancestors.

package trace

import (
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// Bounds of what is kept, and of what is said of one exec.
const (
	maxChain    = 64 // ancestors that hang together at most
	keptOfChain = 16 // of which those are kept when it grows longer
	maxArgs     = 1024
	maxArgBytes = 64 << 10
)

// A Process is a process as it was at some time: it is never changed. When the process runs another program it gets another
// Process.
type Process struct {
	PID     int
	Program string // file name of the program or script, at most 15 bytes; "?" if it could not be read
	Path    string // of the program, /proc/PID/exe; "" if it could not be read
	// Parent is the process that made it, as it was then; nil of a first one, and where a chain of more than 64 was cut.
	Parent *Process
	Depth  int // 0 of a first one, else its parent's and one
	Nth    int // which child of its parent's it is, from 1; 0 of a first one. Threads are no children
}

// Ancestry is the process and what it descends from, as far as that is kept.
func (p *Process) Ancestry() []*Process {
	var list []*Process
	for ; p != nil; p = p.Parent {
		list = append(list, p)
	}
	return list
}

// Is tells whether both are the same process, at whatever times.
func (p *Process) Is(o *Process) bool {
	if p == nil || o == nil {
		return p == o
	}
	return p.PID == o.PID && p.Depth == o.Depth && p.Nth == o.Nth
}

// process is what is kept of one that has tasks.
type process struct {
	now      *Process
	tasks    int // not reaped
	children int // that it has had
	chain    int // how many ancestors hang on now
}

// child makes the Process of a new child. A chain in which each makes one child and ends could grow for ever; it is cut.
func (p *process) child(pid int) *process {
	p.children++
	c := *p.now
	c.PID, c.Parent, c.Depth, c.Nth = pid, p.now, p.now.Depth+1, p.children
	chain := p.chain + 1
	if chain > maxChain {
		c.Parent, chain = cut(p.now, keptOfChain), keptOfChain
	}
	return &process{now: &c, chain: chain}
}

// cut copies the first n of a chain.
func cut(p *Process, n int) *Process {
	if p == nil || n == 0 {
		return nil
	}
	c := *p
	c.Parent = cut(p.Parent, n-1)
	return &c
}

// became is a process that runs another program now.
func (e *Engine) became(p *process, id utrace.TaskID) {
	next := *p.now
	next.Program, next.Path = e.probe.Comm(id.TID), e.probe.Exe(id.TID)
	if next.Program == "" {
		next.Program = "?"
	}
	p.now = &next
}

// argv is the command line of a task, and whether it was cut.
func argv(probe report.Prober, tid int) ([]string, bool) {
	list := probe.Argv(tid)
	room := maxArgBytes
	for i, a := range list {
		if room -= len(a); i == maxArgs || room < 0 {
			return list[:i:i], true
		}
	}
	return list, false
}
