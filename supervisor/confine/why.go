// Why the kernel gives no namespace.

package confine

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// WhyNoNamespace explains what unshare(2) or clone(2) answered: a clause, with what would help. user says that a user namespace
// was asked for, because CAP_SYS_ADMIN was missing. It reads /proc/sys.
func WhyNoNamespace(err error, user bool) string {
	switch {
	case !user && errors.Is(err, unix.EPERM):
		return "a filter or a security module refuses them to us although we have CAP_SYS_ADMIN"
	case errors.Is(err, unix.EINVAL):
		return "this kernel was built without them"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EUSERS):
		return "their number is used up, or the administrator allows none (sysctl user.max_user_namespaces and its like)"
	case sysctl("kernel/unprivileged_userns_clone") == "0":
		return "without CAP_SYS_ADMIN they take a user namespace, and those are turned off (sysctl kernel.unprivileged_userns_clone)"
	case sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "without CAP_SYS_ADMIN they take a user namespace, and AppArmor leaves those without rights (sysctl kernel.apparmor_restrict_unprivileged_userns)"
	case sysctl("user/max_user_namespaces") == "0":
		return "without CAP_SYS_ADMIN they take a user namespace, and none may be made (sysctl user.max_user_namespaces)"
	case errors.Is(err, unix.EPERM):
		return "without CAP_SYS_ADMIN they take a user namespace, and those are refused: by the filter of a container (Docker's does), or because we are in a chroot"
	}
	return "they are refused"
}

// sysctl reads one setting; "" where there is none.
func sysctl(name string) string {
	p, err := os.ReadFile("/proc/sys/" + name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(p))
}
