// The role of a program that uses the supervisor as a library: this one, started by itself, so that what it does besides
// measuring weighs on nothing.

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/launch"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// roleWord is the first argument of the role.
const roleWord = "role"

// A part is what the role is to do.
type part struct {
	engine, policy, report, profile string
	cpu, most, preempt              int
	loud                            bool
	args                            []string
}

// playRole is main of the role; it prints figures, one a line, and the program's output.
func playRole(args []string, stdout, stderr io.Writer) int {
	var p part
	f := flag.NewFlagSet(roleWord, flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&p.engine, "engine", "", "look, refuse, fair or heap; without it there is none")
	f.StringVar(&p.policy, "policy", "", "a policy, with its filter, its engines and what confines")
	f.StringVar(&p.report, "report", "", "write a report to this file")
	f.StringVar(&p.profile, "profile", "", "write a profile of the processor's time to this file (runtime/pprof)")
	f.BoolVar(&p.loud, "loud", false, "take SIGCHLD for stops, as a process does that has not called supervisor.QuietStops")
	f.IntVar(&p.cpu, "c", -1, "stay on this processor")
	f.IntVar(&p.most, "most", 0, "of fair: end after so many stops")
	f.IntVar(&p.preempt, "preempt", 0, "supervise nothing: have goroutines preempted so often")
	if err := f.Parse(args); err != nil {
		return 2
	}
	p.args = f.Args()
	do := p.supervise
	if p.preempt > 0 {
		do = p.preempted
	}
	if err := do(stdout); err != nil {
		fmt.Fprintln(stderr, "bench role:", err)
		return 1
	}
	return 0
}

// supervise runs the program under an engine, and prints what the engine found out.
func (p *part) supervise(stdout io.Writer) error {
	if err := errors.Join(p.pin(), p.quieten()); err != nil {
		return err
	}
	if p.profile != "" {
		file, err := os.Create(p.profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if len(p.args) == 0 {
		return errors.New("no program is given")
	}
	c, err := p.command()
	if err != nil {
		return err
	}
	w, err := p.watcher()
	if err != nil {
		return err
	}
	if w != nil {
		c.Engines = append(c.Engines, supervisor.Engine{Engine: w})
	}
	end, err := p.record(c)
	if err != nil {
		return err
	}
	j, err := c.Start()
	if err != nil {
		return errors.Join(err, end())
	}
	res, err := j.Wait()
	if err = errors.Join(err, end()); err != nil {
		return err
	}
	if w != nil {
		w.tell(stdout)
	}
	if res.Status != (utrace.ExitStatus{}) && p.engine != "fair" { // whose program never ends
		return fmt.Errorf("the program: %v", res.Status)
	}
	return nil
}

// pin keeps all of this process on one processor: its later threads are its first thread's children.
func (p *part) pin() error {
	if p.cpu < 0 {
		return nil
	}
	var set unix.CPUSet
	set.Set(p.cpu)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		var tid int
		if _, err := fmt.Sscan(t.Name(), &tid); err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(tid, &set); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return nil
}

func (p *part) quieten() error {
	if p.loud {
		return nil
	}
	return supervisor.QuietStops()
}

// command is the program, bare or as a policy wants it.
func (p *part) command() (*supervisor.Command, error) {
	files := []*os.File{nil, os.Stdout, os.Stderr}
	if p.policy == "" {
		return &supervisor.Command{Path: p.args[0], Args: p.args, Files: files}, nil
	}
	plan, err := launch.Plan(p.policy)
	if err != nil {
		return nil, err
	}
	world, err := launch.Confine(plan, launch.World{Environ: os.Environ(), Files: files})
	if err != nil {
		return nil, err
	}
	return world.Command(p.args[0], p.args, launch.Hearer{})
}

// record has a Recorder listen, as jail run does, to a report or to nothing. end closes it, and tells of what went wrong.
func (p *part) record(c *supervisor.Command) (end func() error, err error) {
	if p.policy == "" && p.engine != "refuse" {
		return func() error { return nil }, nil
	}
	cfg := report.Config{}
	var file *report.File
	if p.report != "" {
		if file, err = report.OpenFile(p.report); err != nil {
			return nil, err
		}
		cfg.Lines = file
	}
	r := report.New(cfg)
	r.Start(p.policy, c.Path, c.Args)
	c.Sink = r
	return func() error {
		r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{}, nil)
		if file == nil {
			return nil
		}
		return errors.Join(r.Err(), file.Close())
	}, nil
}
