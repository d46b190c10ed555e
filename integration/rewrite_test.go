// Engines that decide about system calls: rewriting, answering, changing results; and what the program sees of it.

package integration

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// why is what the tests' verdicts say for themselves.
var why = utrace.Why{What: "a test", Rule: "test"}

// run runs a victim under the given engines and wants this output and exit code.
func run(t *testing.T, engines []supervisor.Engine, code int, want string, name string, args ...string) *jailRun {
	t.Helper()
	r := jailed(t, supervisor.Command{Engines: engines}, victim(t, name), args...)
	compare(t, outcome{want, utrace.ExitStatus{Code: code}}, r.outcome)
	return r
}

func one(e utrace.Engine) []supervisor.Engine { return []supervisor.Engine{{Engine: e}} }

func TestRewriteArguments(t *testing.T) {
	shorten := &onEntry{"shorten", callSet("write"), func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		p := make([]byte, 6)
		if _, err := st.ReadMem(c.Args[1], p); err != nil || string(p) != "hello\n" {
			return ev.Continue()
		}
		c.Args[1], c.Args[2] = c.Args[1]+1, 2
		return ev.Rewrite(c, why)
	}}
	// Every register but the result is as the program left it, and the result is that of the call that was made.
	run(t, one(shorten), 0, "elwrite: 2 ok\n", "calls", "write")
}

func TestRewriteNumber(t *testing.T) {
	swap := &onEntry{"swap", callSet("getppid"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		if c.Args[0] != 7 { // not the one whose answer is told
			return ev.Continue()
		}
		c.Nr = unix.SYS_GETPID
		return ev.Rewrite(c, why)
	}}
	r := run(t, one(swap), 0, "getpid: itself\n", "calls", "getpid")
	if !r.ledger.decided(func(d utrace.Decision) bool { return d.Engine == "swap" && d.Strictness == utrace.Rewritten }) {
		t.Error("the sink was not told of the rewrite")
	}
}

func TestAbortAndResult(t *testing.T) {
	deny := &onEntry{"deny", callSet("openat", "alarm"), func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if nr, ok := seccomp.Native().Number("alarm"); ok && ev.Call().Nr == int64(nr) { // arm64 has no such call
			return ev.Result(4242, why)
		}
		if path, err := st.ReadString(ev.Call().Args[1], 4096); err != nil || !strings.HasPrefix(path, "/tmp/jail-must") {
			return ev.Continue()
		}
		return ev.Abort(unix.EXDEV, why)
	}}
	run(t, one(deny), 0, "openat: -1 EXDEV\nexists: 0\nalarm: 4242 ok\n", "calls", "openat", "exists", "alarm")
}

func TestAbortEveryArgumentLeftAlone(t *testing.T) {
	var asked int
	zero := &onEntry{"zero", callSet("umask"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		asked++
		return ev.Result(0, why)
	}}
	run(t, one(zero), 0, "umask: 0 ok\numask: 0 ok\n", "calls", "umask", "umask")
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}

func TestSetResult(t *testing.T) {
	lie := &onExited{"lie", callSet("alarm", "umask"), func(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
		if ev.Call.Nr == unix.SYS_UMASK {
			return ev.SetResult(-int64(unix.EDOM), why)
		}
		return ev.SetResult(ev.Result()+99, why)
	}}
	run(t, one(lie), 0, "alarm: 99 ok\numask: -1 EDOM\n", "calls", "alarm", "umask")
}

// Two engines rewrite one call: the one attached last is asked first (it is the nearest to user mode), the other sees its
// rewrite. An observer's verdict counts for nothing. The strictest wins.
func TestEnginesCompose(t *testing.T) {
	add := func(name string, n uint64, seen *[]uint64) *onEntry {
		return &onEntry{name, callSet("umask"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			c := ev.Call()
			*seen = append(*seen, c.Args[0])
			c.Args[0] += n
			return ev.Rewrite(c, why)
		}}
	}
	var first, second []uint64
	engines := []supervisor.Engine{
		{Engine: add("first", 1, &first)}, {Engine: add("second", 2, &second)},
		{Engine: &onEntry{"observer", callSet("umask"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			return ev.KillTree(why)
		}}, Observe: true},
	}
	r := jailed(t, supervisor.Command{Engines: engines}, victim(t, "calls"), "umask", "umask")
	if lines := strings.Split(r.Output, "\n"); len(lines) != 3 || lines[1] != "umask: 86 ok" { // 0123 + 1 + 2
		t.Errorf("output %q", r.Output)
	}
	if len(first) != 2 || first[0] != 0o123+2 || second[0] != 0o123 {
		t.Errorf("first saw %v, second saw %v", first, second)
	}
}

