// How jail ends.

package main

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

func TestExitFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		res    supervisor.Result
		failed bool
		exit   report.Exit
		sig    unix.Signal
	}{
		{"exit 0", supervisor.Result{}, false, report.Exit{By: "program"}, 0},
		{"exit 123", supervisor.Result{Status: utrace.ExitStatus{Code: 123}}, false, report.Exit{Code: 123, By: "program"}, 0},
		{"signal", supervisor.Result{Status: utrace.ExitStatus{Signal: unix.SIGTERM}, Killer: utrace.Killer{By: "outside"}}, false,
			report.Exit{Signal: "SIGTERM", By: "program"}, unix.SIGTERM},
		{"core", supervisor.Result{Status: utrace.ExitStatus{Signal: unix.SIGSEGV, Core: true}, Killer: utrace.Killer{By: "kernel"}}, false,
			report.Exit{Signal: "SIGSEGV", By: "program"}, unix.SIGSEGV},
		{"policy", supervisor.Result{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{By: "policy"}}, false,
			report.Exit{Code: exitPolicy, By: "policy"}, 0},
		{"failure", supervisor.Result{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{By: "policy"}}, true,
			report.Exit{Code: exitJail, By: "jail"}, 0},
	} {
		exit, sig := exitFor(c.res, c.failed)
		if exit != c.exit || sig != c.sig {
			t.Errorf("%s: %+v, %v; want %+v, %v", c.name, exit, sig, c.exit, c.sig)
		}
	}
}
