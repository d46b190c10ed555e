// Package expect says whether a trace is as somebody expects it to be, and if not, what happened instead. It is pure: events in,
// failures out.
//
//	list := []expect.Expectation{
//		expect.AtLeast(1, expect.Call("fsync")).FirstBefore(expect.Call("rename*")),
//		expect.Never(expect.Pattern{Calls: []string{"openat"}, Path: "/etc/*", Flags: []string{"O_WRONLY"}}),
//		expect.Exactly(1, expect.Exited(1)),
//	}
//	for _, f := range expect.Check(events, list...) {
//		t.Error(f)
//	}
//
// # What is counted
//
// A Pattern picks events; an Expectation says how many there are to be: exactly, at least, at most, never. It may look at a part of
// the trace only: what began after the first event of one pattern was over (FirstAfter), what was over before the first event of another
// one began (FirstBefore), or between both. If that first event never comes the expectation has failed, whatever it counts: it
// would say nothing. And it may look at one process at a time: some process has to be so (InSome), or each (InEach).
//
// # Before and after
//
// Things that happen at the same time are not ordered. One event is before another if it was over when the other began
// (trace.Event.Seq, trace.Event.After). So a call that waits while another task makes its own is neither before nor after that.
package expect
