// Walking the path of a program as the task that runs it would.

package exec

import "jail/engines/internal/walk"

// walker resolves the paths of one exec.
type walker struct{ *walk.Walker }

// newWalker opens what the walks of one exec need; close it.
func newWalker(tid, tgid int) (*walker, error) {
	w, err := walk.New(tid, tgid)
	if err != nil {
		return nil, err
	}
	return &walker{w}, nil
}

func (w *walker) close() { w.Close() }

// from opens what a relative path begins at.
func (w *walker) from(dirfd int32) (int, error) { return w.From(dirfd) }

// open follows a path and returns a descriptor of the file that it leads to.
func (w *walker) open(dirfd int32, path string, follow bool) (int, error) {
	return w.Open(dirfd, path, follow)
}
