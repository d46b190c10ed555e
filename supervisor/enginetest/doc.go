// Package enginetest puts policy engines through a test without a kernel: every event of their mask, with the values
// that a hostile program would choose. It is to engines what testing/fstest is to file systems.
//
// The test of an engine is one line:
//
//	func TestConformance(t *testing.T) {
//		enginetest.Run(t, func() utrace.Engine { return execonce.New() })
//	}
//
// For tests of what an engine decides there are a [Machine], which is a stopped task's registers and memory as plain
// data, and a [Jail], which tells the engine of events as the supervisor's loop would:
//
//	jail, err := enginetest.Start(execonce.New())
//	...
//	jail.Exec(jail.First)
//	if out := jail.Exec(jail.First); out.Strict != utrace.KillProcess {
//		t.Error("a second exec was let through")
//	}
//
// Task numbers begin at [FirstTID], which no Linux kernel gives to a task, so that an engine that looks into /proc finds
// nothing there and never a stranger.
//
// Nothing here may be used by two goroutines at once.
package enginetest
