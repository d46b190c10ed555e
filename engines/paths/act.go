// Calls that make, remove and rename: jail makes them itself, in the folder that was decided about.
//
// None of these calls can be kept from following a link that somebody puts in the place of a folder. So the folder is opened, its name is
// decided about together with the last name, and the call is made on the descriptor. It is made with the program's rights, its umask, and
// in the jail's Landlock domain. All such calls of a jail are made here, one after the other, so that nobody inside moves a folder in between.

package paths

import (
	"errors"
	"math"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/engines/internal/rights"
	"jail/engines/internal/walk"
	"jail/supervisor/utrace"
)

// end is one path of a call: a folder, and a name in it.
type end struct {
	dirfd  int32
	path   string
	follow bool // it is the file that the whole path leads to, over a link at its end too
	open   bool // it is what the descriptor dirfd is open on: there is no path

	w    *walk.Walker
	dir  int    // the folder, O_PATH; -1 with follow
	file int    // the file, O_PATH; -1 without follow
	last string // as the program says it, with the slashes at its end; or . or ..
	name string // of the whole; "": there is nothing that could be made or removed
}

// split cuts the last name off.
func (e *end) split() (folder string) {
	bare := strings.TrimRight(e.path, "/")
	if bare == "" {
		e.last = "."
		return "/"
	}
	i := strings.LastIndexByte(bare, '/')
	e.last = e.path[i+1:]
	switch {
	case i < 0:
		return "."
	case i == 0:
		return "/"
	}
	return bare[:i]
}

// begin opens where the path begins, with the supervisor's rights: procfs may be closed to the program's.
func (e *end) begin(id utrace.TaskID) (err error) {
	if e.open {
		return e.beginOpen(id)
	}
	if e.path == "" {
		return unix.ENOENT
	}
	if e.w, err = walk.New(id.TID, id.TGID); err != nil {
		return err
	}
	if e.path[0] == '/' {
		return nil
	}
	return e.w.PinAt(e.dirfd)
}

// find opens the folder, with the rights of the calling thread.
func (e *end) find() (err error) {
	if e.open {
		return nil
	}
	if e.follow {
		return e.findFile()
	}
	folder := e.split()
	if e.dir, err = e.w.Open(unix.AT_FDCWD, folder, true); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(e.dir, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return orNotFolder(err)
	}
	bare := strings.TrimRight(e.last, "/")
	if bare == "." || bare == ".." {
		return nil // the kernel makes and removes nothing by such a name
	}
	above := e.w.Name(e.dir)
	if above == "" {
		return unix.ENOENT // the folder was removed
	}
	if !leads(e.w, above, e.dir) {
		return errElsewhere
	}
	e.name = path.Join(above, bare)
	return nil
}

// errElsewhere says that a file is not where its name leads to: it lies in another mount namespace, or has been put elsewhere just now.
var errElsewhere = errors.New("no name leads to it")

// findFile opens the file itself. One that was removed, or never had a name, is under no rule.
func (e *end) findFile() (err error) {
	if e.file, err = e.w.Open(unix.AT_FDCWD, e.path, true); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(e.file, &st); err != nil || endsInFolder(e.path) && st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return orNotFolder(err)
	}
	e.name = e.w.Name(e.file)
	if e.name == "" && st.Nlink == 0 || e.name != "" && leads(e.w, e.name, e.file) {
		return nil
	}
	return errElsewhere
}

func orNotFolder(err error) error {
	if err == nil {
		return unix.ENOTDIR
	}
	return err
}

