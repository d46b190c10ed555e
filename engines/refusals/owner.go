// Modes and owners: what the kernel looks at before it asks a domain (inode(7), "The file type and mode"; path_resolution(7)).

package refusals

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// owner is a task, as the permissions of files see it. Access control lists are not looked at.
type owner struct {
	uid, gid uint32
	groups   []uint32
	caps     uint64
}

// ownerOf reads it (proc_pid_status(5)). What can't be read is nobody with no rights.
func ownerOf(tid int) owner {
	o := owner{uid: ^uint32(0), gid: ^uint32(0)}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/status")
	if err != nil {
		return o
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		words := strings.Fields(value)
		switch {
		case name == "Uid" && len(words) == 4: // the last is that of the file system
			o.uid = number(words[3])
		case name == "Gid" && len(words) == 4:
			o.gid = number(words[3])
		case name == "Groups":
			for _, w := range words {
				o.groups = append(o.groups, number(w))
			}
		case name == "CapEff" && len(words) == 1:
			o.caps, _ = strconv.ParseUint(words[0], 16, 64)
		}
	}
	return o
}

func number(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return ^uint32(0)
	}
	return uint32(n)
}

// Bits of a mode, for one of owner, group and others.
const (
	modeRead    = 4
	modeWrite   = 2
	modeExecute = 1
)

// allowed are the bits that the mode gives the task, with the capabilities that override it (capabilities(7)).
func (o *owner) allowed(st *unix.Stat_t) uint32 {
	bits := st.Mode & 7
	switch {
	case st.Uid == o.uid:
		bits = st.Mode >> 6 & 7
	case st.Gid == o.gid || slices.Contains(o.groups, st.Gid):
		bits = st.Mode >> 3 & 7
	}
	folder := st.Mode&unix.S_IFMT == unix.S_IFDIR
	if o.caps&(1<<unix.CAP_DAC_OVERRIDE) != 0 {
		bits |= modeRead | modeWrite
		if folder || st.Mode&0o111 != 0 {
			bits |= modeExecute
		}
	}
	if o.caps&(1<<unix.CAP_DAC_READ_SEARCH) != 0 {
		bits |= modeRead
		if folder {
			bits |= modeExecute
		}
	}
	return bits
}

// may tells whether modes and owners let the task do what takes rights.
func (o *owner) may(st *unix.Stat_t, rights confine.Rights) bool {
	bits := o.allowed(st)
	return (rights&confine.Read == 0 || bits&modeRead != 0) &&
		(rights&confine.Write == 0 || bits&modeWrite != 0) &&
		(rights&confine.Execute == 0 || bits&modeExecute != 0)
}

// maySearch tells whether they let it look names up in an open folder.
func (o *owner) maySearch(folder int) bool {
	var st unix.Stat_t
	return unix.Fstat(folder, &st) == nil && o.allowed(&st)&modeExecute != 0
}
