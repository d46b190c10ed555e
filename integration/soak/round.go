// One run under jail, and what it must not have done to it.

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// soaking is what the rounds share.
type soaking struct {
	dir, jail, policy string
	total             figures
}

// figures are the most that jail used.
type figures struct {
	rounds, memory, files int // memory in KiB
}

func (f *figures) add(g *figures) {
	f.rounds += g.rounds
	f.memory, f.files = max(f.memory, g.memory), max(f.files, g.files)
}

// String is one line.
func (f *figures) String() string {
	return fmt.Sprintf("%d rounds, jail had at most %d MiB in memory and %d descriptors", f.rounds, f.memory>>10, f.files)
}

// What a jail may have at most, whatever its programs do. It begins with about 16 MiB, and 20 descriptors.
const (
	mostMemory = 200 << 10 // KiB
	mostFiles  = 400
	failed     = 125 // jail's own failure
)

// round runs a program under jail in a folder of its own, and looks at jail meanwhile.
func (s *soaking) round(args []string) (*figures, error) {
	work, err := os.MkdirTemp(s.dir, "work-")
	if err != nil {
		return nil, err
	}
	defer removeAll(work)
	var said bytes.Buffer
	cmd := exec.Command(s.jail, append([]string{"run", "--policy", s.policy, "--report", filepath.Join(s.dir, "report"), "--"}, args...)...)
	cmd.Dir, cmd.Stderr = work, &said
	cmd.Stdin, cmd.Stdout = strings.NewReader(""), io.Discard // pipes: by a descriptor of /dev/null its mode would be changed for all of the machine
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}         // whatever is done to terminals and sessions is not done to ours
	if err := os.Remove(filepath.Join(s.dir, "report")); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &figures{rounds: 1}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case <-ended:
			return f, s.judge(cmd, f, said.String())
		case <-time.After(200 * time.Millisecond):
			f.look(cmd.Process.Pid)
			_ = cmd.Process.Signal(unix.SIGCONT) // a program that stops itself stops jail
		}
	}
}

// look takes what jail uses now.
func (f *figures) look(pid int) {
	if files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
		f.files = max(f.files, len(files))
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB")); err == nil {
				f.memory = max(f.memory, n)
			}
		}
	}
}

// crashed is what Go says of a program that can't go on, and jail of an engine. Denials have other words before such names.
var crashed = regexp.MustCompile(`(?m)^(panic: |fatal error: |goroutine \d+ \[)|engine \S+:? (panicked|took longer|overran|answered with)`)

// judge tells what is wrong after the end.
func (s *soaking) judge(cmd *exec.Cmd, f *figures, said string) error {
	tail := said[max(0, len(said)-4000):]
	switch {
	case cmd.ProcessState.ExitCode() == failed:
		return fmt.Errorf("jail failed:\n%s", tail)
	case crashed.MatchString(said):
		return fmt.Errorf("jail said of itself:\n%s", tail)
	case f.memory > mostMemory || f.files > mostFiles:
		return fmt.Errorf("%s: more than %d MiB or %d descriptors", f, mostMemory>>10, mostFiles)
	}
	left, err := s.left()
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("processes are left: %s", strings.Join(left, ", "))
	}
	return s.report()
}

// left are processes whose working folder, program or arguments are of this soak.
func (s *soaking) left() ([]string, error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var left []string
	for _, p := range all {
		cwd, _ := os.Readlink(p + "/cwd") // another's, or dead
		exe, _ := os.Readlink(p + "/exe")
		if strings.HasPrefix(cwd, s.dir) || strings.HasPrefix(exe, s.dir) {
			left = append(left, filepath.Base(p)+" "+exe)
		}
	}
	return left, nil
}

// report makes sure that the report has its end, and that every birth in it has a death.
func (s *soaking) report() error {
	text, err := os.ReadFile(filepath.Join(s.dir, "report"))
	if err != nil {
		return err
	}
	births, deaths := bytes.Count(text, []byte(`"event":"birth"`)), bytes.Count(text, []byte(`"event":"death"`))
	if !bytes.Contains(text, []byte(`"event":"end"`)) || births == 0 || births > deaths {
		return fmt.Errorf("the report has %d births, %d deaths; its end is %q", births, deaths, text[max(0, len(text)-300):])
	}
	return nil
}

// removeAll removes a folder in which programs may have taken rights away from themselves.
func removeAll(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}
