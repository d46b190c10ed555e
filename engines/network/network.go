// Package network is the engine that decides whom the sockets of a jail reach.
//
//	e := network.New(network.Settings{Rules: plan.Network, Infos: plan.Rules})
//	e.Locate(located, nil)
//	cmd := supervisor.Command{Path: "/usr/bin/curl", Filter: &plan.Filter, Engines: []supervisor.Engine{{Engine: e}}}
//	// connect(2) to 203.0.113.7:443 answers EACCES, and the report says:
//	// denied connect to 203.0.113.7:443 (TCP), p.yaml:31:1  network: connect to what is not listed
//
// The filter decides which sockets come to be; what is left are their addresses, which lie in memory.
//
// # Nothing that was checked can be exchanged
//
// Another thread may change the address, the descriptor, or where a path leads, between the look and the kernel's own. So
// nothing is let through as it was seen. There are two ways:
//
//   - The address is sealed (utrace.Stopped.Sockaddr): the kernel gets the copy that was decided about. That is enough where it
//     does not matter which socket it is for: abstract local sockets, whose reach Landlock scopes, families that the policy
//     lets in, and the internet if the policy has one protocol only or nobody shares the task's descriptors.
//   - jail makes the call itself, on a duplicate of the task's socket (pidfd_getfd(2)): for local sockets with a path, for
//     UDP, and for the rest of the above. Where pidfd_getfd is refused, as in many containers, there is only the first way,
//     for addresses that are listed for all protocols; the rest is refused. A path is followed as the task would follow it, with its root, folder and rights; what it led to is
//     decided about where it really lies, and connected to by its object, not by its name.
//
// A connect(2) that has to wait holds its task. Signals that would break it off do so, and the kernel makes it again or not
// as the program's handlers want.
//
// # What is different
//
//   - The other end of a local socket is told jail's process id by SO_PEERCRED (unix(7)); users and groups are the task's.
//   - SO_PEERCRED of a socket that a multithreaded program listens on is jail's process too, if the policy has a list bind.
//   - sendmmsg(2) sends one message at a time: its vector is the kernel's to write to, so its first message becomes a sealed
//     sendmsg(2). Programs are prepared to send the rest by another call.
//   - Where nothing can be sealed jail sends datagrams of UDP itself, and answers ENOBUFS where they would have to wait.
//   - Lookups block as long as the file system does; an engine's time budget ends that.
//
// # Which error
//
// A refusal is EACCES: connect(2) and bind(2) give it for addresses that are protected and for local firewall rules, programs
// print it, and none waits or tries the same again as with ENETUNREACH or ETIMEDOUT.
package network

import (
	"slices"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// Settings of the engine.
type Settings struct {
	Rules policy.NetworkRules // Plan.Network
	Infos []policy.RuleInfo   // Plan.Rules
	// Lets tells whether the rest of the policy lets a call be made: what jail does in a task's place must not be what another
	// engine refuses. nil: it lets all.
	Lets func(utrace.Call) bool
}

// An Engine decides about the addresses of one jail's sockets.
type Engine struct {
	rules  policy.NetworkRules
	infos  []policy.RuleInfo
	lets   func(utrace.Call) bool
	lists  lists
	mixed  bool // lists of both protocols
	places *places

	shared bool              // descriptors are shared between processes
	done   map[uint64]int64  // results of calls that jail made, by TaskID.Serial, until the call ends
	held   map[uint64]*wait  // calls that wait
	firsts map[uint64]uint64 // sendmmsg of which the kernel makes the first message: where its length is to be written
}

// New makes the engine. Until Locate local sockets are nowhere.
func New(set Settings) *Engine {
	e := &Engine{rules: set.Rules, infos: set.Infos, lets: set.Lets, places: new(places),
		lists: lists{reach: set.Rules.Reach, connect: set.Rules.Connect, bind: set.Rules.Bind},
		done:  make(map[uint64]int64), held: make(map[uint64]*wait), firsts: make(map[uint64]uint64)}
	if e.lets == nil {
		e.lets = func(utrace.Call) bool { return true }
	}
	e.mixed = e.lists.mixed()
	return e
}

// Locate says where the plan's paths are in this run, and what the jail's own mount namespace shows elsewhere
// (confine.Spec.Mounts). It follows symbolic links, so it has to be called before the program runs; it may block on a network's
// file system. Before the engine is attached, from any goroutine.
func (e *Engine) Locate(at *policy.Located, mounts []confine.Mount) { e.places = newPlaces(at, mounts) }

// anywhere tells whether the policy says nothing of addresses of the internet: the engine is there for local sockets only.
func (e *Engine) anywhere() bool { return e.rules.Reach == "" || e.rules.Reach == policy.NetworkAny }

// localRule is what refuses a local socket that can't be decided about.
func (e *Engine) localRule() int {
	if e.rules.UnixHeld && len(e.places.denied) > 0 {
		return e.places.denied[0].rule
	}
	return e.rules.UnixRule
}

// otherRule is what refuses other calls that can't be decided about.
func (e *Engine) otherRule() int {
	if e.anywhere() {
		return e.localRule()
	}
	return e.rules.Rule
}

// Needed tells whether rules need an engine.
func Needed(rules policy.NetworkRules) bool {
	return rules.UnixHeld || rules.Reach == policy.NetworkListed || rules.Reach != policy.NetworkAny && rules.Reach != "" && !rules.UnixAny
}

// Name is "network".
func (*Engine) Name() string { return "network" }

// Events are the entry and the end of calls, births, and reaping.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit, utrace.Clone, utrace.Reap)
}

