// Signals and job control: what is done to jail is done to the program, once.

package main

import (
	"os"
	"os/signal"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// forwarded are the signals that jail passes on. Not among them: what can't be caught, what a fault of jail itself raises, and
// what the kernel or Go's runtime sends to jail about jail's own affairs (SIGCHLD, SIGPIPE, SIGURG, SIGPROF, SIGXCPU, SIGXFSZ).
func forwarded() []unix.Signal {
	list := []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGABRT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGTERM,
		unix.SIGCONT, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGVTALRM, unix.SIGWINCH, unix.SIGIO, unix.SIGPWR,
	}
	// Of 32, 33 and 34, which belong to C libraries, os/signal knows no way to hear. Go's runtime leaves 32 and 34 alone: sent to
	// jail they kill it, and with it the program. 33 it has a use for, and else ignores it.
	for sig := unix.Signal(35); sig < tide; sig++ {
		list = append(list, sig)
	}
	return list
}

// tide is the signal that jail sends to itself to hear of all those before it: Go serves those that came together in the
// order of their numbers. It is the last one, and not passed on.
const tide = unix.Signal(64)

// A job keeps jail and the program in step. The program stays in jail's process group: what the terminal or kill(-group)
// sends both have, what is sent to jail alone is passed on to the first process. When that stops, jail stops.
type job struct {
	signals chan os.Signal
	ready   chan struct{}                         // closed: signals are caught, and what follows is set
	canary  *canary                               // nil: none could be had, all signals are passed on
	early   map[unix.Signal]bool                  // heard before the program was there
	late    []os.Signal                           // ignored when jail was started: to be caught only when the program has inherited that
	stops   chan unix.Signal                      // the first process stopped
	stopped atomic.Bool                           // it is stopped now
	pause   func() (most time.Duration, may bool) // how long jail may be stopped, 0: for ever; called on the loop's thread. Set before Start
	done    chan struct{}
}

// newJob begins to catch signals; they wait until follow is called. Whether they are caught is what ready tells: that takes two
// milliseconds, since os/signal asks a thread of its own for each of them, and jail has other things to do meanwhile.
func newJob() *job {
	w := &job{signals: make(chan os.Signal, 256), ready: make(chan struct{}), early: make(map[unix.Signal]bool),
		stops: make(chan unix.Signal, 1), done: make(chan struct{})}
	go w.listenIn()
	return w
}

// settle waits for that, and parts what was sent before the program is there from what it gets itself: of the former the canary has
// heard, too, if it was sent to the whole group, and the program has not.
func (w *job) settle() {
	<-w.ready
	w.listen(w.early)
	if w.canary != nil {
		w.canary.take()
	}
}

func (w *job) listenIn() {
	defer close(w.ready)
	ignored := ignoredSignals()
	var now []os.Signal
	for _, sig := range forwarded() {
		if ignored&(1<<(sig-1)) != 0 {
			w.late = append(w.late, sig)
		} else {
			now = append(now, sig)
		}
	}
	signal.Notify(w.signals, append(now, tide)...)
	w.canary, _ = newCanary() // why it fails is what Start will say of the program
}

// ignoredSignals are those that jail was started with as ignored, as far as Go's runtime left a trace of them: it catches
// most signals before main runs, whatever they were. What it leaves alone are SIGHUP and SIGINT if ignored, and those of
// job control. A shell without job control ignores SIGINT and SIGQUIT together for a command with & (POSIX, 2.9.3.1), so
// the one tells of the other.
func ignoredSignals() uint64 {
	set := pending(os.Getpid()).ignored
	if set&(1<<(unix.SIGINT-1)) != 0 {
		signal.Ignore(unix.SIGQUIT)
		set |= 1 << (unix.SIGQUIT - 1)
	}
	return set
}

// follow passes signals on until the jail has ended. It is called once, after Start.
func (w *job) follow(j *supervisor.Jail) {
	if len(w.late) > 0 { // of none, Notify means all there are
		signal.Notify(w.signals, w.late...)
	}
	go func() {
		defer close(w.done)
		w.send(j, w.early, 0)
		var due unix.Signal // to stop by it when jail has heard of it, too
		for {
			select {
			case sig := <-w.signals:
				if heard := w.pass(j, sig.(unix.Signal)); heard[due] {
					w.stop(j, due)
					due = 0
				}
			case due = <-w.stops:
				if due == unix.SIGSTOP || w.canary == nil || !w.canary.has(due) { // nobody hears of SIGSTOP
					w.stop(j, due)
					due = 0
				}
			case <-j.Done():
				return
			}
		}
	}()
}

