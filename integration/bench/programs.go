// The programs that are measured with, and running them.

package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"jail/integration/internal/fetch"
)

//go:embed floor.c
var floorSource []byte

//go:embed subject.c
var subjectSource []byte

// build makes the programs: jail, the floor and its subject. Only the first needs the root of the module as working folder.
func (b *bench) build(ctx context.Context, trials []trial) error {
	b.made.self = filepath.Join(b.work, "bench")
	self, err := os.ReadFile("/proc/self/exe")
	if err == nil { // policies hide what lies elsewhere in the folder for temporary files
		err = os.WriteFile(b.made.self, self, 0o755)
	}
	if err != nil {
		return err
	}
	b.made.jail = filepath.Join(b.work, "jail")
	if b.wrap == "" || slices.ContainsFunc(trials, func(t trial) bool { return t.group != groupWork }) {
		// As README.md has it: with C's loader each start takes half a millisecond more.
		if err := tool(ctx, "env", "CGO_ENABLED=0", "go", "build", "-o", b.made.jail, "./cmd/jail"); err != nil {
			return fmt.Errorf("start this at the root of the module, or name a -wrap: %w", err)
		}
	}
	if b.made.floor, err = b.compile(ctx, "floor", floorSource); err != nil {
		return err
	}
	b.made.subject, err = b.compile(ctx, "subject", subjectSource)
	return err
}

// compile compiles a C program. It is in the folder of runs, where every policy lets programs be executed.
func (b *bench) compile(ctx context.Context, name string, source []byte) (string, error) {
	path := filepath.Join(b.work, name)
	if err := os.WriteFile(path+".c", source, 0o644); err != nil {
		return "", err
	}
	return path, tool(ctx, "cc", "-O2", "-o", path, path+".c")
}

// tool runs a tool; what it prints is in the error.
func tool(ctx context.Context, argv ...string) error {
	out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, tail(out))
	}
	return nil
}

func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }

// start runs a command to its end, with a process group of its own so that all of it can be ended, and tells how long it took.
func start(ctx context.Context, dir string, env []string, argv ...string) ([]byte, time.Duration, error) {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Dir, c.Env = dir, env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	began := time.Now()
	out, err := c.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return out, took, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, tail(out))
	}
	return out, took, nil
}

// told runs a command that prints lines of a name and a number each, and nothing else.
func (b *bench) told(ctx context.Context, argv ...string) (figures, error) {
	out, _, err := start(ctx, b.work, nil, argv...)
	if err != nil {
		return nil, err
	}
	var all figures
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%s printed %q, and not a name and a number", strings.Join(argv, " "), lines.Text())
		}
		all = append(all, figure{name, value})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s printed nothing", strings.Join(argv, " "))
	}
	return all, nil
}

// perCount is an entry whose command tells the nanoseconds that count things took: its figure is nanoseconds for one.
func (b *bench) perCount(name string, count int, argv func() []string) entry {
	return entry{name: name, run: func(ctx context.Context) (figures, error) {
		got, err := b.told(ctx, argv()...)
		if err != nil {
			return nil, err
		}
		for _, f := range got {
			if f.name == "ns" {
				return figures{{name, f.value / float64(count)}}, nil
			}
		}
		return nil, errors.New("no time was told")
	}}
}

// subject is the command of the subject under wrap.
func (b *bench) subject(wrap []string, args ...any) func() []string {
	return func() []string {
		argv := append(slices.Clone(wrap), b.made.subject)
		for _, a := range args {
			argv = append(argv, fmt.Sprint(a))
		}
		return argv
	}
}

// under puts a program's words before a command when it is run: the programs are not there yet when trials are listed.
func under(argv func() []string, wrap func() []string) func() []string {
	return func() []string { return append(wrap(), argv()...) }
}

// floor is the words that make the floor trace a command.
func (b *bench) floor(flags ...string) func() []string {
	return func() []string { return append([]string{b.made.floor}, flags...) }
}

// jail is the words that make jail run a command under a policy.
func (b *bench) jail(policy string, flags ...string) func() []string {
	return func() []string {
		return append(append([]string{b.made.jail, "run", "--policy", policy}, flags...), "--")
	}
}

// role is the words that make this program itself run a command as a library's user would: see playRole.
func (b *bench) role(flags ...string) func() []string {
	return func() []string { return append(append([]string{b.made.self, roleWord}, flags...), "--") }
}

// sources opens the folder of Debian's sources, once.
func (b *bench) sources() (*fetch.Store, error) {
	if b.store != nil {
		return b.store, nil
	}
	var err error
	dir := b.cache
	if dir == "" {
		if dir, err = fetch.DefaultDir("jail-transparency"); err != nil {
			return nil, err
		}
	}
	b.store, err = fetch.Open(dir, b.log)
	return b.store, err
}
