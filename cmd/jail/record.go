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
	lost chan struct{}
	once sync.Once
}

// newRecord makes the recorder and opens its file, if one was asked for.
func newRecord(f runFlags) (*record, error) {
	r := &record{lost: make(chan struct{})}
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

// lose tells that the report is lost, or was changed by somebody else, once.
func (r *record) lose(err error) {
	r.once.Do(func() {
		complain(err)
		close(r.lost)
	})
}

// follow ends the jail when its report is lost: who asked for a report wants no run without one.
func (r *record) follow(j *supervisor.Jail) {
	go func() {
		select {
		case <-r.lost:
			j.Kill(utrace.Why{What: "its report is lost"})
		case <-j.Done():
		}
	}()
}

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
