// The kernel's clock goes off, or not. That it ends a stop is seen where a whole process stops.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWakeAfter(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGCONT)
	defer signal.Stop(heard)
	w, err := WakeAfter(0)
	if err != nil {
		t.Fatal(err)
	}
	<-heard
	if !w.Cancel() {
		t.Error("SIGCONT came, and the time is not up")
	}
}

func TestWakeIsCancelled(t *testing.T) {
	for range 1000 { // more than may be at a time under small limits (RLIMIT_SIGPENDING)
		w, err := WakeAfter(time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if w.Cancel() {
			t.Fatal("an hour is up")
		}
	}
}

func TestWakeFails(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_SIGPENDING, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_SIGPENDING, &unix.Rlimit{Cur: 0, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	w, err := WakeAfter(time.Hour)
	if e := unix.Setrlimit(unix.RLIMIT_SIGPENDING, &old); e != nil {
		t.Fatal(e)
	}
	if err == nil {
		w.Cancel()
		t.Error("a timer was made although none may be")
	}
}
