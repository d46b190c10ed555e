// The oracle's own test: an observer that heard nothing would find nothing.

package integration

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// The witness hears of every kind of event, of the calls that a victim makes one by one, and of each death.
func TestWitnessHearsEverything(t *testing.T) {
	heard := make(map[utrace.Mask]int)
	births := 0
	for _, v := range []string{"stops", "zombie", "vfork"} {
		w := newWitness(t, nativeCalls())
		w.heard = heard
		r := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: w, Observe: true}}}, victim(t, v))
		n, _, _ := r.ledger.counts()
		births += n
	}
	for event := utrace.Quiesce; event <= utrace.Reap; event <<= 1 {
		if heard[event] == 0 {
			t.Errorf("nothing was heard of %v", event)
		}
	}
	if heard[utrace.Death] != births || heard[utrace.Reap] != births {
		t.Errorf("%d births, %d deaths, %d reaps heard", births, heard[utrace.Death], heard[utrace.Reap])
	}
	if heard[utrace.Jctl] < 80 { // forty stops, forty continues
		t.Errorf("%d stops and continues heard", heard[utrace.Jctl])
	}
}

// Every call of a victim is heard of before and after it is made: entries and exits pair, but for calls that do not return.
func TestWitnessHearsEveryCall(t *testing.T) {
	var entries, exits []int64
	enter := &onEntry{"enter", callSet("umask", "alarm", "getppid"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		entries = append(entries, ev.Call().Nr)
		return ev.Continue()
	}}
	leave := &onExited{"leave", callSet("umask", "alarm", "getppid"), func(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
		exits = append(exits, ev.Call.Nr)
		return ev.Continue()
	}}
	jailed(t, supervisor.Command{Engines: append(one(enter), one(leave)...)}, victim(t, "calls"), "umask", "alarm", "getpid", "alarm")
	nr, _ := seccomp.Native().Number("alarm") // arm64 has no such call
	alarm := int64(nr)
	want := []int64{unix.SYS_GETPPID, unix.SYS_UMASK, alarm, unix.SYS_GETPPID, alarm}
	if len(entries) != len(want) || len(exits) != len(want) {
		t.Fatalf("entries %v, exits %v, want %v", entries, exits, want)
	}
	for i := range want {
		if entries[i] != want[i] || exits[i] != want[i] {
			t.Errorf("call %d: entry %d, exit %d, want %d", i, entries[i], exits[i], want[i])
		}
	}
}
