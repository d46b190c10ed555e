// What a Landlock version lacks of a domain.

package confine

import "golang.org/x/sys/unix"

// A Gap is something that a domain asks for and a Landlock version can't hold.
type Gap struct {
	What   string // a clause: "truncate(2) changes files that are granted for reading only"
	ABI    int    // the first Landlock ABI that closes it
	Kernel string // the first Linux with that
	Closed bool   // no hole: more is refused than was asked for
}

// LandlockABI is the version of this kernel's Landlock (landlock_create_ruleset(2)); 0 with the reason when there is none:
// ENOSYS, not built in; EOPNOTSUPP, turned off at boot; EPERM, refused by a filter. It does not block.
func LandlockABI() (int, error) {
	v, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(v), nil
}

// Any tells whether there is a domain to be made at all.
func (d Domain) Any() bool { return d.Files || d.ConnectTCP || d.BindTCP || d.Seal }

// Gaps lists what of d a Landlock of that version can't hold (landlock(7), "Compatibility"). ABI 0 is no Landlock.
func (d Domain) Gaps(abi int) []Gap {
	var gaps []Gap
	missing := func(since int, kernel, what string) {
		if abi < since {
			gaps = append(gaps, Gap{What: what, ABI: since, Kernel: kernel})
		}
	}
	if d.Files {
		missing(1, "5.13", "files that are not granted can be used")
		if abi == 1 {
			gaps = append(gaps, Gap{What: "files can't be linked or renamed into another folder, whatever is granted", ABI: 2, Kernel: "5.19", Closed: true})
		}
		if abi > 0 {
			missing(3, "6.2", "truncate(2) empties files that are granted for reading only")
			missing(5, "6.10", "devices that are granted for reading only obey ioctl(2)")
		}
	}
	if d.ConnectTCP {
		missing(4, "6.7", "TCP connections are made to ports that are not granted")
	}
	if d.BindTCP {
		missing(4, "6.7", "TCP ports are bound that are not granted")
	}
	if d.Seal {
		missing(6, "6.12", "signals and connections to abstract sockets leave the jail")
	}
	return gaps
}
