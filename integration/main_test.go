// The test binary's entry, and the compiler of the victims.

package integration

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// roleVar makes the test binary play another part than testing: see roles.
const roleVar = "JAIL_INTEGRATION_ROLE"

// roles are what the test binary can do when it starts itself.
var roles = map[string]func(args []string) int{}

var longFlag = flag.Bool("long", false, "races at their full length, which takes minutes")

// tries is how often a race is run that has to be lost each time: n times with -long, else enough to lose it if what keeps it
// from being won is gone. Its other half, which shows that, runs until it is won.
func tries(n int) int {
	switch {
	case *longFlag:
		return n
	case testing.Short():
		return n / 20
	}
	return n / 5
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVar)]; ok {
		os.Exit(role(os.Args[1:]))
	}
	os.Exit(withWorkshop(m.Run))
}

// workshop is where victims are compiled to: one folder for the whole run, since t.TempDir would end with the first test.
var workshop struct {
	dir  string
	mu   sync.Mutex
	made map[string]func() (string, error)
}

func withWorkshop(run func() int) int {
	dir, err := os.MkdirTemp("", "jail-victims-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "no folder to compile the victims in:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	workshop.dir, workshop.made = dir, make(map[string]func() (string, error))
	return run()
}

// bareFlags are for victims that bring their own entry point.
var bareFlags = []string{"-nostdlib", "-static", "-no-pie", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fcf-protection=none"}

// victimFlags are what single victims need beyond what all are compiled with.
var victimFlags = map[string][]string{
	"asan":         {"-fsanitize=address"},
	"clock_static": {"-static"},
	"entry":        bareFlags,
	"little":       append([]string{"-m32"}, bareFlags...),
}

// victim gives the path of the program that victims/name.c is compiled to, once per run.
func victim(t testing.TB, name string) string {
	t.Helper()
	workshop.mu.Lock()
	made := workshop.made[name]
	if made == nil {
		made = sync.OnceValues(func() (string, error) { return compile(name) })
		workshop.made[name] = made
	}
	workshop.mu.Unlock()
	path, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func compile(name string) (string, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("these tests compile small C programs: install a C compiler as cc (Debian: apt install gcc libc6-dev): %w", err)
	}
	out := filepath.Join(workshop.dir, name)
	args := []string{"-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-pthread"}
	args = append(args, victimFlags[name]...)
	args = append(args, "-o", out, filepath.Join("victims", name+".c"))
	if msg, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling victims/%s.c: %w\n%s", name, err, msg)
	}
	return out, nil
}
