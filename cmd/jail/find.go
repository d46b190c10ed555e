// Finding the program, and the shell for scripts without #!, as execvp(3) does; a shell or env(1) would do no other.

package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// find is the path of a program: name itself if it has a slash, else the first executable file of this name in $PATH. Unlike
// exec.LookPath it finds what is in a relative folder of $PATH, and tells a file without permission (EACCES) from none
// (ENOENT); the path always has a slash.
func find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	dirs, ok := os.LookupEnv("PATH")
	if !ok {
		dirs = "/bin:/usr/bin" // execvp(3): what confstr(_CS_PATH) says
	}
	errno := unix.ENOENT
	for _, dir := range strings.Split(dirs, ":") {
		if dir == "" {
			dir = "."
		}
		path := dir + "/" + name
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

// shellScript tells whether execvp would hand a file to /bin/sh that the kernel does not know the format of (ENOEXEC): what
// has no #!. Unlike execvp it spares the shell a binary file.
func shellScript(path string) bool {
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