// isFolder tells whether a folder is there now.
func (e *end) isFolder() bool {
	var st unix.Stat_t
	err := unix.Fstatat(e.dir, strings.TrimRight(e.last, "/"), &st, unix.AT_SYMLINK_NOFOLLOW)
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func (e *end) close() {
	if e.w != nil {
		e.w.Close()
	}
	for _, fd := range []int{e.dir, e.file} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// action is a call that jail makes.
type action struct {
	verb string // for sentences: "removal"
	ends []*end
	call func(ends []*end) error // on the folders
	// moves says that the first end becomes the second one, both that they are exchanged.
	moves, both bool
	umask       bool
	adjusts     bool // metadata alone
}

// refusal is the error of an action that a rule does not let happen.
type refusal struct {
	by    *rule
	name  string
	what  string
	moved bool
}

func (r *refusal) Error() string { return r.what }

// do makes it, and answers its result.
func (r *request) do(a *action) utrace.EntryVerdict {
	if r.e.domain == nil {
		return r.deny(r.e.rules.any(), a.verb+" of "+reason.Path(a.ends[0].path)+", for which jail was given no bounds", "", change)
	}
	defer func() {
		for _, e := range a.ends {
			e.close()
		}
	}()
	for _, e := range a.ends {
		e.dir, e.file = -1, -1
	}
	for _, e := range a.ends {
		if err := e.begin(r.s.ID()); err != nil {
			return r.failed(a.verb, err)
		}
	}
	err := rights.Alone(r.s.ID().TID, func(umask int) error { return r.e.perform(a, umask) })
	var no *refusal
	var errno unix.Errno
	switch {
	case errors.As(err, &no) && no.moved:
		return r.denyMove(no)
	case errors.As(err, &no):
		return r.deny(no.by, no.what, no.name, change)
	case err == nil || !errors.Is(err, rights.ErrRights) && errors.As(err, &errno):
		return r.made(-int64(errno))
	}
	return r.deny(r.e.rules.any(), a.verb+" of "+reason.Path(a.ends[0].path)+" ("+err.Error()+")", "", change)
}

// perform is on a thread of its own, which has the program's rights.
func (e *Engine) perform(a *action, umask int) error {
	for _, at := range a.ends {
		if err := at.find(); err != nil {
			return err
		}
	}
	if no := e.judge(a); no != nil {
		return no
	}
	if err := e.domain.Enter(); err != nil {
		return errors.Join(rights.ErrRights, err)
	}
	if a.umask {
		// The mask belongs to all threads but to those that have parted with them; where that is refused, as in containers, it
		// is for all for a moment.
		if unix.Unshare(unix.CLONE_FS) != nil {
			old := unix.Umask(umask)
			defer unix.Umask(old)
		} else {
			unix.Umask(umask)
		}
	}
	return a.call(a.ends)
}

// judge is what the rules say.
func (e *Engine) judge(a *action) *refusal {
	access := change
	if a.adjusts {
		access = adjust
	}
	for _, at := range a.ends {
		if at.name == "" {
			continue
		}
		if by := e.rules.refuses(at.name, access); by != nil {
			return &refusal{by: by, name: at.name, what: what(a.verb, at.path, at.name)}
		}
	}
	if !a.moves || a.ends[0].name == "" || a.ends[1].name == "" {
		return nil
	}
	from, to := a.ends[0], a.ends[1]
	if !from.isFolder() && !(a.both && to.isFolder()) {
		return nil
	}
	if by := e.rules.moved(from.name, to.name); by != nil {
		return &refusal{by: by, moved: true, what: "rename of " + reason.Path(from.path) + " to " + reason.Path(to.path) + ", where other rules hold for what is in it"}
	}
	return nil
}

// denyMove answers as for another file system: who wants a folder elsewhere copies it then, file by file.
func (r *request) denyMove(no *refusal) utrace.EntryVerdict {
	info := reason.Rule(r.e.infos, no.by.index)
	return r.ev.Abort(unix.EXDEV, utrace.Why{What: no.what, Rule: info.Origin + "  " + info.Text, Quiet: !info.Report})
}

// made tells the program the result of a call that jail made.
func (r *request) made(result int64) utrace.EntryVerdict {
	if r.name == "bind" {
		return r.bound(result)
	}
	r.e.done[r.s.ID().Serial] = result
	return r.ev.Rewrite(idle(r.name, r.call), utrace.Why{What: r.name + ", made by jail", Quiet: true})
}

// idle is a call that fails, as the kernel makes it: with a descriptor and a pointer that there can't be, EBADF or EFAULT. (0 would be standard
// input.) What else the filter has looked at, and looks at again, stays.
func idle(name string, c utrace.Call) utrace.Call {
	c.Args[0] = math.MaxUint64
	if strings.HasSuffix(name, "at") || strings.HasSuffix(name, "at2") {
		c.Args[1] = math.MaxUint64
	}
	return c
}
