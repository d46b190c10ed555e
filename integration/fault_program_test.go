// Faults in real programs, whose reaction to them is known.

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jail/engines/fault"
	"jail/supervisor"
)

// faultRun runs a program under rules of the grammar, in an empty folder.
func faultRun(t *testing.T, dir, rules string, program string, args ...string) (*jailRun, *fault.Engine) {
	t.Helper()
	parsed, err := fault.Parse("rules", rules)
	if err != nil {
		t.Fatal(err)
	}
	e, engines := faulty(t, parsed...)
	env := append(os.Environ(), "LC_ALL=C", "PYTHONDONTWRITEBYTECODE=1", "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1")
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("this test needs %s: %v", program, err)
	}
	return jailed(t, supervisor.Command{Engines: engines, Dir: dir, Env: env}, path, args...), e
}

// sized makes a file of n bytes.
func sized(t *testing.T, path string, n int) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789abcdef", n/16+1)[:n]), 0o644); err != nil {
		t.Fatal(err)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}

func TestFaultPrograms(t *testing.T) {
	python := func(code string) []string { return []string{"python3", "-c", code} }
	for _, c := range []struct {
		name, rules string
		command     []string
		code        int
		says        string // a part of what it says
		file        string // which then is there
		size        int64  // … and has so many bytes
	}{
		{"cp on a full disk", "write,copy_file_range,sendfile:path=*/copy:after=64KiB", []string{"cp", "source", "copy"}, 1,
			"No space left on device", "copy", 64 << 10},
		{"cp fails to read", "read,copy_file_range:path=*/source:error=EIO", []string{"cp", "source", "copy"}, 1, "Input/output error", "", 0},
		{"cp writes all in spite of short writes", "write,copy_file_range,sendfile:path=*/copy:short=999", []string{"cp", "source", "copy"}, 0, "", "copy", 100_000},
		{"tar on a full disk", "write:path=*/archive:after=25KiB", []string{"tar", "cf", "archive", "source"}, 2,
			"Wrote only 5120 of 10240 bytes", "archive", 25 << 10},
		{"tar can't read", "openat:path=*/source:error=EACCES", []string{"tar", "cf", "archive", "source"}, 2, "Permission denied", "", 0},
		{"python's fsync", "fsync:error=EIO", python("import os\nf = open('f', 'w'); f.write('x'); f.flush()\nos.fsync(f.fileno())"), 1,
			"OSError: [Errno 5] Input/output error", "", 0},
		{"python's open", "openat:path=*/config.json:error=EMFILE", python("open('config.json', 'w')"), 1, "OSError: [Errno 24] Too many open files", "", 0},
		{"python makes a read again after EINTR", "read:path=*/source:storm=5:error=EINTR", python("print(len(open('source').read()))"), 0, "100000\n", "", 0},
		{"python writes all in spite of short writes", "write:path=*/out:short=7", python("open('out', 'w').write('a line of text\\n' * 100); print(len(open('out').read()))"), 0, "1500\n", "", 0},
		{"python reads all in spite of short reads", "read:path=*/source:short=999", python("print(len(open('source').read()))"), 0, "100000\n", "", 0},
		{"python's writev tells how much was written", "writev:path=*/out:short=5",
			python("import os\nfd = os.open('out', os.O_RDWR | os.O_CREAT)\nprint(os.writev(fd, [b'', b'abc', b'def', b'ghi']), os.pread(fd, 99, 0))"), 0, "5 b'abcde'\n", "", 0},
		{"python's readv, too", "readv:short=5",
			python("import os\nfd = os.open('source', os.O_RDONLY)\na, b = bytearray(3), bytearray(9)\nprint(os.readv(fd, [a, b]), a, b)"), 0,
			"5 bytearray(b'012') bytearray(b'34\\x00\\x00\\x00\\x00\\x00\\x00\\x00')\n", "", 0},
		{"sendmsg is cut", "sendmsg:short=4",
			python("import socket\na, b = socket.socketpair()\nprint(a.sendmsg([b'abc', b'def']), b.recv(99))"), 0, "4 b'abcd'\n", "", 0},
		{"python takes a connect after EINTR for under way", `connect:addr="127.0.0.1:*":error=EINTR`,
			python("import socket\ns = socket.socket()\ns.connect(('127.0.0.1', 9))\ntry: s.getpeername()\nexcept OSError as e: print(e)"), 0,
			"[Errno 107]", "", 0},
		{"git can't sync", "fsync,fdatasync:error=EIO", []string{"git", "-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync", "-c", "user.name=a",
			"-c", "user.email=a@b", "hash-object", "-w", "source"}, 128, "Input/output error", "", 0},
		{"git on a full disk", "write:path=*/.git/objects/*:error=ENOSPC", []string{"git", "hash-object", "-w", "source"}, 128, "No space left on device", "", 0},
		{"sqlite on a full disk", "pwrite64,write:path=*/db:error=ENOSPC", []string{"sqlite3", "db", "create table t(x); insert into t values(1);"}, 13,
			"database or disk is full", "", 0},
		{"sqlite can't sync", "fsync,fdatasync:error=EIO", []string{"sqlite3", "db", "create table t(x); insert into t values(1);"}, 10,
			"disk I/O error", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			sized(t, filepath.Join(dir, "source"), 100_000)
			if c.command[0] == "git" {
				if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
					t.Fatalf("git init: %v\n%s", err, out)
				}
			}
			r, e := faultRun(t, dir, c.rules, c.command[0], c.command[1:]...)
			if r.Status.Code != c.code || r.Status.Signal != 0 || !strings.Contains(r.Output, c.says) {
				t.Errorf("it ended with %v and said\n%s", r.Status, r.Output)
			}
			if c.file != "" {
				if n := sizeOf(t, filepath.Join(dir, c.file)); n != c.size {
					t.Errorf("%s has %d bytes, not %d", c.file, n, c.size)
				}
			}
			if n := e.Counts()[0].Fired; n == 0 {
				t.Error("the fault never came")
			}
		})
	}
}
