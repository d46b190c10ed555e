// What is written: exact lines, the schema, the structure that viewers want, and nothing that acts on a terminal.

package trace_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/engines/trace"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

const evil = "\x1b]0;x\a\n\u202e\xff"

// story is a run with everything in it, its names hostile.
func story(t *testing.T) *run {
	r := start(t, trace.Select{})
	r.programs[enginetest.FirstTID] = "sh"
	r.programs[enginetest.FirstTID+1] = evil[:8]
	path := r.M.MapString(0x10000, "a"+evil)
	open := enginetest.Call("openat", uint64(0xffffff9c), path, unix.O_RDONLY|unix.O_CLOEXEC)
	r.Call(r.First, open)
	r.Return(r.First, open, -int64(unix.ENOENT))
	thread, _ := r.Thread(r.First)
	child, _ := r.Fork(r.First)
	r.Jail.Exec(child)
	sleep := enginetest.Call("pause")
	r.Call(thread, sleep)
	r.Return(thread, sleep, -514)
	r.Call(child, sleep)
	r.Die(child, utrace.ExitStatus{Signal: unix.SIGSEGV, Core: true})
	si := enginetest.Sent(unix.SIGCHLD, 1, child.ID().TID)
	r.Signal(r.First, si, utrace.ToIgnore)
	r.Space.Jctl(r.First, utrace.JctlEvent{Stopped: true, Signal: unix.SIGTSTP, Last: true}, r.M)
	r.Space.Jctl(r.First, utrace.JctlEvent{Last: true}, r.M)
	r.Die(thread, utrace.ExitStatus{})
	r.Call(r.First, enginetest.Call("exit_group", 3))
	r.Space.Death(r.First, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL},
		Killer: utrace.Killer{By: "policy", Engine: "exec", Why: utrace.Why{What: "exec of " + evil}}})
	return r
}

// encode is a run in a format.
func encode(t *testing.T, r *run, format string, colour bool) string {
	t.Helper()
	enc, err := trace.NewEncoder(format, colour)
	if err != nil {
		t.Fatal(err)
	}
	b := enc.Begin(nil)
	for i := range r.events {
		b = enc.Append(b, &r.events[i])
	}
	return string(enc.End(b))
}

func TestText(t *testing.T) {
	got := encode(t, story(t), "text", false)
	got = regexp.MustCompile(`<\d+\.\d{6}>`).ReplaceAllString(got, "<T>")
	for i := range 3 {
		got = strings.ReplaceAll(got, strconv.Itoa(enginetest.FirstTID+i), fmt.Sprintf("P%d", i))
	}
	want := `[pid P0 sh] +++ runs /bin/sh ["sh", "-x"] +++
[pid P0 sh] openat(AT_FDCWD, "a\33]0;x\7\n\342\200\256\377", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory) <T>
[pid P0 sh] +++ new thread P1 +++
[pid P0 sh] clone(child_stack=NULL, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = P1 <T>
[pid P0 sh] +++ new process P2 +++
[pid P0 sh] clone(child_stack=NULL, flags=SIGCHLD) = P2 <T>
[pid P2 prog] +++ runs /bin/prog ["prog", "-x"] +++
[pid P1 sh] pause() = ? ERESTARTNOHAND (To be restarted if no handler) <T>
[pid P2 prog] pause() = ? <unfinished: killed>
[pid P2 prog] +++ killed by SIGSEGV (core dumped) +++
[pid P0 sh] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=P2, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---
[pid P0 sh] --- stopped by SIGTSTP ---
[pid P0 sh] --- continued ---
[pid P1 sh] +++ exited with 0 +++
[pid P0 sh] exit_group(3) = ?
[pid P0 sh] +++ killed by SIGKILL, by the policy: exec of \033]0;x\007\n\u202e\377 +++
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestNothingActs: no format lets through what a terminal would act on, and a line stays a line.
func TestNothingActs(t *testing.T) {
	r := story(t)
	hostile := trace.Event{Seq: 99, Program: evil, Kind: trace.KindExec, Process: &trace.Process{Program: evil},
		Exec: &trace.Exec{Path: "/" + evil, Argv: []string{evil, strings.Repeat(evil, 100), `"] +++`}}}
	r.events = append(r.events, hostile)
	for _, format := range []string{"text", "json", "chrome"} {
		out := encode(t, r, format, false)
		for _, c := range out {
			if c != '\n' && !unicode.IsPrint(c) || c == unicode.ReplacementChar && format == "text" {
				t.Errorf("%s: %q in %q", format, c, out)
				break
			}
		}
	}
	text := encode(t, &run{events: []trace.Event{hostile}}, "text", false)
	if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, `[pid 0 "\033]0;x\007\n\u202e\377"] +++ runs "/\033`) || len(text) > 1500 {
		t.Errorf("%q", text)
	}
	if got := (&trace.Event{Program: "a] x", Kind: trace.KindDeath, Death: &trace.Death{}}).Text(); got != `[pid 0 "a] x"] +++ exited with 0 +++` {
		t.Errorf("a name that looks like more: %s", got)
	}
}

