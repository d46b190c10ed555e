// Package harness runs a program for a test: under a policy, with faults, with a trace, to its end or to a time limit. What is said
// of the run is up to others: package jailtest is for Go's tests, jail test for files of cases.
//
//	run, err := harness.Start(harness.Config{Policy: "no-network", Faults: rules, Trace: []string{"%file"}}, "cp", "a", "b")
//	if err != nil {
//		return err
//	}
//	res := run.Wait()
//	failures := res.Check(expect.Never(expect.Call("rename")))
//
// The order of engines: those of the policy, then the faults, then the trace, which sees calls as the program makes them, and results
// as the program sees them.
package harness
