// Launching: where the program stands, what is in force, what is inherited.

package ptrace

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
	"jail/supervisor/internal/kernel"
)

func TestSmoke(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		filter := []unix.SockFilter{{Code: 0x20, K: 0}, {Code: 0x15, Jt: 0, Jf: 1, K: 39}, {Code: 6, K: 0x7ff00007}, {Code: 6, K: 0x7fff0000}}
		k, tid, err := Launch(Config{Path: "/bin/sh", Args: []string{"sh", "-c", "/bin/true; (exit 3); kill -TERM $$"}, Files: []uintptr{0, 1, 2}, Filter: filter})
		if err != nil {
			t.Error(err)
			return
		}
		t.Log(tid, k.bell.tid)
		k.Ring()
		if err := k.Resume(tid, kernel.Cont, 0); err != nil {
			t.Error(err)
		}
		for {
			s, err := k.Wait()
			t.Logf("%+v %v", s, err)
			if err != nil {
				break
			}
			switch s.Kind {
			case kernel.Ring:
			case kernel.Death:
				u, err := k.Reap(s.TID)
				t.Log(u, err)
			default:
				sig := unix.Signal(0)
				if s.Kind == kernel.Signal {
					sig = s.Signal
				}
				if err := k.Resume(s.TID, kernel.Cont, sig); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	<-done
}
