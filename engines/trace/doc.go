// Package trace is an observer that tells what the tasks of a jail do: each system call with its result, signals, programs,
// births and deaths, one Event each, in the order in which they ended.
//
//	e, err := trace.New(trace.Config{
//		Sink:   func(ev trace.Event) { fmt.Println(ev.Text()) },
//		Select: trace.Select{Calls: []string{"%file", "!readlink"}, Status: trace.Failed},
//	})
//	if err != nil {
//		return err
//	}
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Engines: []supervisor.Engine{{Engine: e, Observe: true}},
//	}
//
// # What a trace is, and what it is not
//
// An engine hears of a call at its entry and at its exit, and makes one Event of both. Attached as the last of a jail's engines
// it sees the call as the program makes it, and the result that the program sees, whatever others make of both. A call that has
// no exit (the task was killed inside, or another thread of its process called execve) is told at the task's death, Unfinished.
//
// Calls that the filter answers or kills by itself, without a stop, are not told of: the program did not make them. So it is with
// clone3 in every jail (ENOSYS), and with what a policy refuses quietly. Numbers that no table has can't be asked for.
//
// What arguments point to is read while the task stands stopped, but other tasks may change it at the same moment: a trace is for
// people and tests, not for decisions about security.
//
// # Cost
//
// Each call that is asked for costs a stop at its entry, and one at its exit unless Select has turned it down at the entry: by
// its path, or its task. A call that nobody asks for never stops. Times are those of the supervisor's clock between both stops, so
// they have the cost of the stops in them, which short calls consist of.
package trace
