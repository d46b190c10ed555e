// Why strace and the decoder may say different things: each difference that is not in this table fails the test.

package decode

import "regexp"

// A reason explains lines that only one side has.
type reason struct {
	line *regexp.Regexp
	side side
	why  string
}

// side is who says such a line.
type side uint8

const (
	either side = iota
	onlyStrace
	onlyJail
)

var reasons = []reason{
	{regexp.MustCompile(`^execve\(.* = 0$`), onlyStrace, "the first program is in place before engines are"},
	{regexp.MustCompile(`^prctl\(PR_GET_NO_NEW_PRIVS`), either, "a jail takes the chance of new privileges from its programs"},
	{regexp.MustCompile(`^writev\(\d+, .*, 4294967295\) = -1 EINVAL`), either, "strace follows a vector that is too long for the kernel"},
	{regexp.MustCompile(`sin6_scope_id=(1|if_nametoindex\("lo"\))}`), either, "strace looks up the name of an interface, of its own network"},
	{regexp.MustCompile(`^getpeername\(.*sa_data="[^"]*"}, \[4 => 16\]`), either, "the port that the kernel chose"},
	{regexp.MustCompile(`^setsockopt\(\d+, SOL_SOCKET, SO_RCVTIMEO_OLD, `), either, "this strace shows the bytes of a struct timeval"},
	{regexp.MustCompile(`^setsockopt\(\d+, SOL_TCP, TCP_CONGESTION, `), either, "strace takes four letters of a name for an int"},
	{regexp.MustCompile(`^sched_setscheduler\(-1, `), either, "strace does not know SCHED_RESET_ON_FORK here"},
	{regexp.MustCompile(`^memfd_create\(.*, (0x30 |MFD_EXEC)`), either, "Linux 6.3 has flags that this strace does not know"},
	{regexp.MustCompile(`^fcntl\(\d+, (F_GET_RW_HINT|0x40b )`), either, "a command that this strace does not know"},
}

func reasonFor(line string, inJail bool) string {
	for _, r := range reasons {
		if r.side == onlyStrace && inJail || r.side == onlyJail && !inJail {
			continue
		}
		if r.line.MatchString(line) {
			return r.why
		}
	}
	return ""
}
