// Programs that try to get out of a jail: this test binary, running itself as something else.

package supervisor_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"jail/supervisor"
)

const victimKey = "JAIL_TEST_VICTIM"

// victims tell with say what they tried; returning is exit 0.
var victims = map[string]func(args []string){}

func TestMain(m *testing.M) {
	if name := os.Getenv(victimKey); name != "" {
		victim, ok := victims[name]
		if !ok {
			fmt.Fprintln(os.Stderr, "no such victim:", name)
			os.Exit(2)
		}
		victim(os.Args[1:])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// say tells how an attempt went: "ok", or the name of the errno.
func say(name string, err error) {
	var errno syscall.Errno
	result := "ok"
	if errors.As(err, &errno) {
		result = unix.ErrnoName(errno)
	} else if err != nil {
		result = "other:" + strings.ReplaceAll(err.Error(), " ", "_")
	}
	fmt.Println(name, result)
}

// try runs a victim in a jail, and answers what it said of each attempt.
func try(t *testing.T, c supervisor.Command, victim string, args ...string) map[string]string {
	t.Helper()
	if victims[victim] == nil {
		t.Fatal("no such victim:", victim)
	}
	c.Env = append(c.Env, victimKey+"="+victim, "GORACE=atexit_sleep_ms=0", "PATH=/usr/bin:/bin")
	res, out := run(t, c, "/proc/self/exe", args...)
	said := make(map[string]string)
	for l := range strings.Lines(out) {
		if f := strings.Fields(l); len(f) == 2 {
			said[f[0]] = f[1]
		} else {
			t.Logf("said: %s", l)
		}
	}
	if res.Status.Code != 0 || res.Status.Signal != 0 || res.Left != nil {
		t.Errorf("the victim ended with %v, %v was left; it said %q", res.Status, res.Left, out)
	}
	return said
}

// expect compares; the wanted values are names of errnos, with | between alternatives.
func expect(t *testing.T, said map[string]string, want map[string]string) {
	t.Helper()
	for name, w := range want {
		ok := false
		for _, alternative := range strings.Split(w, "|") {
			ok = ok || said[name] == alternative
		}
		if !ok {
			t.Errorf("%s: %q, want %s", name, said[name], w)
		}
	}
	for name, s := range said {
		if want[name] == "" {
			t.Errorf("%s: %s, nothing was expected", name, s)
		}
	}
}

// plant writes files; a name that ends with a slash is a folder.
func plant(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path, err := dir+"/"+name, error(nil)
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else {
			err = os.WriteFile(path, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func open(path string, flags int) error {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}
