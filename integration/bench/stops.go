// What a stop costs, and where the tracer runs.

package main

import (
	"fmt"
	"runtime"
	"strconv"
)

// stops compares one traced call with the floor: wait, PTRACE_GET_SYSCALL_INFO, continue.
func (b *bench) stops() []trial {
	n := b.pick(50000, 10000)
	calls := b.subject(nil, "calls", n)
	return []trial{{
		name: "stop", about: "a traced call (getppid), with an engine that only looks", group: groupCost, unit: "ns",
		entries: []entry{
			b.perCount(floor, n, under(calls, b.floor())),
			b.perCount(library, n, under(calls, b.role("-engine", "look"))),
			b.perCount("jail that gets SIGCHLD for stops", n, under(calls, b.role("-engine", "look", "-loud"))),
			b.perCount("jail, ci-build's engines too", n, under(calls, b.role("-engine", "look", "-policy", strict))),
			b.perCount("floor that does not look", n, under(calls, b.floor("-n"))),
			b.perCount("floor that changes an argument in memory", n, under(calls, b.floor("-s"))),
			b.perCount(native, n, calls),
			b.perCount("under ci-build, not traced", n, under(calls, b.jail(strict))),
		},
		goals: []goal{{library, floor, 1.05}, {"under ci-build, not traced", native, 2}},
	}}
}

// placement compares a tracer on its program's processor, on another one, and where the scheduler likes.
func (b *bench) placement() []trial {
	n := b.pick(30000, 5000)
	t := trial{name: "placement", about: "the same with tracer and program on one processor, on two, and as the scheduler likes", group: groupCost, unit: "ns"}
	for _, p := range []struct{ name, tracer, program string }{{"together", "0", "0"}, {"apart", "0", "1"}, {"free", "", ""}} {
		calls, flags := b.subject(nil, "calls", n), []string(nil)
		if p.tracer != "" {
			calls, flags = b.subject(nil, "-c", p.program, "calls", n), []string{"-c", p.tracer}
		}
		roleFlags := append([]string{"-engine", "look"}, flags...)
		for _, e := range []entry{
			b.perCount("floor, "+p.name, n, under(calls, b.floor(flags...))),
			b.perCount("jail, "+p.name, n, under(calls, b.role(roleFlags...))),
		} {
			if p.name == "apart" && runtime.NumCPU() < 2 {
				e.absent = "there is one processor only"
			}
			t.entries = append(t.entries, e)
		}
		if p.tracer != "" { // else it is chance that is compared
			t.goals = append(t.goals, goal{"jail, " + p.name, "floor, " + p.name, 1.05})
		}
	}
	return []trial{t}
}

// crowds compares a traced call among sleeping tasks with one that is alone, tracer and program on one processor: else it is chance
// that is compared (placement).
func (b *bench) crowds() trial {
	n := b.pick(20000, 3000)
	sizes := []int{1, 1000, 5000}
	if b.quick {
		sizes = []int{1, 1000}
	}
	t := trial{name: "crowd", about: "a traced call while other processes live, asleep", group: groupCost, unit: "ns"}
	most := map[int]float64{1000: 1.3, 5000: 2}
	for _, others := range sizes {
		calls := b.subject(nil, "-c", 0, "crowd", n, others)
		name := library + ", " + strconv.Itoa(others)
		t.entries = append(t.entries,
			b.perCount(name, n, under(calls, b.role("-engine", "look", "-c", "0"))),
			b.perCount(fmt.Sprintf("floor, %d", others), n, under(calls, b.floor("-c", "0"))),
			// The subject makes 100 calls before it begins to count.
			b.perCount(fmt.Sprintf("floor that knows whom to wait for, %d", others), n, under(calls, b.floor("-c", "0", "-o", strconv.Itoa(n+90)))))
		if most[others] != 0 {
			t.goals = append(t.goals, goal{name, library + ", 1", most[others]})
		}
	}
	return t
}

// lives compares births and deaths.
func (b *bench) lives() trial {
	n := b.pick(3000, 500)
	births := b.subject(nil, "births", n)
	return trial{name: "births", about: "fork, exit and wait", group: groupCost, unit: "ns",
		entries: []entry{
			b.perCount(native, n, births),
			b.perCount("floor", n, under(births, b.floor("-l"))),
			b.perCount("floor that stops at exits too", n, under(births, b.floor("-l", "-x"))),
			b.perCount(strict, n, under(births, b.jail(strict))),
			b.perCount("observe", n, under(births, b.jail("observe"))),
		},
		goals: []goal{{strict, floor, 1.1}},
	}
}

// signals compares signals: each stops a task that is traced.
func (b *bench) signals(name, about, what string) trial {
	n := b.pick(20000, 3000)
	sent := b.subject(nil, what, n)
	return trial{name: name, about: about, group: groupCost, unit: "ns",
		entries: []entry{
			b.perCount(native, n, sent),
			b.perCount(floor, n, under(sent, b.floor("-l"))),
			b.perCount(strict, n, under(sent, b.jail(strict))),
			b.perCount("observe", n, under(sent, b.jail("observe"))),
		},
		goals: []goal{{strict, floor, 1.1}},
	}
}

// goSignals has Go's runtime send its own signals: to goroutines that never call anything, whenever the garbage collector wants
// them to stop.
func (b *bench) goSignals() trial {
	n := b.pick(100, 15)
	preempt := func() []string { return []string{b.made.self, roleWord, "-preempt", strconv.Itoa(n)} }
	return trial{name: "preemption", about: "a Go program whose goroutines are preempted by SIGURG", group: groupCost, unit: "ns",
		entries: []entry{
			b.perCount(native, n, preempt),
			b.perCount(floor, n, under(preempt, b.floor("-l"))),
			b.perCount(strict, n, under(preempt, b.jail(strict))),
		},
		goals: []goal{{strict, floor, 1.1}},
	}
}
