// A cgroup of a jail's own: made, bounded, killed, removed.

//go:build linux

package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Group is a cgroup that was made for one jail.
type Group struct {
	Path string // its folder
	put  func(name, value string) error
}

// New makes a cgroup in which all processes together have at most memory bytes and that many tasks; zero is no bound. It lies
// beside our own, or below where that is allowed, and is removed by Remove.
//
// ErrVersion1, ErrNoHierarchy and ErrNotDelegated say why there is none. Any goroutine; it does not block.
func New(memory, tasks uint64) (*Group, error) { return makeGroup("/proc/self", memory, tasks, put) }

// Delegated tells whether New would succeed with both bounds, by making a group and removing it.
func Delegated() error {
	g, err := New(1<<40, 1<<20)
	if err != nil {
		return err
	}
	return g.Remove()
}

// makeGroup is New with the folder of /proc to look in, and what writes a control file.
func makeGroup(proc string, memory, tasks uint64, put func(name, value string) error) (*Group, error) {
	p, err := find(proc)
	if err != nil {
		return nil, err
	}
	var need []string
	if memory > 0 {
		need = append(need, "memory")
	}
	if tasks > 0 {
		need = append(need, "pids")
	}
	for _, c := range need {
		if slices.Contains(p.v1, c) {
			return nil, fmt.Errorf("%w (%s), whose limits can't be given to a user's own cgroups", ErrVersion1, c)
		}
	}
	// A cgroup with processes in it can't hand controllers down ("No Internal Process Constraint"), and ours has us in it, unless
	// it is the root; so its parent is the more likely one.
	var failed []error
	for _, parent := range []string{p.own, filepath.Dir(p.own)} {
		if !within(parent, p.mount) {
			continue
		}
		g, err := in(parent, need, put)
		if err == nil {
			err = g.bound(memory, tasks)
		}
		if err == nil {
			return g, nil
		}
		failed = append(failed, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNotDelegated, errors.Join(failed...))
}

func within(folder, root string) bool {
	return folder == root || strings.HasPrefix(folder, root+"/")
}

// in makes the folder, with the controllers that are needed.
func in(parent string, need []string, put func(name, value string) error) (*Group, error) {
	control := parent + "/cgroup.subtree_control"
	enabled, err := words(control)
	if err != nil {
		return nil, err
	}
	for _, c := range need {
		if slices.Contains(enabled, c) {
			continue
		}
		if err := put(control, "+"+c); err != nil {
			return nil, fmt.Errorf("handing the controller %s down: %w", c, err)
		}
	}
	// Joining takes the right to write there, and in the common ancestor of the old and the new place.
	if err := unix.Access(parent+"/cgroup.procs", unix.W_OK); err != nil {
		return nil, &fs.PathError{Op: "write", Path: parent + "/cgroup.procs", Err: err}
	}
	path, err := os.MkdirTemp(parent, "jail-")
	if err != nil {
		return nil, err
	}
	return &Group{path, put}, nil
}

// bound writes the limits. Failing, it removes the group.
func (g *Group) bound(memory, tasks uint64) error {
	var err error
	if memory > 0 {
		err = g.write("memory.max", memory)
		// Without this the kernel swaps what is too much instead of refusing it. There is none without swap.
		if e := g.write("memory.swap.max", 0); err == nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
		// One process killed for memory would leave a tree that does not know what is missing.
		if e := g.write("memory.oom.group", 1); err == nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
	}
	if tasks > 0 && err == nil {
		err = g.write("pids.max", tasks)
	}
	if err != nil {
		return errors.Join(err, os.Remove(g.Path))
	}
	return nil
}

func (g *Group) write(name string, v uint64) error {
	return g.put(g.Path+"/"+name, strconv.FormatUint(v, 10))
}

// put writes a control file. It must not ask for one to be made, as os.WriteFile does: the hierarchy answers that with EACCES,
// and what a kernel lacks would look like something that is forbidden.
func put(name, value string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// Event reads one counter of one of the files *.events: ("memory.events", "oom_kill") how often a process was killed for
// memory (with memory.oom.group the one that asked for too much may be counted twice: seen on Linux 6.1), ("pids.events", "max") how many tasks were refused. 0 where there is no such thing.
func (g *Group) Event(file, key string) uint64 {
	list, _ := words(g.Path + "/" + file)
	for i := 0; i+1 < len(list); i += 2 {
		if list[i] == key {
			n, _ := strconv.ParseUint(list[i+1], 10, 64)
			return n
		}
	}
	return 0
}

// emptied is how long Remove waits for killed processes to be gone.
const emptied = 5 * time.Second

// Remove kills what is left (cgroup.kill, Linux 5.14), waits until it is gone, at most some seconds, and removes the cgroup.
func (g *Group) Remove() error {
	err := os.Remove(g.Path)
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	if err := g.write("cgroup.kill", 1); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	events, err := os.Open(g.Path + "/cgroup.events")
	if err != nil {
		return err
	}
	defer events.Close()
	for deadline := time.Now().Add(emptied); ; {
		// Reading arms the next poll (cgroups(7), "populated"). A group that has none left may still be busy for a moment.
		if _, err := events.Seek(0, 0); err != nil {
			return err
		}
		var buf [256]byte
		if _, err := events.Read(buf[:]); err != nil {
			return err
		}
		err := os.Remove(g.Path)
		left := time.Until(deadline)
		if !errors.Is(err, unix.EBUSY) || left <= 0 {
			return err
		}
		poll := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(poll, int(left.Milliseconds())+1); err != nil && err != unix.EINTR {
			return err
		}
	}
}
