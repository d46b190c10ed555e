// Faults against strace's: the same expression, the same program, the same reaction.

package integration

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"jail/engines/fault"
	"jail/supervisor"
)

func TestFaultsAreStraces(t *testing.T) {
	strace := program(t, "strace")
	const loop = "for i in 1 2 3 4 5 6; do echo $i 2>/dev/null || :; done; (echo 7; echo 8; echo 9); echo 0"
	const trap = "trap 'echo caught' USR1; " + loop
	for _, c := range []struct{ rule, script string }{
		{"write:error=EIO", loop},
		{"write:error=5:when=2", loop},
		{"write:retval=2:when=2", loop},
		{"write:retval=2:when=2+", loop},
		{"write:retval=2:when=1+2", loop},
		{"write:retval=2:when=2..3", loop},
		{"write:retval=2:when=2..4+", loop},
		{"write:retval=2:when=1..5+2", loop},
		{"write:retval=2:when=3:when=1", loop},
		{"write:signal=USR1:when=2", trap},
		{"write:signal=USR1:when=2:retval=2", trap},
		{"write:signal=SIGTERM:when=2", loop},
		{"write:signal=9:when=3", loop},
		{"write:poke_enter=@arg2=585A:when=3", loop},
		{"read:poke_exit=@arg2=58:when=1", "read x <<EOF\nabc\nEOF\necho $x"},
		{"write:delay_enter=1ms:delay_exit=1000", loop},
		{"openat:error=ENOENT:when=2", "echo a"},
		{"openat:error=ENOENT:when=3+", "cat /etc/hostname >/dev/null; echo $?"},
		{"%file:error=EACCES:when=4+", "cat /etc/hostname; echo $?"},
		{"/^(open|stat):error=EACCES:when=3+", "ls /etc/hostname; echo $?"},
		{"!write,exit_group,execve:delay_enter=1", "echo a | cat"},
		{"?nosuchcall,write:retval=2:when=1", loop},
		{"read:error=EINTR:when=3", "echo abc | cat; echo $?"},
		{"close:error=EBADF", "cat /dev/null; echo $?"},
		{"getppid:syscall=getuid:retval=77", "python3 -c 'import os; print(os.getppid())'"},
		{"execve:error=ENOEXEC:when=2", "/bin/true; echo $?"},
		{"wait4:error=ECHILD:when=1", "/bin/true; echo $?"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			cmd := exec.Command(strace, "-f", "-qqq", "-o", "/dev/null", "-e", "inject="+c.rule, "/bin/sh", "-c", c.script)
			out, _ := cmd.CombinedOutput() // its status is compared
			rule, err := fault.ParseRule("", c.rule)
			if err != nil {
				t.Fatal(err)
			}
			_, engines := faulty(t, rule)
			r := jailed(t, supervisor.Command{Engines: engines}, "/bin/sh", "-c", c.script)
			if status := exitStatus(cmd.ProcessState.Sys().(syscall.WaitStatus)); r.Status != status || r.Output != string(out) {
				t.Errorf("with %v:\n%s\nwith strace %v:\n%s", r.Status, indent(r.Output), status, indent(string(out)))
			}
		})
	}
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n  ")
}
