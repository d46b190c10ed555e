// Which access rights a grant is made of.

//go:build linux

package landlock

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// Access rights by what they are for (landlock(7), "Filesystem actions").
const (
	reading = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	making  = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	removing = unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE
	writing  = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV |
		making | removing | unix.LANDLOCK_ACCESS_FS_REFER
	// The kernel asks for both when a file is executed: do_open_execat() opens it for reading.
	executing = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE

	// ofFiles are those that a rule about a file may have; all others are of folders.
	ofFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_READ_FILE |
		unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// known are the file rights of a version. ABI 4 and 6 have none of their own; 7 (Linux 6.15) is the last that is known here.
// LANDLOCK_ACCESS_FS_RESOLVE_UNIX of later ones is not handled: who may be connected to is a rule about the network.
func known(abi int) uint64 {
	rights := uint64(unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | reading | removing | making)
	if abi >= 2 {
		rights |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		rights |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 5 {
		rights |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	return rights
}

// Access is what r stands for on a kernel with that ABI, for a folder with all in it, or for a file.
func Access(r confine.Rights, abi int, folder bool) uint64 {
	var rights uint64
	if r&confine.Read != 0 {
		rights |= reading
	}
	if r&confine.Write != 0 {
		rights |= writing
	}
	if r&confine.Execute != 0 {
		rights |= executing
	}
	if !folder {
		rights &= ofFiles
	}
	return rights & known(abi)
}
