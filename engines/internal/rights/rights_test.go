// Acting with a task's rights: what is given up, and by whom.

package rights

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// another starts a process that waits for its standard input to end, with other users and groups.
func another(t *testing.T, cred *syscall.Credential) int {
	t.Helper()
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	return cmd.Process.Pid
}

func TestSameRights(t *testing.T) {
	before := unix.Gettid()
	called := errors.New("called")
	if err := As(another(t, nil), func() error {
		if unix.Gettid() == before { // it may have been moved to another thread all the same
			t.Log("on this thread")
		}
		return called
	}); err != called {
		t.Error(err)
	}
	if err := As(1<<22, func() error { t.Error("called for nobody"); return nil }); !errors.Is(err, unix.ESRCH) {
		t.Error(err)
	}
}

// TestOtherRights: with another user's rights a file of ours is closed, and a moment later it is open to us again.
func TestOtherRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can take on another user's rights")
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/secret", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	pid := another(t, &syscall.Credential{Uid: 65534, Gid: 65533})
	err := As(pid, func() error {
		s, err := statusOf("thread-self")
		if err != nil {
			return err
		}
		if s.uid[1] != 65534 || s.uid[3] != 65534 || s.gid[1] != 65533 || s.gid[3] != 65533 || s.groups != "" || s.caps != 0 {
			t.Errorf("%+v", s)
		}
		_, err = os.ReadFile(dir + "/secret")
		return err
	})
	if !errors.Is(err, os.ErrPermission) {
		t.Errorf("reading it: %v", err)
	}
	if _, err := os.ReadFile(dir + "/secret"); err != nil {
		t.Error(err)
	}
	if s, err := statusOf(strconv.Itoa(os.Getpid())); err != nil || s.uid[1] != 0 {
		t.Errorf("the process's first thread was left with %+v, %v", s, err)
	}
}

// TestFirstThreadIsSpared: wherever the scheduler puts it, the first thread keeps its rights and the others that were changed end.
func TestFirstThreadIsSpared(t *testing.T) {
	for range 50 {
		if err := lastOfThread(func() error {
			if unix.Gettid() == unix.Getpid() {
				return errors.New("on the first thread")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestForeignGroups: rights that can't be taken on exactly are not taken on at all.
func TestForeignGroups(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a process other groups")
	}
	pid := another(t, &syscall.Credential{Uid: 65534, Gid: 65534, Groups: []uint32{4242}})
	if err := As(pid, func() error { t.Error("called"); return nil }); !errors.Is(err, ErrRights) {
		t.Error(err)
	}
}

func TestWithin(t *testing.T) {
	own := status{uid: [4]int{0, 0, 0, 0}, caps: 3}
	for name, c := range map[string]struct {
		want status
		is   bool
	}{
		"the same":             {own, true},
		"it has more":          {status{caps: 7}, true},
		"it has less":          {status{caps: 1}, false},
		"another user":         {status{uid: [4]int{0, 5, 0, 5}, caps: 3}, false},
		"another fsuid":        {status{uid: [4]int{0, 0, 0, 5}, caps: 3}, false},
		"another group":        {status{gid: [4]int{0, 5, 0, 5}, caps: 3}, false},
		"another fsgid":        {status{gid: [4]int{0, 0, 0, 5}, caps: 3}, false},
		"supplementary groups": {status{groups: "5", caps: 3}, false},
		"another real user":    {status{uid: [4]int{5, 0, 5, 0}, caps: 3}, true},
	} {
		if got := own.within(&c.want); got != c.is {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestAlone(t *testing.T) {
	called := errors.New("called")
	if err := Alone(another(t, nil), func(umask int) error {
		if unix.Gettid() == unix.Getpid() || umask&^0o777 != 0 {
			t.Errorf("on the thread %d, umask %#o", unix.Gettid(), umask)
		}
		return called
	}); err != called {
		t.Error(err)
	}
}

func TestStatusBad(t *testing.T) {
	for key, value := range map[string]string{"Uid": "1 2 3", "Gid": "", "CapEff": "xyz", "Umask": "9"} {
		if err := new(status).set(key, value); err == nil {
			t.Errorf("%s: %q is taken", key, value)
		}
	}
}
