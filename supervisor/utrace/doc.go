// Package utrace is the engine protocol: engines attach to tasks, choose events, and answer each with a typed verdict.
//
// It is a state machine and nothing else. It starts no goroutine, makes no system call and reads no clock; what it
// needs of the world is a Host. One goroutine, the owner, tells it what tasks do (the methods of Space) and carries
// out the Outcome of each report. Engines call back into it from anywhere (the methods of Task and Attachment).
//
// # Who synchronises with whom
//
// One mutex per Space guards lists, masks and states. It is never held while a callback runs, so a callback may call
// everything. Everything an engine's callback did happens before the return of a Barrier, of a Control(Detach) and of
// a SetEvents that answered nil for the same attachment, because each of them takes the mutex after the owner gave it
// back at the end of that callback. All callbacks of one Space run on the owner's goroutine, one after another: an
// engine that serves one Space needs no lock of its own.
//
// # What closes
//
// An enforcing engine that panics or overruns its budget kills the tree. A verdict value that was not made by an event's
// method kills the tree. A later engine makes a verdict stricter, never looser; an observer's verdict counts for nothing.
package utrace
