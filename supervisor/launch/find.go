// Finding the program, and the shell for scripts without #!, as execvp(3) does; a shell or env(1) would do no other.

package launch

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Find is the path of a program that is started in dir ("": the caller's) with environ: name itself if it has a slash, else the
// first executable file of this name in $PATH. Unlike exec.LookPath it finds what is in a relative folder of $PATH, and tells a
// file without permission (EACCES) from none (ENOENT); the path always has a slash, and is relative only if dir is "". Errors are
// *fs.PathError. It looks at files; any goroutine.
func Find(name, dir string, environ []string) (string, error) {
	if strings.Contains(name, "/") {
		return in(dir, name), nil
	}
	dirs, ok := getenv(environ, "PATH")
	if !ok {
		dirs = "/bin:/usr/bin" // execvp(3): what confstr(_CS_PATH) says
	}
	errno := unix.ENOENT
	for _, folder := range strings.Split(dirs, ":") {
		if folder == "" {
			folder = "."
		}
		path := in(dir, folder+"/"+name)
		st, err := os.Stat(path)
		if name == "" || err != nil || st.IsDir() {
			continue
		}
		if unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) == nil {
			return path, nil
		}
		errno = unix.EACCES
	}
	return "", &fs.PathError{Op: "exec", Path: name, Err: errno}
}

// in is a path as somebody in dir means it.
func in(dir, path string) string {
	if dir == "" || strings.HasPrefix(path, "/") {
		return path
	}
	return dir + "/" + path
}

// getenv is a variable of an environment; of several of one name the first, as getenv(3) has it.
func getenv(environ []string, name string) (string, bool) {
	for _, v := range environ {
		if n, value, ok := strings.Cut(v, "="); ok && n == name {
			return value, true
		}
	}
	return "", false
}

// ShellScript tells whether execvp would hand a file to /bin/sh that the kernel does not know the format of (ENOEXEC): what
// has no #!. Unlike execvp it spares the shell a binary file. Any goroutine.
func ShellScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false
	}
	return !bytes.Contains(head[:n], []byte{0}) && !bytes.HasPrefix(head[:n], []byte("\x7fELF"))
}
