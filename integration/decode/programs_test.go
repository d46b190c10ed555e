// The programs that are compared.

package decode

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A program is what is run twice: in a folder of the same name, made anew.
type program struct {
	name string
	argv []string
	dir  string
	more []string // of its environment
	fill func(t *testing.T, dir string)
}

// env is the environment, the same for both runs and for whoever runs the test.
func (p *program) env() []string {
	return append([]string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + p.dir, "LANG=C", "TMPDIR=/tmp", "TZ=UTC"}, p.more...)
}

// fresh empties the program's folder.
func (p *program) fresh(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if p.fill != nil {
		p.fill(t, p.dir)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// installed is the path of a program; a test is skipped without it.
func installed(t *testing.T, name, debian string) string {
	t.Helper()
	for _, dir := range []string{"/usr/bin", "/bin"} { // not of $PATH: wrappers of versions are programs of their own
		if path := filepath.Join(dir, name); exec.Command(path, "--version").Run() == nil {
			return path
		}
	}
	t.Skipf("%s is not installed (Debian: apt install %s)", name, debian)
	return ""
}

func gitProgram(t *testing.T) *program {
	git := installed(t, "git", "git")
	return &program{name: "git", argv: []string{"/bin/sh", "-c", fmt.Sprintf(
		"%[1]s init -q . && %[1]s add a && %[1]s commit -q -m one && %[1]s log --oneline && %[1]s status", git)},
		more: []string{"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@b", "GIT_AUTHOR_DATE=1700000000 +0000",
			"GIT_COMMITTER_DATE=1700000000 +0000", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=init.defaultBranch", "GIT_CONFIG_VALUE_0=main"},
		fill: func(t *testing.T, dir string) {
			path, long := filepath.Join(dir, "a"), time.Unix(1_600_000_000, 0)
			write(t, path, "one\n")
			if err := os.Chtimes(path, long, long); err != nil { // git reads files again that are as new as its index
				t.Fatal(err)
			}
		}}
}

func pythonProgram(t *testing.T) *program {
	const script = `
import os, signal, socket, select, struct, time, fcntl, resource, mmap, subprocess, tempfile, stat
with open("data", "w") as f:
    f.write("hello\n" * 100); f.flush(); os.fsync(f.fileno())
os.rename("data", "data2"); os.link("data2", "data3"); os.symlink("data2", "link"); os.readlink("link"); os.stat("link"); os.lstat("link")
os.mkdir("d", 0o700); os.listdir("."); os.chmod("data2", 0o600); os.utime("data2", (1, 2)); os.truncate("data2", 10); os.unlink("data3"); os.rmdir("d")
os.access("data2", os.R_OK | os.W_OK); os.umask(0o22); os.mkfifo("fifo")
for name in ["missing", "x" * 300]:
    try: open(name)
    except OSError: pass
a, b = socket.socketpair(); a.send(b"ping"); b.recv(10); a.sendmsg([b"one", b"two"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", 0))]); b.recvmsg(100, 100)
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 0)); s.listen(5)
c = socket.socket(); c.connect(s.getsockname()); d, _ = s.accept(); c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
c.sendall(b"x" * 50); d.recv(100); c.shutdown(socket.SHUT_WR); d.recv(1); c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR); d.getpeername()
s6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s6.bind(("::1", 0)); s6.close()
u = socket.socket(socket.AF_UNIX); u.bind("sock"); u.listen(1); u2 = socket.socket(socket.AF_UNIX)
try: u2.connect("nosock")
except OSError: pass
u3 = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u3.bind(b"\0jail-test-%d" % 5)
select.select([a], [b], [], 1); p = select.poll(); p.register(b, select.POLLIN | select.POLLOUT); p.poll(10)
e = select.epoll(); e.register(b, select.EPOLLIN | select.EPOLLOUT); e.poll(1); e.unregister(b)
signal.signal(signal.SIGUSR1, lambda *_: None); os.kill(os.getpid(), signal.SIGUSR1); signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGINT])
signal.sigpending(); signal.setitimer(signal.ITIMER_REAL, 100); signal.alarm(0)
os.kill(os.getpid(), signal.SIGUSR2); signal.sigwaitinfo([signal.SIGUSR2])
fcntl.fcntl(a, fcntl.F_GETFL); fcntl.fcntl(a, fcntl.F_SETFD, fcntl.FD_CLOEXEC); fcntl.lockf(open("data2", "r+"), fcntl.LOCK_EX); fcntl.flock(open("data2"), fcntl.LOCK_SH | fcntl.LOCK_NB)
resource.getrlimit(resource.RLIMIT_NOFILE); resource.getrusage(resource.RUSAGE_SELF); os.getgroups(); os.getresuid(); os.getpriority(os.PRIO_PROCESS, 0)
m = mmap.mmap(-1, 8192); m[:2] = b"ab"; m.madvise(mmap.MADV_DONTNEED); m.close()
r, w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK); os.write(w, b"\0\1\2\x7f\xff\"\\\n9"); os.read(r, 100)
try: os.read(r, 1)
except OSError: pass
os.writev(w, [b"a", b"bc"]); os.readv(r, [bytearray(1), bytearray(10)]); os.dup2(r, 50); os.close(50)
fd = os.open("data2", os.O_RDWR | os.O_APPEND); os.pread(fd, 5, 2); os.pwrite(fd, b"zz", 0); os.lseek(fd, 0, os.SEEK_END); os.fdatasync(fd); os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED)
os.posix_fallocate(fd, 0, 100); os.sendfile(w, fd, 0, 10); os.copy_file_range(fd, os.open("copy", os.O_CREAT | os.O_WRONLY, 0o600), 5, 0); os.statvfs(".")
try: os.getxattr("data2", "user.none")
except OSError: pass
try: os.setxattr("data2", "user.a", b"v", os.XATTR_CREATE); os.getxattr("data2", "user.a"); os.listxattr("data2")
except OSError: pass
time.sleep(0.001); time.clock_getres(time.CLOCK_MONOTONIC); os.uname(); os.sched_getaffinity(0); os.times(); os.getrandom(8)
try: os.waitpid(-1, os.WNOHANG)
except OSError: pass
pid = os.fork()
if pid == 0: os._exit(7)
os.waitpid(pid, 0)
pid = os.fork()
if pid == 0: os.kill(os.getpid(), signal.SIGKILL)
os.waitid(os.P_PID, pid, os.WEXITED)
os.memfd_create("mem", os.MFD_CLOEXEC); os.eventfd(3, os.EFD_NONBLOCK); os.isatty(1)
subprocess.run(["/bin/true"]); subprocess.run(["/bin/sh", "-c", "exit 3"])
`
	return &program{name: "python", argv: []string{installed(t, "python3", "python3"), "-S", "-E", "-c", script},
		more: []string{"PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1"}}
}

func sqliteProgram(t *testing.T) *program {
	return &program{name: "sqlite", argv: []string{installed(t, "sqlite3", "sqlite3"), "-batch", "db",
		"create table t(a); insert into t values(1),(2); begin; update t set a=a+1; commit; pragma journal_mode=wal; insert into t values(9); select * from t;"}}
}

func curlProgram(t *testing.T) *program {
	curl := installed(t, "curl", "curl")
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		_, _ = w.Write(make([]byte, 100))
	}))
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return &program{name: "curl", argv: []string{curl, "-q", "-s", "-o", "out", s.URL + "/"}}
}

func gccProgram(t *testing.T) *program {
	return &program{name: "gcc", argv: []string{installed(t, "gcc", "gcc"), "-O1", "hello.c", "-o", "hello"},
		fill: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "hello.c"), "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n")
		}}
}

// compiled is a program of testdata.
func compiled(t *testing.T, name string) *program {
	t.Helper()
	cc := installed(t, "cc", "gcc")
	out := filepath.Join(t.TempDir(), name)
	if text, err := exec.Command(cc, "-O1", "-w", "-o", out, filepath.Join("testdata", name+".c")).CombinedOutput(); err != nil {
		t.Fatalf("%s.c: %v\n%s", name, err, text)
	}
	return &program{name: name, argv: []string{out}}
}
