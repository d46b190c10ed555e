// How long a supervisor may be stopped.

package limits_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/limits"
	"jail/supervisor/enginetest"
)

func TestPauseWithoutBounds(t *testing.T) {
	_, e, _ := start(t, limits.Settings{Output: limits.Bound{Most: 1}}, 1)
	if d, may := e.Pause(); d != 0 || !may {
		t.Errorf("%v, %v; want for ever", d, may)
	}
}

func TestPauseEndsAtTheWallTime(t *testing.T) {
	f, e, _ := start(t, limits.Settings{WallTime: bound(time.Hour), CPUTime: bound(3 * time.Hour)}, 1)
	f.advance(10 * time.Minute)
	if d, may := e.Pause(); d != 50*time.Minute || !may {
		t.Errorf("%v, %v; want 50m", d, may)
	}
	f.sleep(50 * time.Minute)
	if _, may := e.Pause(); may || len(f.killed) != 1 {
		t.Errorf("after that it may be %v, and %d were killed", may, len(f.killed))
	}
	f.reached(t, e, "using up its wall time")
	f.advance(0) // the timer itself comes too late
	if len(f.killed) != 1 {
		t.Errorf("killed %d times", len(f.killed))
	}
}

// The run is not over before the time of grace is: nobody may stop in it.
func TestNoPauseInGrace(t *testing.T) {
	f, e, _ := start(t, limits.Settings{WallTime: bound(time.Hour), Signal: unix.SIGTERM, Grace: time.Minute}, 1)
	f.sleep(time.Hour)
	for range 2 {
		if _, may := e.Pause(); may || len(f.signals) != 1 || len(f.killed) != 0 {
			t.Fatalf("may %v, signals %v, killed %d", may, f.signals, len(f.killed))
		}
	}
	f.sleep(time.Minute)
	if _, may := e.Pause(); may || len(f.killed) != 1 {
		t.Errorf("may %v, killed %d", may, len(f.killed))
	}
}

// Others of the tree run while the supervisor is stopped.
func TestPauseLooksAtProcessorTime(t *testing.T) {
	f, e, _ := start(t, limits.Settings{CPUTime: bound(time.Hour)}, 1)
	d, may := e.Pause()
	if d != time.Hour || !may {
		t.Fatalf("%v, %v", d, may)
	}
	f.sleep(d)
	f.cpu[enginetest.FirstTID] = 20 * time.Minute
	if d, may = e.Pause(); d != 40*time.Minute || !may {
		t.Errorf("%v, %v; want what is left", d, may)
	}
	f.sleep(d)
	f.cpu[enginetest.FirstTID] = time.Hour
	if _, may = e.Pause(); may {
		t.Error("it is used up, and the supervisor may be stopped")
	}
	f.reached(t, e, "using up its processor time")
}
