// Package supervisor runs a program as a jail: under a seccomp filter and ptrace, with policy engines on every task of
// its tree. It has the shape of os/exec:
//
//	cmd := supervisor.Command{Path: "/usr/bin/make", Args: []string{"make"}, Filter: &spec,
//		Engines: []supervisor.Engine{{Engine: myEngine}}}
//	jail, err := cmd.Start()
//	...
//	result, err := jail.Wait()
//
// It knows neither policies nor particular engines; see packages policy and engines for those, and supervisor/utrace for
// what an engine is. The loop is in supervisor/internal/loop, in the file loop.go.
package supervisor
