// Checksums of files, and when one that was taken before still holds.

package exec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mostSummed = 256 << 20 // bytes of a file that is read: some tenths of a second, in which the jail stands
	mostSums   = 4096      // files that are remembered
	settled    = 3 * time.Second
)

// Errors of sum.
var (
	errNotLocal  = errors.New("its file system may answer other bytes each time")
	errTooLarge  = fmt.Errorf("it has more than %d MiB", mostSummed>>20)
	errNoRegular = errors.New("it is no regular file")
)

// content is what a file was when it was read.
type content struct {
	id        identity
	size      uint64
	changed   int64 // seconds of its ctime
	changedNs uint32
}

// sums remembers checksums. Only those are kept that were taken while nobody could write to the file: a writer that has a page
// of a shared mapping made dirty already changes it with no new ctime.
type sums struct {
	known map[content]string
	now   func() time.Time
}

func newSums() *sums { return &sums{known: make(map[content]string), now: time.Now} }

// sum is the SHA-256 of a file in lower-case hexadecimal. denied: it is mapped as a program's, so that the kernel lets
// nobody write to it until that program ends (ETXTBSY, open(2)). It blocks for as long as reading takes.
func (s *sums) sum(path string, denied bool) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return "", err
	}
	if !local(int64(fs.Type)) {
		return "", errNotLocal
	}
	st, err := statx(fd, "")
	if err != nil {
		return "", err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return "", errNoRegular
	case st.Size > mostSummed:
		return "", errTooLarge
	}
	key := content{identityOf(&st), st.Size, st.Ctime.Sec, st.Ctime.Nsec}
	if sum, ok := s.known[key]; ok {
		return sum, nil
	}
	began := s.now()
	hash := sha256.New()
	if n, err := io.Copy(hash, io.LimitReader(f, mostSummed+1)); err != nil {
		return "", err
	} else if n > mostSummed {
		return "", errTooLarge
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	if denied && key.id.proves() && stamps(int64(fs.Type)) && began.Sub(time.Unix(key.changed, int64(key.changedNs))) > settled {
		s.keep(key, sum)
	}
	return sum, nil
}

func (s *sums) keep(key content, sum string) {
	if len(s.known) >= mostSums {
		clear(s.known)
	}
	s.known[key] = sum
}

// Numbers of file systems that golang.org/x/sys/unix does not have (statfs(2), linux/magic.h, fs/zfs).
const (
	zfsMagic  = 0x2fc12fc1
	vfatMagic = 0x4d44
)

// stamps tells whether a file system gives a file a new ctime when it is written to through a mapping too, after each time that
// nobody could. tmpfs does not: a page that was read first is written without a fault (mm/shmem.c has no page_mkwrite). overlayfs
// may lie upon tmpfs.
func stamps(fs int64) bool {
	switch fs {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC:
		return true
	}
	return false
}

// local tells whether what is read of a file twice is the same if nobody writes to it: a server at the other end, of FUSE for
// one, could answer the supervisor and the program differently. What is not known is not taken.
func local(fs int64) bool {
	switch fs {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, unix.SQUASHFS_MAGIC, unix.EROFS_SUPER_MAGIC_V1, unix.F2FS_SUPER_MAGIC,
		unix.ISOFS_SUPER_MAGIC, zfsMagic, vfatMagic:
		return true
	}
	return stamps(fs)
}
