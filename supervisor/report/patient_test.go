// A reader that never reads does not hold up the one who reports.

package report_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"jail/supervisor/report"
)

// stuck is a writer that blocks until it is told to go on.
type stuck struct {
	free chan struct{}
	out  bytes.Buffer
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.free
	return s.out.Write(b)
}

func TestPatient(t *testing.T) {
	w := &stuck{free: make(chan struct{})}
	p := report.NewPatient(w, time.Millisecond)
	for _, s := range []string{"a", "b"} {
		if _, err := p.Write([]byte(s)); !errors.Is(err, report.ErrSlow) {
			t.Fatalf("%q: %v", s, err)
		}
	}
	close(w.free)
	for { // until the late one has ended; each try answers at once or is written
		if n, err := p.Write([]byte("c")); err == nil {
			if n != 1 {
				t.Fatal(n)
			}
			break
		}
	}
	if got := w.out.String(); got != "ac" {
		t.Errorf("written: %q", got)
	}
}
