// The report of a run: where it goes, and what happens when that is full.

package main

import (
	"sync"
	"time"

	"jail/supervisor"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// patience is how long a sentence waits for a terminal or a reader that the program may have stopped.
const patience = 200 * time.Millisecond

// record is the recorder with its file.
type record struct {
	*report.Recorder
	file *report.File // nil: no --report

	mu   sync.Mutex
	lost bool
	jail *supervisor.Jail // nil: not started
}

// newRecord makes the recorder and opens its file, if one was asked for.
func newRecord(f runFlags) (*record, error) {
	r := new(record)
	cfg := report.Config{People: report.NewPatient(report.Terminal{FD: 2}, patience), Summary: f.summary, Lost: r.lose}
	if f.all {
		cfg.Tasks = -1
	}
	if f.report != "" {
		var err error
		if r.file, err = report.OpenFile(f.report); err != nil {
			return nil, err
		}
		cfg.Lines = r.file
	}
	r.Recorder = report.New(cfg)
	return r, nil
}

// lose tells that the report is lost, or was changed by somebody else, once, and ends the jail: who asked for a report wants no run
// without one. Any goroutine; on the jail's own, nothing but what stands stopped already is served before.
func (r *record) lose(err error) {
	r.mu.Lock()
	first := !r.lost
	r.lost = true
	j := r.jail
	r.mu.Unlock()
	if !first {
		return
	}
	complain(err)
	if j != nil {
		end(j)
	}
}

// follow names the jail that is to end with its report.
func (r *record) follow(j *supervisor.Jail) {
	r.mu.Lock()
	r.jail = j
	lost := r.lost
	r.mu.Unlock()
	if lost {
		end(j)
	}
}

func end(j *supervisor.Jail) { j.Kill(utrace.Why{What: "its report is lost"}) }

// check tells whether somebody changed the report. Nothing of the program may be left that could do it later. What is lost
// was told already.
func (r *record) check() error {
	if r.file == nil || r.Err() != nil {
		return nil
	}
	return r.file.Check()
}

// close closes the file. Its error may be of an earlier write.
func (r *record) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
