// Why strace and the decoder may say different things: each difference that is not in this table fails the test.

package decode

import (
	"regexp"
	"slices"
)

// A reason explains lines that only one side has.
type reason struct {
	line *regexp.Regexp
	side side
	why  string
	// alone: only where the other has no such call at that place, so that what is printed is compared wherever both make it.
	alone bool
}

// side is who says such a line.
type side uint8

const (
	either side = iota
	onlyStrace
)

var reasons = []reason{
	{line: regexp.MustCompile(`^execve\(.* = 0$`), side: onlyStrace, why: "the first program is in place before engines are"},
	{line: regexp.MustCompile(`^poll\(.*POLLIN`), alone: true, why: "how often a client waits for its server is a matter of timing"},
	{line: regexp.MustCompile(`^prctl\(PR_GET_NO_NEW_PRIVS`), side: either, why: "a jail takes the chance of new privileges from its programs"},
	{line: regexp.MustCompile(`^writev\(\d+, .*, 4294967295\) = -1 EINVAL`), side: either, why: "strace follows a vector that is too long for the kernel"},
	{line: regexp.MustCompile(`sin6_scope_id=(1|if_nametoindex\("lo"\))}`), side: either, why: "strace looks up the name of an interface, of its own network"},
	{line: regexp.MustCompile(`^getpeername\(.*sa_data="[^"]*"}, \[4 => 16\]`), side: either, why: "the port that the kernel chose"},
	{line: regexp.MustCompile(`^setsockopt\(\d+, SOL_SOCKET, SO_RCVTIMEO_OLD, `), side: either, why: "this strace shows the bytes of a struct timeval"},
	{line: regexp.MustCompile(`^setsockopt\(\d+, SOL_TCP, TCP_CONGESTION, `), side: either, why: "strace takes four letters of a name for an int"},
	{line: regexp.MustCompile(`^sched_setscheduler\(-1, `), side: either, why: "strace does not know SCHED_RESET_ON_FORK here"},
	{line: regexp.MustCompile(`^memfd_create\(.*, (0x30 |MFD_EXEC)`), side: either, why: "Linux 6.3 has flags that this strace does not know"},
	{line: regexp.MustCompile(`^fcntl\(\d+, (F_GET_RW_HINT|0x40b )`), side: either, why: "a command that this strace does not know"},
	{line: regexp.MustCompile(`^landlock_create_ruleset\(.*, 16, 0\)`), why: "Linux 6.7 has fields that this strace does not know"},
	{line: regexp.MustCompile(`^(quotactl|kcmp|reboot|syslog|keyctl|finit_module|ioprio_[gs]et|sched_[gs]etattr|semop|semctl|msgsnd|msgrcv|add_key|ptrace|kexec_load)\(`), why: "of no group that is decoded in full: numbers and addresses"},
	{line: regexp.MustCompile(`^seccomp\(SECCOMP_GET_`), why: "of no group that is decoded in full: numbers and addresses"},
	{line: regexp.MustCompile(`^restart_syscall\(`), why: "strace says which call is resumed"},
}

// reasonFor is why a line is only on its side; others are the other's lines at the same place.
func reasonFor(line string, inJail bool, others []string) string {
	same := func(other string) bool { return callOf(other) == callOf(line) }
	for _, r := range reasons {
		if r.side == onlyStrace && inJail || r.alone && slices.ContainsFunc(others, same) {
			continue
		}
		if r.line.MatchString(line) {
			return r.why
		}
	}
	return ""
}
