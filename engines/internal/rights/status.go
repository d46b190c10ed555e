// What procfs says of a task's rights.

package rights

import (
	"fmt"
	"strconv"

	"jail/engines/internal/procfs"
)

// status is what is used of /proc/PID/status (proc_pid_status(5)).
type status struct {
	uid, gid [4]int // real, effective, saved, and that of file system checks; in our user namespace
	groups   string // supplementary, sorted by the kernel
	caps     uint64 // effective, in the task's user namespace
	umask    int
}

// statusOf reads the status of a task; "thread-self" is the calling thread.
func statusOf(task string) (status, error) {
	r := newReading()
	if err := procfs.Status(task, r.line); err != nil {
		return status{}, err
	}
	return r.whole()
}

// reading is a status that is being read.
type reading struct {
	status
	missing map[string]bool
}

func newReading() *reading {
	return &reading{missing: map[string]bool{"Umask": true, "Uid": true, "Gid": true, "Groups": true, "CapEff": true}}
}

func (r *reading) line(key, value string) error {
	delete(r.missing, key)
	return r.set(key, value)
}

// whole is the status. What is missing is an error, since the numbers that it would have here are root's.
func (r *reading) whole() (status, error) {
	for key := range r.missing {
		return status{}, fmt.Errorf("%s is missing", key)
	}
	return r.status, nil
}

func (s *status) set(key, value string) (err error) {
	switch key {
	case "Umask":
		var mask uint64
		mask, err = strconv.ParseUint(value, 8, 16)
		s.umask = int(mask)
	case "Uid":
		_, err = fmt.Sscan(value, &s.uid[0], &s.uid[1], &s.uid[2], &s.uid[3])
	case "Gid":
		_, err = fmt.Sscan(value, &s.gid[0], &s.gid[1], &s.gid[2], &s.gid[3])
	case "Groups":
		s.groups = value
	case "CapEff":
		s.caps, err = strconv.ParseUint(value, 16, 64)
	}
	return err
}
