// What procfs says of a task's rights.

package rights

import (
	"fmt"
	"os"
	"strconv"
	"strings"
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
	text, err := os.ReadFile("/proc/" + task + "/status")
	if err != nil {
		return status{}, err
	}
	s, err := parseStatus(string(text))
	if err != nil {
		return s, fmt.Errorf("/proc/%s/status: %w", task, err)
	}
	return s, nil
}

// parseStatus reads the text. The name of the task, on the first line, has its newlines escaped: programs add no lines. What is
// missing is an error, since the numbers that it would have here are root's.
func parseStatus(text string) (s status, bad error) {
	missing := map[string]bool{"Umask": true, "Uid": true, "Gid": true, "Groups": true, "CapEff": true}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if err := s.set(key, strings.TrimSpace(value)); err != nil {
			bad = fmt.Errorf("%s: %w", key, err)
		}
		delete(missing, key)
	}
	for key := range missing {
		bad = fmt.Errorf("%s is missing", key)
	}
	return s, bad
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