// TestColour: colours frame what is there without them.
func TestColour(t *testing.T) {
	r := story(t)
	with, without := encode(t, r, "text", true), encode(t, r, "text", false)
	if bare := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(with, ""); bare != without {
		t.Errorf("without colours it is not the same:\n%s", cmp.Diff(without, bare))
	}
	if !strings.Contains(with, "\x1b[31m-1 ENOENT (No such file or directory)\x1b[0m") {
		t.Errorf("a failure has no colour:\n%q", with)
	}
	for line := range strings.Lines(with) {
		if strings.Count(line, "\x1b[0m")*2 != strings.Count(line, "\x1b[") {
			t.Errorf("colours are left on at the end of %q", line)
		}
	}
}

func TestFormats(t *testing.T) {
	if _, err := trace.NewEncoder("xml", false); !errors.Is(err, trace.ErrFormat) || !strings.Contains(err.Error(), "json") {
		t.Errorf("xml: %v", err)
	}
}

// TestChrome: the Trace Event Format's JSON Array Format, with what viewers need of each phase.
func TestChrome(t *testing.T) {
	out := encode(t, story(t), "chrome", false)
	var list []struct {
		Name, Ph, S string
		TS          *float64
		Dur         *float64
		PID, TID    int
		Args        map[string]string
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	phases := make(map[string]int)
	for _, e := range list {
		phases[e.Ph]++
		ok := e.Name != "" && e.PID > 0 && e.TID > 0
		switch e.Ph {
		case "X":
			ok = ok && e.TS != nil && e.Dur != nil && *e.TS >= 0 && *e.Dur > 0 && e.Args["call"] != "" && e.Args["result"] != ""
		case "i":
			ok = ok && e.TS != nil && slices.Contains([]string{"t", "p", "g"}, e.S)
		case "M":
			ok = ok && e.Name == "process_name" && e.Args["name"] != ""
		default:
			ok = false
		}
		if !ok {
			t.Errorf("no viewer takes %+v", e)
		}
	}
	if phases["X"] != 6 || phases["M"] != 2 || phases["i"] != 10 {
		t.Errorf("%v\n%s", phases, out)
	}
	var none []any
	if err := json.Unmarshal([]byte(encode(t, &run{}, "chrome", false)), &none); err != nil || len(none) != 0 {
		t.Errorf("of nothing: %v, %v", none, err)
	}
}

// With times a call that began first, and ended last, is the last line and has the lowest number.
func TestTimesAreOfTheBeginning(t *testing.T) {
	call := func(name string) *decode.Call { return &decode.Call{Name: name} }
	enc := trace.NewText(false, true)
	b := enc.Append(nil, &trace.Event{Kind: trace.KindSyscall, At: 2 * time.Second, Took: time.Millisecond, Call: call("getpid"), Result: decode.Result{Text: "1"}})
	b = enc.Append(b, &trace.Event{Kind: trace.KindSyscall, At: time.Second, Took: 2 * time.Second, Call: call("pause"), Result: decode.Result{Text: "0"}})
	want := "2.000000 [pid 0 \"\"] getpid() = 1 <0.001000>\n1.000000 [pid 0 \"\"] pause() = 0 <2.000000>\n"
	if string(b) != want {
		t.Errorf("it is\n%s\nnot\n%s", b, want)
	}
}
