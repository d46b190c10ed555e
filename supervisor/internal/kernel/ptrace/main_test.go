// The tests' ground: victims (this test binary running itself as something else) and a jail to run them in.

package ptrace

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

const victimKey = "JAIL_TEST_VICTIM"

// victims are programs; each ends the process, returning is exit 0.
var victims = map[string]func(args []string){}

func TestMain(m *testing.M) {
	if name := os.Getenv(victimKey); name != "" {
		victim, ok := victims[name]
		if !ok {
			fmt.Fprintln(os.Stderr, "no such victim:", name)
			os.Exit(2)
		}
		runtime.LockOSThread()
		victim(os.Args[1:])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// victim is how to launch one.
func victim(t testing.TB, name string, args ...string) Config {
	t.Helper()
	if victims[name] == nil {
		t.Fatal("no such victim:", name)
	}
	return Config{
		Path: "/proc/self/exe", Args: append([]string{"victim"}, args...),
		Env: []string{victimKey + "=" + name, "GOTRACEBACK=none", "GORACE=atexit_sleep_ms=0"}, Files: []uintptr{0, 1, 2},
	}
}

func program(path string, args ...string) Config {
	return Config{Path: path, Args: append([]string{path}, args...), Env: os.Environ(), Files: []uintptr{0, 1, 2}}
}

// fail makes a victim end in a way that a test notices, and says why.
func fail(v ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"victim:"}, v...)...)
	os.Exit(99)
}

func must(err error) {
	if err != nil {
		fail(err)
	}
}

// jailed is a launched program with its kernel, on the thread that owns it.
type jailed struct {
	*Kernel
	t     testing.TB
	first int
	stops map[kernel.Kind]int
}

// jail launches and has f play the loop. Afterwards nothing may be left: no child, no descriptor.
func jail(t testing.TB, cfg Config, f func(*jailed)) {
	t.Helper()
	jailWith(t, cfg, false, f)
}

// launch does all of a start on the calling goroutine, with sealed pages or without.
func launch(cfg Config, seal bool) (*Kernel, int, error) {
	k, err := Prepare(seal)
	if err != nil {
		return nil, 0, err
	}
	tid, err := k.Launch(cfg)
	return k, tid, err
}

// jailWith is jail, with sealed pages or without.
func jailWith(t testing.TB, cfg Config, seal bool, f func(*jailed)) {
	t.Helper()
	before := descriptors(t)
	<-Own(func() {
		k, tid, err := launch(cfg, seal)
		if err != nil {
			t.Errorf("Launch: %v", err)
			return
		}
		j := &jailed{k, t, tid, map[kernel.Kind]int{}}
		defer j.end()
		f(j)
	})
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
}

// descriptors counts the open descriptors of this process.
func descriptors(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range list {
		if l, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && !runtimeOwns(l) {
			n++
		}
	}
	return n
}

// runtimeOwns tells the files that the Go runtime opens when it likes.
func runtimeOwns(link string) bool {
	return strings.HasPrefix(link, "anon_inode:[event") || strings.HasPrefix(link, "/sys/fs/cgroup/") || strings.HasPrefix(link, "/proc/")
}

// end kills what is left, and checks that the kernel then has nothing more to tell.
func (j *jailed) end() {
	for tid := range j.known {
		_ = unix.Kill(tid, unix.SIGKILL)
	}
	for {
		s, err := j.Wait()
		if err == unix.ECHILD {
			break
		}
		if err != nil {
			j.t.Errorf("at the end: %v", err)
			break
		}
		if s.Kind == kernel.Death {
			_, err = j.Reap(s.TID)
		} else if s.Kind != kernel.Ring {
			err = j.Resume(s.TID, kernel.Cont, 0)
		}
		if err != nil && err != unix.ESRCH {
			j.t.Errorf("at the end, %v: %v", s, err)
		}
	}
	if err := j.Close(); err != nil {
		j.t.Errorf("Close: %v", err)
	}
	if err := childless(); err != nil {
		j.t.Errorf("after the end: %v", err)
	}
}

// ok stops the test at an error; it is called on the owner's goroutine, where t.Fatal may not be.
func (j *jailed) ok(err error) {
	j.t.Helper()
	if err != nil {
		j.t.Errorf("%v", err)
		runtime.Goexit()
	}
}

func (j *jailed) fatalf(format string, args ...any) {
	j.t.Helper()
	j.t.Errorf(format, args...)
	runtime.Goexit()
}

// next waits for one stop, of which want is the kind.
func (j *jailed) next(want kernel.Kind) kernel.Stop {
	j.t.Helper()
	s, err := j.Wait()
	j.ok(err)
	if s.Kind != want {
		j.fatalf("Wait told %s of %d (%v), want %s", s.Kind, s.TID, s, want)
	}
	return s
}

// goOn resumes as a loop without engines would.
func (j *jailed) goOn(s kernel.Stop) {
	j.t.Helper()
	var err error
	switch s.Kind {
	case kernel.Ring:
	case kernel.Death:
		_, err = j.Reap(s.TID)
	case kernel.Group:
		err = j.Resume(s.TID, kernel.Listen, 0)
	case kernel.Signal:
		err = j.Resume(s.TID, kernel.Cont, s.Signal)
	default:
		err = j.Resume(s.TID, kernel.Cont, 0)
	}
	if err != nil && err != unix.ESRCH {
		j.t.Errorf("going on from %v: %v", s, err)
	}
}

// run lets everything go until nothing is left, and tells how the first process ended. see hears each stop first, and answers
// true for those that it has dealt with.
func (j *jailed) run(see func(kernel.Stop) bool) (first utrace.ExitStatus) {
	j.t.Helper()
	j.ok(j.Resume(j.first, kernel.Cont, 0))
	return j.rest(see)
}

// rest is run for a program that is running already.
func (j *jailed) rest(see func(kernel.Stop) bool) (first utrace.ExitStatus) {
	j.t.Helper()
	for {
		s, err := j.Wait()
		if err == unix.ECHILD {
			return first
		}
		j.ok(err)
		j.stops[s.Kind]++
		if s.Kind == kernel.Death && s.TID == j.first {
			first = s.Status
		}
		if see == nil || !see(s) {
			j.goOn(s)
		}
	}
}

// runs is run with the result that nearly every test wants: exit 0.
func (j *jailed) runs(see func(kernel.Stop) bool) {
	j.t.Helper()
	if st := j.run(see); st != (utrace.ExitStatus{}) {
		j.t.Errorf("the program ended with %v", st)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
