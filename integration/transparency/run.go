// run.go runs one unit once: in a directory and a process group of its own, watched
// for progress, and with nothing of it left alive afterwards.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A runner runs units. It ends all they leave behind, so only one may exist, and
// it runs one unit at a time.
type runner struct {
	env     *env
	wrap    []string // what to put before a program; nil for nothing
	keep    string   // directory for the outputs of all runs; "" for none
	orphans *orphanage
}

// once runs u, under the wrapper or not, until it has come to its end or no
// further test can be reached. tag names the run in kept outputs.
func (r *runner) once(ctx context.Context, u unit, wrapped bool, tag string) (results, error) {
	all := results{}
	var skip []string
	for attempt := 0; ; attempt++ {
		argv := u.argv
		if attempt > 0 {
			argv = u.without(skip)
		}
		c, err := r.capture(ctx, u, argv, wrapped)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", u.name, err)
		}
		if err := r.save(u, tag, attempt, c); err != nil {
			return nil, err
		}
		rep := u.parse(c)
		for name, o := range rep.results {
			if _, ok := all[name]; !ok {
				all[name] = o
			}
		}
		skip = append(skip, rep.seen...)
		const most = 20 // programs that die on every test have told enough
		if rep.ended || u.without == nil || len(rep.seen) == 0 || attempt == most {
			return all, nil
		}
	}
}

// save keeps one capture for whoever wants to know why a test was lost.
func (r *runner) save(u unit, tag string, attempt int, c capture) error {
	if r.keep == "" {
		return nil
	}
	name := fmt.Sprintf("%s.%s", strings.ReplaceAll(u.name, "/", "_"), tag)
	if attempt > 0 {
		name += fmt.Sprintf(".%d", attempt)
	}
	text := c.output + c.journal + "\n[" + c.status + "]\n"
	if err := os.WriteFile(filepath.Join(r.keep, name+".log"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("keeping the output: %w", err)
	}
	return nil
}

// capture runs argv to its end. An error is a failure of ours, not the
// program's.
func (r *runner) capture(ctx context.Context, u unit, argv []string, wrapped bool) (capture, error) {
	scratch, err := r.scratch(u)
	if err != nil {
		return capture{}, err
	}
	defer os.RemoveAll(scratch)
	out, err := os.Create(filepath.Join(r.env.work, "output"))
	if err != nil {
		return capture{}, err
	}
	defer out.Close()
	if wrapped {
		argv = append(append([]string{}, r.wrap...), argv...)
	}
	journal := filepath.Join(scratch, "journal")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = u.dir
	if cmd.Dir == "" {
		cmd.Dir = filepath.Join(scratch, "w")
	}
	cmd.Env = append(baseEnv(filepath.Join(scratch, "t")), "JOURNAL="+journal)
	cmd.Env = append(cmd.Env, u.env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: r.env.cred}
	if u.tty {
		closeTTY, err := attachTTY(cmd, r.env.uid())
		if err != nil {
			return capture{}, err
		}
		defer closeTTY()
	}
	c, err := r.wait(ctx, u, cmd, out, journal)
	if err != nil {
		return capture{}, err
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		return capture{}, err
	}
	c.output = string(text)
	if text, err := os.ReadFile(journal); err == nil {
		c.journal = string(text)
	}
	return c, nil
}

// scratch makes the temporary directory of one run: t for temporary files, w to
// work in.
func (r *runner) scratch(u unit) (string, error) {
	// Always equally long: programs print the lengths of paths.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("jt-%08x", rand.Uint32()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	work := filepath.Join(dir, "w")
	if u.stage != "" {
		if err := os.CopyFS(work, os.DirFS(u.stage)); err != nil {
			return "", fmt.Errorf("staging: %w", err)
		}
	}
	for _, d := range []string{work, filepath.Join(dir, "t")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return "", err
		}
	}
	if r.env.cred == nil {
		return dir, nil
	}
	return dir, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(r.env.cred.Uid), int(r.env.cred.Gid))
	})
}

// baseEnv is the whole environment of a program, so that two machines, and the
// native and the wrapped side, differ in nothing.
func baseEnv(tmp string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + tmp,
		"TMPDIR=" + tmp,
		"LANG=C.UTF-8",
		"TERM=dumb",
		"USER=nobody",
		"LOGNAME=nobody",
	}
}

// wait starts cmd and ends it, and whatever it started, when it is done, stalls,
// takes too long, or ctx is done.
func (r *runner) wait(ctx context.Context, u unit, cmd *exec.Cmd, out *os.File, journal string) (capture, error) {
	if err := cmd.Start(); err != nil {
		return capture{}, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	stalled := make(chan struct{})
	watch, stop := context.WithCancel(ctx)
	go func() {
		if !progress(watch, u, out.Name(), journal) {
			close(stalled)
		}
	}()
	var c capture
	var err error
	select {
	case err = <-done:
	case <-stalled:
		c.stalled = ctx.Err() == nil
		// The whole group at once, so that nobody reacts to the death of another.
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		err = <-done
	}
	stop()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err := r.orphans.end(); err != nil {
		return capture{}, err
	}
	if ctx.Err() != nil {
		return capture{}, ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		c.status = "exit 0"
	case errors.As(err, &exit):
		c.status = status(exit.Sys().(syscall.WaitStatus))
	default:
		return capture{}, err
	}
	return c, nil
}

func status(ws syscall.WaitStatus) string {
	if ws.Signaled() {
		return "signal " + ws.Signal().String()
	}
	return fmt.Sprintf("exit %d", ws.ExitStatus())
}

// progress watches files and reports false as soon as none has been written to
// for u.quiet, u.limit is over, or ctx is done. It looks only when one of these
// may be the case.
func progress(ctx context.Context, u unit, files ...string) bool {
	start := time.Now()
	written := start
	for {
		end := written.Add(u.quiet)
		if limit := start.Add(u.limit); limit.Before(end) {
			end = limit
		}
		timer := time.NewTimer(time.Until(end))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
		for _, f := range files {
			if st, err := os.Stat(f); err == nil && st.ModTime().After(written) {
				written = st.ModTime()
			}
		}
		if now := time.Now(); now.Sub(written) >= u.quiet || now.Sub(start) >= u.limit {
			return false
		}
	}
}