func TestKillVerdicts(t *testing.T) {
	for _, c := range []struct {
		name    string
		verdict func(*utrace.EntryEvent) utrace.EntryVerdict
	}{
		{"process", func(ev *utrace.EntryEvent) utrace.EntryVerdict { return ev.KillProcess(why) }},
		{"tree", func(ev *utrace.EntryEvent) utrace.EntryVerdict { return ev.KillTree(why) }},
		{"panic", func(*utrace.EntryEvent) utrace.EntryVerdict { panic("a bad engine") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			kill := &onEntry{"killer", callSet("openat"), func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
				if path, _ := st.ReadString(ev.Call().Args[1], 4096); !strings.HasPrefix(path, "/tmp/jail-must") {
					return ev.Continue()
				}
				return c.verdict(ev)
			}}
			r := start(t, supervisor.Command{Engines: one(kill)}, victim(t, "calls"), "alarm", "openat", "alarm")
			if c.name == "panic" {
				r.failing = 1
			}
			r.wait()
			compare(t, outcome{"alarm: 0 ok\n", utrace.ExitStatus{Signal: unix.SIGKILL}}, r.outcome)
			if k := r.result.Killer; k.By != "policy" || k.Engine != "killer" {
				t.Errorf("killed by %+v", k)
			}
		})
	}
}

// The handler sees the program's own arguments, not the rewritten ones, and a restarted call is asked about again (P28, P29).
func TestRewrittenCallIsRestarted(t *testing.T) {
	for _, way := range []string{"restart", "once"} {
		t.Run(way, func(t *testing.T) {
			var seen []utrace.Call
			redirect := &onEntry{"redirect", callSet("read"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
				c := ev.Call()
				if c.Args[0] != 3 || c.Args[2] != 6 {
					return ev.Continue()
				}
				seen = append(seen, c)
				c.Args[0], c.Args[2] = 5, 3
				return ev.Rewrite(c, why)
			}}
			want, asked := "handler: descriptor 3, length 6, rax the call again\nread: 3 ok \"eng\", caught 1\n", 2
			if way == "once" {
				want, asked = "handler: descriptor 3, length 6, rax EINTR\nread: -1 EINTR \"\", caught 1\n", 1
			}
			run(t, one(redirect), 0, want, "resume", way)
			if len(seen) != asked {
				t.Errorf("asked %d times, want %d", len(seen), asked)
			}
		})
	}
}

// An engine sees a restart coming, and that the program will not see the result.
func TestRestartingIsTold(t *testing.T) {
	var results []int64
	var restarts int
	watch := &onExited{"watch", callSet("read"), func(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
		if ev.Call.Args[0] == 3 && ev.Call.Args[2] == 6 {
			results = append(results, ev.Result())
			if ev.Restarting() {
				restarts++
			}
		}
		return ev.Continue()
	}}
	run(t, one(watch), 0, "handler: descriptor 3, length 6, rax the call again\nread: 6 ok \"native\", caught 1\n", "resume", "restart")
	if restarts != 1 || len(results) != 2 || results[1] != 6 {
		t.Errorf("results %v, of which %d were restarts", results, restarts)
	}
}

func TestRefuseClone(t *testing.T) {
	refuse := &onCloneEntry{"refuse", func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		if ev.Call().Nr != unix.SYS_CLONE { // clone3: libc falls back to clone
			return ev.Refuse(unix.ENOSYS, why)
		}
		if ev.Call().Args[0]&unix.CLONE_THREAD != 0 {
			return ev.Continue()
		}
		return ev.Refuse(unix.EAGAIN, why)
	}}
	r := run(t, one(refuse), 0, "thread\npthread_create: ok\nfork: EAGAIN\n", "calls", "thread", "fork")
	if births, _, _ := r.ledger.counts(); births != 2 {
		t.Errorf("%d tasks were born, want 2", births)
	}
}

func TestRewriteClone(t *testing.T) {
	strip := &onCloneEntry{"strip", func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		c := ev.Call()
		c.Args[0] = c.Args[0]&^0xff | uint64(unix.SIGURG) // another exit signal: waitpid needs __WCLONE then
		return ev.Rewrite(c, why)
	}}
	run(t, one(strip), 99, "fork: ok\nwaitpid(pid, &status, 0): ECHILD\n", "calls", "fork")
}

// A thread that dies by another's exec while an engine decides about its call is no reason to kill the process.
func TestExecWhileEnginesDecide(t *testing.T) {
	decide := &onEntry{"decide", callSet("umask", "alarm"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if ev.Call().Nr == unix.SYS_UMASK {
			return ev.Abort(unix.EPERM, why)
		}
		return ev.Rewrite(ev.Call(), why)
	}}
	same(t, []mode{{"decided", func(*testing.T) []supervisor.Engine { return one(decide) }}, observed, both}, "exec_busy", "100")
}