// pass sends the program what was sent to jail alone: sig, and what came since. It answers all that jail has heard of.
func (w *job) pass(j *supervisor.Jail, sig unix.Signal) map[unix.Signal]bool {
	heard := map[unix.Signal]bool{sig: true}
	w.send(j, heard, w.gather(heard))
	return heard
}

// send sends what jail has heard, but for what was sent to the group.
func (w *job) send(j *supervisor.Jail, heard map[unix.Signal]bool, group uint64) {
	for sig := range heard {
		if group&(1<<(sig-1)|undoes(sig)) == 0 && sig != tide {
			_ = j.Signal(sig) // ESRCH: it has ended, and so will jail
		}
	}
}

// maxRounds bounds how long gather follows a flood.
const maxRounds = 100

// gather asks which signals were sent to the whole group, until no more are, and adds to heard what jail got meanwhile. The
// group's signals are in heard then: after the canary had them the tide came in, and jail got its copy before that. Several of one
// signal that came in this time are one, as they may be to any process.
func (w *job) gather(heard map[unix.Signal]bool) (group uint64) {
	for range maxRounds {
		w.listen(heard)
		if w.canary == nil {
			return 0
		}
		set := w.canary.take()
		if set == 0 {
			break
		}
		group |= set
	}
	return group
}

// listen adds the signals to heard that jail has got before now.
func (w *job) listen(heard map[unix.Signal]bool) {
	if unix.Kill(os.Getpid(), tide) != nil {
		return
	}
	for {
		sig := (<-w.signals).(unix.Signal)
		if sig == tide {
			return
		}
		heard[sig] = true
	}
}

// end is called when nothing runs any more, or nothing was started.
func (w *job) end(started bool) {
	<-w.ready
	if started {
		<-w.done
	}
	if w.canary != nil {
		w.canary.close()
	}
}

// sink is the recorder, and lets the job hear of stops.
type sink struct {
	*report.Recorder
	job *job
}

// Stopped is supervisor.Sink's.
func (s sink) Stopped(id utrace.TaskID, sig unix.Signal) {
	s.Recorder.Stopped(id, sig)
	s.job.stopped.Store(true)
	select {
	case s.job.stops <- sig:
	default: // one is being served, and will find it stopped
	}
}

// Continued is supervisor.Sink's.
func (s sink) Continued(id utrace.TaskID) {
	s.Recorder.Continued(id)
	s.job.stopped.Store(false)
}

// stop makes jail stop as the program did, once the loop is done with the program's stop; all threads stop, the tracer
// too. Whoever waits for jail sees it stop, and continues it. Jail has seen its own copy of a signal to the whole group by
// now; if it had not, that would stop it once more, or be taken for one to jail alone when the canary's was undone by SIGCONT.
//
// Where a limit is reached meanwhile the kernel wakes jail. If nothing follows from that it stops again.
func (w *job) stop(j *supervisor.Jail, sig unix.Signal) {
	for w.stopOnce(j, sig) {
		heard := make(map[unix.Signal]bool)
		group := w.gather(heard)
		delete(heard, unix.SIGCONT) // the kernel's. Somebody else's to jail alone, in the same moment, would be the same one
		w.send(j, heard, group)
		if group&contSignal != 0 {
			return
		}
	}
}

// stopOnce answers whether jail stopped and was woken for a limit's sake.
func (w *job) stopOnce(j *supervisor.Jail, sig unix.Signal) (woken bool) {
	over := make(chan bool, 1)
	if !j.Do(func() { over <- w.stopped.Load() && w.stopNow(sig) }) { // it may have been continued meanwhile
		return false
	}
	select {
	case woken = <-over:
	case <-j.Done(): // the loop hangs in an engine
	}
	return woken
}

// stopNow stops jail by sig, and returns when somebody has continued it: woken, if that was the kernel. It runs on the loop's
// thread. If a limit was reached, or nobody would wake jail for one, it does not stop.
func (w *job) stopNow(sig unix.Signal) (woken bool) {
	most, may := w.pause()
	if !may {
		return false
	}
	if most > 0 {
		cancel, err := supervisor.WakeAfter(most)
		if err != nil {
			return false
		}
		defer func() { woken = cancel() }()
	}
	_ = supervisor.DieOf(sig) // does not: its default is to stop
	if sig != unix.SIGSTOP {
		signal.Ignore(sig) // without this Go takes its handler for being there still
		signal.Notify(w.signals, sig)
	}
	return false
}
