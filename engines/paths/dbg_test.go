package paths

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/internal/walk"
	"jail/supervisor/utrace"
)

func TestDbg(t *testing.T) {
	dir := t.TempDir()
	_ = os.MkdirAll(dir+"/a", 0o755)
	_ = os.MkdirAll(dir+"/b", 0o755)
	_ = os.WriteFile(dir+"/a/x1", nil, 0o644)
	_ = os.WriteFile(dir+"/b/x1", nil, 0o644)
	tids := make(chan int)
	go func() {
		runtime.LockOSThread()
		_ = unix.Unshare(unix.CLONE_FS)
		tids <- unix.Gettid()
		for {
			_ = unix.Chdir(dir + "/a")
			_ = unix.Chdir(dir + "/b")
		}
	}()
	tid := <-tids
	bad := 0
	for range 50000 {
		w, err := walk.New(tid, os.Getpid())
		if err != nil {
			t.Fatal("new", err)
		}
		fd, err := w.From(unix.AT_FDCWD)
		if err != nil {
			if bad++; bad < 5 {
				t.Log("from", err)
			}
			w.Close()
			continue
		}
		if w.Name(fd) == "" {
			if bad++; bad < 5 {
				t.Log("name")
			}
		}
		_ = unix.Close(fd)
		w.Close()
		p, err := find(utrace.TaskID{TID: tid, TGID: os.Getpid()}, unix.AT_FDCWD, "x1", true)
		if err != nil || !p.exists {
			if bad++; bad < 9 {
				t.Log("find", p, err)
			}
		}
	}
	t.Log(bad)
}
