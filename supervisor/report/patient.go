// A writer that waits for a slow reader, but not for ever.

package report

import (
	"errors"
	"io"
	"sync"
	"time"
)

// ErrSlow is what Patient answers for what it does not write, because nobody has read for too long.
var ErrSlow = errors.New("nobody reads")

// Patient writes to another writer on a goroutine of its own, and waits for each Write a limited time. A program can stop the
// terminal that it shares with jail (tcflow(3), TCOOFF), or not read its own pipe: then what it reports would hold up the
// loop, and with it signals and the end of the jail. While a Write is under way that was given up on, further ones answer
// ErrSlow at once. Any goroutine.
type Patient struct {
	w     io.Writer
	limit time.Duration
	mu    sync.Mutex
	late  chan struct{} // of a Write that was given up on: closed when it ends
}

// NewPatient makes a Patient that waits for each Write at most limit.
func NewPatient(w io.Writer, limit time.Duration) *Patient { return &Patient{w: w, limit: limit} }

// Write is io.Writer's; it blocks for the limit at most.
func (p *Patient) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late != nil {
		select {
		case <-p.late:
			p.late = nil
		default:
			return 0, ErrSlow
		}
	}
	text := append([]byte(nil), b...) // the caller may use b again before a late Write ends
	done := make(chan struct{})
	var n int
	var err error
	go func() {
		defer close(done)
		n, err = p.w.Write(text)
	}()
	timer := time.NewTimer(p.limit)
	defer timer.Stop()
	select {
	case <-done:
		return n, err
	case <-timer.C:
		p.late = done
		return 0, ErrSlow
	}
}
