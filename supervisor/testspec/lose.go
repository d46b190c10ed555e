// What a loss of power may take with it: what was written and not synced.

package testspec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"jail/engines/trace"
)

// losing are the calls that have to be told of.
func losing() []string {
	return []string{"write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile", "truncate",
		"ftruncate", "fallocate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync", "fdatasync", "sync", "syncfs"}
}

// A losses knows of each file of a folder what a loss of power would take. The jail's thread tells it of calls.
type losses struct {
	dir   string
	files map[string]*unsynced // by absolute path
}

// unsynced is what is known of one file: how big it was when it was last synced, or, if it never was, when the run began.
type unsynced struct {
	size  int64
	dirty bool // it was written to since
}

// newLosses looks at a folder before its run.
func newLosses(dir string) (*losses, error) {
	l := &losses{dir, make(map[string]*unsynced)}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			l.files[path] = &unsynced{size: sizeOf(path)}
		}
		return err
	})
	return l, err
}

// sizeOf is a regular file's size; 0 if there is none.
func sizeOf(path string) int64 {
	if st, err := os.Lstat(path); err == nil && st.Mode().IsRegular() {
		return st.Size()
	}
	return 0
}

// file is what is known of a file of the folder; nothing is kept about others.
func (l *losses) file(path string) *unsynced {
	if !strings.HasPrefix(path, l.dir+"/") {
		return new(unsynced)
	}
	if l.files[path] == nil {
		l.files[path] = new(unsynced)
	}
	return l.files[path]
}

// see takes note of a call that has ended, while its task waits, so that files are as it left them.
func (l *losses) see(ev *trace.Event) {
	if ev.Kind != trace.KindSyscall || !ev.Returned() {
		return
	}
	list := trace.Files(ev.Call)
	if len(list) == 0 && ev.Call.Name != "sync" {
		return
	}
	switch ev.Call.Name {
	case "rename", "renameat", "renameat2":
		if len(list) == 2 {
			l.files[list[1]] = l.file(list[0])
			delete(l.files, list[0])
		}
	case "unlink", "unlinkat":
		delete(l.files, list[0])
	case "fsync", "fdatasync":
		*l.file(list[0]) = unsynced{size: sizeOf(list[0])}
	case "sync", "syncfs":
		for path, f := range l.files {
			*f = unsynced{size: sizeOf(path)}
		}
	case "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "truncate", "fallocate":
		l.file(list[0]).dirty = true
	case "copy_file_range", "sendfile":
		for _, path := range list { // one of them
			l.file(path).dirty = true
		}
	}
}

// lose cuts each file of the folder that was written to after it was last synced down to the size that it had then, as a file system
// may leave it that brings names to the disk before data. It is one of the states that a loss of power may leave, not all of
// them: data that was overwritten in place stays, and so do names. What is written through memory maps, by io_uring, or to files
// that were opened with O_SYNC is not known.
func (l *losses) lose() error {
	for path, f := range l.files {
		if !f.dirty || sizeOf(path) <= f.size {
			continue
		}
		if err := os.Truncate(path, f.size); err != nil {
			return fmt.Errorf("what was not synced can't be taken away: %w", err)
		}
	}
	return nil
}
