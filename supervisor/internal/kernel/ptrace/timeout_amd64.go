// Time-outs of calls that only older architectures have.

package ptrace

import "golang.org/x/sys/unix"

func oldLimit(nr int64) (limit, bool) {
	switch nr {
	case unix.SYS_EPOLL_WAIT:
		return limit{millis, 3, 0}, true
	case unix.SYS_SELECT:
		return limit{timeval, 4, 0}, true
	}
	return limit{}, false
}
