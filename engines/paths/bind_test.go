// Sockets by path: a name that is made like any other, and is told as the program said it.

package paths

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// binds has the engine decide about a bind of a new socket: its name after that, or the error, or "the kernel" if it is to make the call.
func binds(t *testing.T, e *Engine, text string) string {
	t.Helper()
	sock, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(sock)
	j := told(t, e)
	raw := append([]byte{unix.AF_UNIX, 0}, text...)
	if !strings.HasPrefix(text, "\x00") && text != "" && len(text) < mostSunPath {
		raw = append(raw, 0)
	}
	j.M.Map(at, raw)
	out := j.Call(j.First, enginetest.Call("bind", uint64(sock), at, uint64(len(raw))))
	if out.Result != 0 {
		return unix.ErrnoName(unix.Errno(-out.Result))
	}
	serial := j.First.ID().Serial
	result, made := e.done[serial]
	delete(e.done, serial)
	switch {
	case out.Strict != utrace.Rewritten || !made:
		return "the kernel"
	case int32(uint32(out.Call.Args[0])) != -1:
		t.Errorf("%q: the kernel would make it again: %+v", text, out.Call)
	case result != 0:
		return unix.ErrnoName(unix.Errno(-result))
	}
	name, err := unix.Getsockname(sock)
	if err != nil {
		t.Fatal(err)
	}
	return name.(*unix.SockaddrUnix).Name
}

func TestBinds(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	long := strings.Repeat("x", 80)
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{"a/s1", "a/s1"}, {dir + "/a/s2", dir + "/a/s2"}, {"alias/s3", "alias/s3"}, {"s4", "s4"}, {"@s5", "./@s5"}, {"a/s1", "EADDRINUSE"}, {"a/s.key", "EACCES"},
		{"alias/s.key", "EACCES"}, {"a/kept/s", "EROFS"}, {"a/../a/kept/s", "EROFS"}, {"a/id.key/s", "ENOTDIR"}, {"none/s", "ENOENT"}, {"link", "EADDRINUSE"}, {".", "EADDRINUSE"},
		{"\x00name", "the kernel"}, {"", "the kernel"}, {strings.Repeat("y", 200), "EINVAL"}, {strings.Repeat("y", mostSunPath+1), "the kernel"}, {long + "/s", long + "/s"},
	} {
		if got := binds(t, e, c[0]); got != c[1] {
			t.Errorf("bind to %q: %q, want %q", c[0], got, c[1])
		}
	}
	for path, text := range map[string]string{"/proc/self/cwd/a/s6": "/s6", "a/../a/s7": "/s7"} { // it leads elsewhere for jail, or may
		if got := binds(t, e, path); !strings.HasPrefix(got, "/proc/thread-self/fd/") || !strings.HasSuffix(got, text) {
			t.Errorf("bind to %q: %q", path, got)
		}
	}
	for _, name := range []string{"a/s1", "a/s2", "a/s3", "s4", "@s5", "a/s6", "a/s7", long + "/s"} {
		if st, err := os.Lstat(name); err != nil || st.Mode()&os.ModeSocket == 0 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
}
