// The calls of x86-64 that take paths without descriptors.

package integration

import "golang.org/x/sys/unix"

// oldPaths is as gatedPaths.
var oldPaths = map[int64][][2]int{
	unix.SYS_OPEN: {{-1, 0}}, unix.SYS_LINK: {{-1, 0}, {-1, 1}}, unix.SYS_RENAME: {{-1, 0}, {-1, 1}}, unix.SYS_MKDIR: {{-1, 0}},
	unix.SYS_SYMLINK: {{-1, 1}}, unix.SYS_UNLINK: {{-1, 0}}, unix.SYS_CHMOD: {{-1, 0}},
}
