// What grows: memory with tasks, time with rules, waits with tasks that are busy.

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// reports compares decisions that a report is written of with decisions that it is not.
func (b *bench) reports() trial {
	n := b.pick(50000, 10000)
	calls := b.subject(nil, "calls", n)
	return trial{name: "report", about: "a refused call, which is an event for a report, as fast as calls can stop", group: groupCost, unit: "ns",
		entries: []entry{
			b.perCount("no report", n, under(calls, b.role("-engine", "refuse"))),
			b.perCount("report", n, under(calls, b.fresh("-engine", "refuse"))),
		},
		goals: []goal{{"report", "no report", 1.05}},
	}
}

// reportedLives is the same for births and deaths, in jail run.
func (b *bench) reportedLives() trial {
	n := b.pick(3000, 500)
	births := b.subject(nil, "births", n)
	with := func() []string { return b.jail(strict, "--report", b.reportFile())() }
	return trial{name: "births-report", about: "fork, exit and wait under ci-build, with and without a report", group: groupCost, unit: "ns",
		entries: []entry{
			b.perCount("no report", n, under(births, b.jail(strict))),
			b.perCount("report", n, under(births, with)),
		},
		goals: []goal{{"report", "no report", 1.05}},
	}
}

// reportFile is the name of a report that is not there yet.
func (b *bench) reportFile() string {
	path := filepath.Join(b.work, "report.jsonl")
	_ = os.Remove(path)
	return path
}

// fresh is the role with a report.
func (b *bench) fresh(flags ...string) func() []string {
	return func() []string { return b.role(append(flags, "-report", b.reportFile())...)() }
}

// fairness has many tasks make traced calls as fast as they can.
func (b *bench) fairness() trial {
	t := trial{name: "fairness", about: "stops of others between two of a task while all make traced calls as fast as they can; 1 is one of each", group: groupSize, unit: "×"}
	sizes := []int{10, 1000, 3000}
	if b.quick {
		sizes = []int{10, 300}
	}
	for _, tasks := range sizes {
		t.entries = append(t.entries, entry{name: strconv.Itoa(tasks), run: func(ctx context.Context) (figures, error) {
			stops := max(20000, 20*tasks)
			got, err := b.told(ctx, b.role("-engine", "fair", "-most", strconv.Itoa(stops), b.made.subject, "busy", "1", strconv.Itoa(tasks))()...)
			for i := range got {
				got[i].name = fmt.Sprintf("%d tasks, %s", tasks, got[i].name)
			}
			return got, err
		}})
		// A task that the scheduler sets aside for some milliseconds misses hundreds of stops, whoever serves them: with few tasks
		// those are many rounds, which a thousandth of all shows.
		share := "99.9%"
		if tasks < 100 {
			share = "99%"
		}
		t.goals = append(t.goals, goal{Of: fmt.Sprintf("%d tasks, %s", tasks, share), Most: 10})
	}
	return t
}

// memory is what a live task takes in the supervisor's heap.
func (b *bench) memory() trial {
	few, many := 100, b.pick(4000, 1000) // ci-build allows 4096
	per := func(name string, flags ...string) entry {
		return entry{name: name, run: func(ctx context.Context) (figures, error) {
			var heap [2]float64
			for i, others := range []int{few, many} {
				got, err := b.told(ctx, under(b.subject(nil, "crowd", 2, others), b.role(append([]string{"-engine", "heap"}, flags...)...))()...)
				if err != nil {
					return nil, err
				}
				heap[i] = got.of("heap0")
			}
			return figures{{name, (heap[1] - heap[0]) / float64(many-few)}}, nil
		}}
	}
	const bare, full = "supervisor", "with ci-build's engines and a recorder"
	return trial{name: "memory", about: "heap for each live task", group: groupSize, unit: "bytes", once: true,
		entries: []entry{per(bare), per(full, "-policy", strict)},
		goals:   []goal{{Of: bare, Most: 2048}, {Of: full, Most: 2048}},
	}
}

// growth is whether the heap stays as it is while tasks come and go.
func (b *bench) growth() trial {
	n := b.pick(1_000_000, 10_000)
	name := fmt.Sprintf("after %d births and deaths / after %d", n, n/10)
	return trial{name: "growth", about: "heap after births and deaths, under ci-build with a report, as a multiple of what it was after a tenth of them", group: groupSize, unit: "×", once: true,
		entries: []entry{{name: name, run: func(ctx context.Context) (figures, error) {
			got, err := b.told(ctx, under(b.subject(nil, "births", n), b.fresh("-engine", "heap", "-policy", strict))()...)
			return figures{{name, got.of("heap1") / got.of("heap0")}}, err
		}}},
		goals: []goal{{Of: name, Most: 1.1}},
	}
}

// of is the figure of a name; 0 if there is none.
func (f figures) of(name string) float64 {
	for _, one := range f {
		if one.name == name {
			return one.value
		}
	}
	return 0
}
