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

// owner is a task, as the permissions of files see it. Access control lists are not looked at. It is read once as long as refusals
// are one task's: a loop of them must not cost much more than its stops.
type owner struct {
	serial   uint64
	tid      int
	known    bool
	uid, gid uint32
	groups   []uint32
	caps     uint64
}

// look reads it (proc_pid_status(5)), once. What can't be read is nobody with no rights.
func (o *owner) look() {
	if o.known {
		return
	}
	o.known, o.uid, o.gid = true, ^uint32(0), ^uint32(0)
	text, err := os.ReadFile("/proc/" + strconv.Itoa(o.tid) + "/status")
	if err != nil {
		return
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

// allowed are the bits that the mode gives the task, with the capabilities that override it (capabilities(7)). What it gives to
// everybody needs no look at who asks.
func (o *owner) allowed(st *unix.Stat_t, want uint32) uint32 {
	if all := st.Mode >> 6 & (st.Mode >> 3) & st.Mode & 7; all&want == want {
		return all
	}
	o.look()
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
	want := uint32(0)
	for right, bit := range map[confine.Rights]uint32{confine.Read: modeRead, confine.Write: modeWrite, confine.Execute: modeExecute} {
		if rights&right != 0 {
			want |= bit
		}
	}
	return o.allowed(st, want)&want == want
}

// maySearch tells whether they let it look names up in an open folder.
func (o *owner) maySearch(folder int) bool {
	var st unix.Stat_t
	return unix.Fstat(folder, &st) == nil && o.allowed(&st, modeExecute)&modeExecute != 0
}
