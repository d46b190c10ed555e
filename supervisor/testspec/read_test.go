// What is read of a case that has everything.

package testspec

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/expect"
)

const everything = `version: 1
policy: no-network
timeout: 5s
env: {A: all, B: all}
trace: ["%file", write]
clock: 2024-02-29
seed: 1
cases:
  - name: a
    command: [p, "1"]
    env: {A: own}
    timeout: 2s
    clock: 2024-02-29T12:00:00Z,step=1ms
    stdin: in
    files: {a/b: text}
    faults: ['write:error=EIO', {fault: 'fsync:error=EIO', maybe: true}]
    expect:
      signal: term
      stdout: {contains: x}
      stderr: all
      calls:
        - write
        - {call: [sendto, sendmmsg], path: "*/x", fd: 3, addr: "*:80", flags: [MSG_DONTWAIT], program: p, fails: any, at-least: 2, after: open, before: {call: close, fd: 3}}
        - {call: write, succeeds: true, at-most: 3, each-process: true}
        - {call: write, fails: EIO, then: [fsync, {call: close, succeeds: false}]}
        - {call: read, size: "<=4096", depth: 1, child: 2, one-process: true, before: {death: SIGKILL, program: p}}
      execs: [{path: "*/x", argv: [x, "..."], count: 2}]
      deaths: [{signal: SIGKILL, program: q, count: 0}, {exit: 3}]
      signals: [{signal: USR1, program: q, count: 2, after: {exec: "*/x"}, before: {death: 3}}, {signal: SIGTERM, one-process: true, after: {signal: HUP}}]
      denials: [a, b]
      left: true
      files: {x: null, y: {match: "^z"}}
    crash: {calls: write, path: "*/x", check: true, lose: unsynced, most: 7}
`

func TestEverythingIsRead(t *testing.T) {
	if p := problems(everything); p != "" {
		t.Fatal(p)
	}
	f, _ := Parse("s.yaml", []byte(everything))
	c := f.Cases[0]
	if got := strings.Join(with([]string{"A=outer", "C=outer"}, c.Env), " "); got != "C=outer A=all B=all A=own" {
		t.Errorf("the environment is %s", got)
	}
	if c.Policy != "no-network" || c.Plan == nil || c.Timeout != 2*time.Second || len(c.Trace) != 2 || len(c.Faults) != 2 || !c.Maybe[1] || c.Maybe[0] {
		t.Errorf("%+v", c)
	}
	if k := c.Clock; k.Start.Unix() != 1709208000 || k.Step != time.Millisecond || *k.Seed != 1 {
		t.Errorf("the clock is %+v", k)
	}
	e := c.Expect
	if e.Exit != nil || e.Signal != unix.SIGTERM || e.Stdout[0].Contains != "x" || *e.Stderr[0].Whole != "all" || len(e.Denials) != 2 || !e.Left || len(e.Files) != 2 {
		t.Errorf("%+v", e)
	}
	var said []string
	for _, w := range e.Trace {
		said = append(said, w.X.String())
	}
	want := []string{
		"write at least once",
		"sendto,sendmmsg path */x fd 3 addr *:80 flags MSG_DONTWAIT that fails by p at least 2 times after the first open before the first close fd 3",
		"write that succeeds at most 3 times in each process",
		"write that fails with EIO, then fsync, then close that fails at least once",
		"read size<=4096 at depth 1 by child 2 at least once before the first death of SIGKILL by p in some process",
		"exec path */x argv [\"x\" \"...\"] exactly 2 times",
		"death of SIGKILL by q never",
		"death with exit code 3 at least once",
		"SIGUSR1 by q exactly 2 times after the first exec path */x before the first death with exit code 3",
		"SIGTERM at least once after the first SIGHUP in some process",
	}
	for i, w := range want {
		if i >= len(said) || said[i] != w {
			t.Errorf("expectation %d is\n%s\nnot\n%s", i+1, said[min(i, len(said)-1)], w)
		}
	}
	if e.Trace[1].X.Min != 2 || e.Trace[1].X.Max != expect.Many || e.Trace[2].X.Min != 0 {
		t.Errorf("counts: %+v", e.Trace)
	}
	if k := c.Crash; k.Path != "*/x" || k.Check != "true" || !k.LoseUnsync || k.Most != 7 {
		t.Errorf("%+v", k)
	}
}