// calls are the names of what is looked at.
func (e *Engine) calls() []string {
	names := []string{"connect"}
	if e.rules.Reach != policy.NetworkListed {
		return names
	}
	names = append(names, "bind", "listen")
	if e.rules.Datagrams() { // they name receivers without a connect
		names = append(names, "sendto", "sendmsg", "sendmmsg")
	}
	return names
}

func setOf(names []string) *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		for _, name := range names {
			if nr, ok := abi.Number(name); ok {
				set.Add(abi.AuditArch(), int64(nr))
			}
		}
	}
	return set
}

// Syscalls are connect and, if the policy lists addresses, bind and listen; if some are of UDP the calls that send, too.
func (e *Engine) Syscalls() *utrace.SyscallSet { return setOf(e.calls()) }

// Seals are those of them that have an address.
func (e *Engine) Seals() *utrace.SyscallSet {
	return setOf(slices.DeleteFunc(e.calls(), func(name string) bool { return name == "listen" }))
}

// Len is the number of tasks that something is kept about.
func (e *Engine) Len() int { return len(e.done) + len(e.held) + len(e.firsts) }

// ReportSyscallEntry decides about a call. It asks for the end of those that jail makes: what is let through sealed needs no
// second stop.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	v := e.decide(s, ev)
	events := e.Events()
	if !e.kept(s.ID().Serial) {
		events &^= utrace.On(utrace.SyscallExit)
	}
	_ = s.Attachment().SetEvents(events) // an error only of a dying task, whose calls have no end
	return v
}

// kept tells whether something is kept about a task until its call ends.
func (e *Engine) kept(serial uint64) bool {
	_, done := e.done[serial]
	_, first := e.firsts[serial]
	return done || first || e.held[serial] != nil
}

func (e *Engine) decide(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	id, c := s.ID(), ev.Call()
	at, first := e.firsts[id.Serial]
	e.forget(id)
	if first && ev.Again() && reason.Name(c) == "sendmsg" { // somebody else has changed what sendmmsg became
		e.firsts[id.Serial] = at
	}
	if !e.lets(c) {
		return ev.Continue() // for others to refuse
	}
	r := request{e: e, s: s, ev: ev, call: c}
	switch reason.Name(c) {
	case "connect":
		return r.addressed(toConnect)
	case "bind":
		return r.addressed(toBind)
	case "listen":
		return r.listen()
	case "sendto":
		return r.sendTo()
	case "sendmsg", "sendmmsg":
		return r.sendMsg()
	}
	return ev.Continue()
}

// ReportSyscallExit gives the program the result of a call that jail made.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	id := s.ID()
	if at, first := e.firsts[id.Serial]; first {
		e.forget(id)
		return sentFirst(s, ev, at)
	}
	result, made := e.done[id.Serial]
	what := "the result of a call that jail made"
	if w := e.held[id.Serial]; w != nil {
		result, made = w.result()
		what = "the result of a call that jail waited for"
	}
	e.forget(id)
	if !made {
		return ev.Continue()
	}
	return ev.SetResult(result, utrace.Why{What: what, Quiet: true})
}

// ReportClone notes when processes come to share descriptors: threads are counted when it matters.
func (e *Engine) ReportClone(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	if ev.Late || !ev.Thread && ev.Flags&cloneFiles != 0 {
		e.shared = true
	}
	return ev.Continue()
}

// ReportReap forgets a task.
func (e *Engine) ReportReap(id utrace.TaskID) { e.forget(id) }

// forget ends what is kept about a task.
func (e *Engine) forget(id utrace.TaskID) {
	delete(e.done, id.Serial)
	delete(e.firsts, id.Serial)
	if w := e.held[id.Serial]; w != nil {
		w.cancel()
		delete(e.held, id.Serial)
	}
}
