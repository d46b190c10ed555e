// What differs between two runs of one program is taken out of the lines: addresses, numbers of tasks, times, random names.

package decode

import (
	"regexp"
	"strconv"
	"strings"
)

// A rewrite takes something out of lines.
type rewrite struct {
	what *regexp.Regexp
	with string
}

var rewrites = []rewrite{
	{regexp.MustCompile(`0x[0-9a-f]{6,}`), "ADDR"},
	{regexp.MustCompile(`(tv_sec|tv_n?sec|tv_usec|st_[amc]time\w*|tms_\w+|ru_\w+|uptime|freeram|totalram|sharedram|bufferram|freeswap|procs|loads|f_bfree|f_bavail|f_ffree|si_utime|si_stime)=-?\d+`), "$1=N"},
	{regexp.MustCompile(`(si_utime|si_stime|tms_\w+)=N /\* -?[\d.]+ s \*/`), "$1=N"},
	{regexp.MustCompile(`si_pid=\d+`), "si_pid=N"},
	{regexp.MustCompile(`u64=\d{8,}`), "u64=N"},
	{regexp.MustCompile(`loads=\[[^\]]*\]`), "loads=[N]"},
	{regexp.MustCompile(`/\* \d{4}-\d\d-\d\dT[^*]* \*/`), "/* DATE */"},
	{regexp.MustCompile(`^(getrandom\()"[^"]*"`), `$1"RANDOM"`},
	{regexp.MustCompile(`^(times\(.* = )\d+`), "${1}N"},
	{regexp.MustCompile(`/\.git/t\w{6}"`), `/.git/tXXXXXX"`},
	{regexp.MustCompile(`^getppid\(\) = \d+`), "getppid() = N"},
	{regexp.MustCompile(`^(rt_sigreturn\(.*\)) = \d{4,}`), "$1 = N"},
	{regexp.MustCompile(`^((?:poll|epoll_wait)\(.*, )[1-9]\d*(\) = )`), "${1}TIMEOUT$2"},
	{regexp.MustCompile(`^getcpu\(\[\d+\]`), "getcpu([N]"},
	{regexp.MustCompile(`tmp_obj_\w{6}`), "tmp_obj_XXXXXX"},
	{regexp.MustCompile(`/tmp/cc\w{6}`), "/tmp/ccXXXXXX"},
	{regexp.MustCompile(`sin_port=htons\(\d{4,}\)`), "sin_port=htons(PORT)"},
}

// aboutTasks are calls whose numbers are those of tasks.
var aboutTasks = regexp.MustCompile(`^(getpid|getppid|gettid|getpgrp|getpgid|getsid|setsid|setpgid|clone3?|v?fork|wait4|waitid|kill|t?gkill|tkill|rt_\w+|getsockopt|set_tid_address|sched_\w+|prlimit64|fcntl|futex|ioctl)\(`)

var number = regexp.MustCompile(`\b\d+\b`)

// normal is a line as both runs would have it. names are the run's tasks.
func normal(line string, names map[int]string) string {
	if aboutTasks.MatchString(line) {
		line = number.ReplaceAllStringFunc(line, func(s string) string {
			tid, err := strconv.Atoi(s)
			if name, ok := names[tid]; err == nil && ok {
				return "TASK" + name
			}
			return s
		})
	}
	for _, r := range rewrites {
		line = r.what.ReplaceAllString(line, r.with)
	}
	return line
}

var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"(?:\.\.\.)?`)
	movesAny = regexp.MustCompile(`^(read|write|pread64|pwrite64|readv|writev|sendto|recvfrom|sendmsg|recvmsg)\(`)
)

// sameButData tells whether two lines move as much data, in the same way, and differ in nothing but what it is.
func sameButData(a, b string) bool {
	return movesAny.MatchString(a) && quoted.ReplaceAllString(a, `""`) == quoted.ReplaceAllString(b, `""`)
}

// callOf is the name of the call of a line.
func callOf(line string) string {
	name, _, _ := strings.Cut(line, "(")
	return name
}
