// Calls on memory: protection, kinds of maps, advice.

package decode

import "golang.org/x/sys/unix"

func protNames() *names {
	return &names{unknown: "PROT_???", list: []name{
		{"PROT_NONE", unix.PROT_NONE}, {"PROT_READ", unix.PROT_READ}, {"PROT_WRITE", unix.PROT_WRITE}, {"PROT_EXEC", unix.PROT_EXEC},
		{"PROT_SEM", 8}, {"PROT_GROWSDOWN", unix.PROT_GROWSDOWN}, {"PROT_GROWSUP", unix.PROT_GROWSUP}}}
}

// mapNames are the flags of mmap; bits 26 to 31 are the size of huge pages (mman.h).
func mapNames() *names {
	n := &names{unknown: "MAP_???", mask: unix.MAP_TYPE, list: []name{
		{"MAP_FILE", 0}, {"MAP_SHARED", unix.MAP_SHARED}, {"MAP_PRIVATE", unix.MAP_PRIVATE}, {"MAP_SHARED_VALIDATE", unix.MAP_SHARED_VALIDATE},
		{"MAP_FIXED", unix.MAP_FIXED}, {"MAP_ANONYMOUS", unix.MAP_ANONYMOUS}}}
	if !onArm64() {
		n.list = append(n.list, name{"MAP_32BIT", 0x40})
	}
	n.list = append(n.list, []name{
		{"MAP_NORESERVE", unix.MAP_NORESERVE}, {"MAP_POPULATE", unix.MAP_POPULATE}, {"MAP_NONBLOCK", unix.MAP_NONBLOCK},
		{"MAP_GROWSDOWN", unix.MAP_GROWSDOWN}, {"MAP_DENYWRITE", unix.MAP_DENYWRITE}, {"MAP_EXECUTABLE", unix.MAP_EXECUTABLE},
		{"MAP_LOCKED", unix.MAP_LOCKED}, {"MAP_STACK", unix.MAP_STACK}, {"MAP_HUGETLB", unix.MAP_HUGETLB},
		{"MAP_SYNC", unix.MAP_SYNC}, {"MAP_FIXED_NOREPLACE", unix.MAP_FIXED_NOREPLACE}}...)
	return n
}

func adviceNames() *names {
	return &names{enum: true, unknown: "MADV_???", list: []name{
		{"MADV_NORMAL", unix.MADV_NORMAL}, {"MADV_RANDOM", unix.MADV_RANDOM}, {"MADV_SEQUENTIAL", unix.MADV_SEQUENTIAL},
		{"MADV_WILLNEED", unix.MADV_WILLNEED}, {"MADV_DONTNEED", unix.MADV_DONTNEED}, {"MADV_FREE", unix.MADV_FREE},
		{"MADV_REMOVE", unix.MADV_REMOVE}, {"MADV_DONTFORK", unix.MADV_DONTFORK}, {"MADV_DOFORK", unix.MADV_DOFORK},
		{"MADV_HWPOISON", unix.MADV_HWPOISON}, {"MADV_SOFT_OFFLINE", 101}, {"MADV_MERGEABLE", unix.MADV_MERGEABLE},
		{"MADV_UNMERGEABLE", unix.MADV_UNMERGEABLE}, {"MADV_HUGEPAGE", unix.MADV_HUGEPAGE}, {"MADV_NOHUGEPAGE", unix.MADV_NOHUGEPAGE},
		{"MADV_DONTDUMP", unix.MADV_DONTDUMP}, {"MADV_DODUMP", unix.MADV_DODUMP}, {"MADV_WIPEONFORK", unix.MADV_WIPEONFORK},
		{"MADV_KEEPONFORK", unix.MADV_KEEPONFORK}, {"MADV_COLD", unix.MADV_COLD}, {"MADV_PAGEOUT", unix.MADV_PAGEOUT},
		{"MADV_POPULATE_READ", unix.MADV_POPULATE_READ}, {"MADV_POPULATE_WRITE", unix.MADV_POPULATE_WRITE},
		{"MADV_DONTNEED_LOCKED", unix.MADV_DONTNEED_LOCKED}, {"MADV_COLLAPSE", unix.MADV_COLLAPSE},
		{"MADV_GUARD_INSTALL", 102}, {"MADV_GUARD_REMOVE", 103}}}
}

func memoryForms() map[string]*form {
	long := func(unknown string, list ...name) *form {
		return &form{kind: Flags, set: &names{unknown: unknown, list: list}, text: putNames}
	}
	policies := &names{enum: true, unknown: "MPOL_???", list: []name{{"MPOL_DEFAULT", 0}, {"MPOL_PREFERRED", 1}, {"MPOL_BIND", 2},
		{"MPOL_INTERLEAVE", 3}, {"MPOL_LOCAL", 4}, {"MPOL_PREFERRED_MANY", 5}, {"MPOL_WEIGHTED_INTERLEAVE", 6}}}
	return map[string]*form{
		"prot":       {kind: Flags, set: protNames(), text: putNames},
		"mapflags":   {kind: Flags, set: mapNames(), text: putNames},
		"madvice":    {kind: Enum, width: i32, set: adviceNames(), text: putNames},
		"mapoff":     {kind: Offset, text: func(d *dec, a *Arg) { d.putx0(a.Raw) }},
		"mremap":     long("MREMAP_???", name{"MREMAP_MAYMOVE", 1}, name{"MREMAP_FIXED", 2}, name{"MREMAP_DONTUNMAP", 4}),
		"newaddr":    {kind: Pointer, text: putNewAddress},
		"msync":      flagForm("MS_???", name{"MS_SYNC", unix.MS_SYNC}, name{"MS_ASYNC", unix.MS_ASYNC}, name{"MS_INVALIDATE", unix.MS_INVALIDATE}),
		"mlockall":   flagForm("MCL_???", name{"MCL_CURRENT", unix.MCL_CURRENT}, name{"MCL_FUTURE", unix.MCL_FUTURE}, name{"MCL_ONFAULT", unix.MCL_ONFAULT}),
		"mlock2":     flagForm("MLOCK_???", name{"MLOCK_ONFAULT", 1}),
		"lmpol":      {kind: Enum, set: policies, text: putNames},
		"mpol":       {kind: Enum, width: i32, set: policies, text: putNames},
		"movepages":  flagForm("MPOL_???", name{"MPOL_MF_STRICT", 1}, name{"MPOL_MF_MOVE", 2}, name{"MPOL_MF_MOVE_ALL", 4}),
		"mbind":      flagForm("MPOL_???", name{"MPOL_MF_STRICT", 1}, name{"MPOL_MF_MOVE", 2}, name{"MPOL_MF_MOVE_ALL", 4}),
		"getmpol":    long("MPOL_???", name{"MPOL_F_NODE", 1}, name{"MPOL_F_ADDR", 2}, name{"MPOL_F_MEMS_ALLOWED", 4}),
		"mfd":        flagForm("MFD_???", name{"MFD_CLOEXEC", 1}, name{"MFD_ALLOW_SEALING", 2}, name{"MFD_HUGETLB", 4}, name{"MFD_NOEXEC_SEAL", 8}, name{"MFD_EXEC", 0x10}),
		"pkeyrights": long("PKEY_???", name{"PKEY_DISABLE_ACCESS", 1}, name{"PKEY_DISABLE_WRITE", 2}, name{"PKEY_DISABLE_EXECUTE", 4}),
		"shm":        flagForm("SHM_???", name{"SHM_RDONLY", 0o10000}, name{"SHM_RND", 0o20000}, name{"SHM_REMAP", 0o40000}, name{"SHM_EXEC", 0o100000}),
		"shadow":     flagForm("SHADOW_STACK_???", name{"SHADOW_STACK_SET_TOKEN", 1}),
	}
}

// putNewAddress prints the last argument of mremap, which only counts with flags that say so.
func putNewAddress(d *dec, a *Arg) {
	if d.arg(a.spec.at)&(unix.MREMAP_FIXED|unix.MREMAP_DONTUNMAP) == 0 {
		a.Unused = true
		return
	}
	d.raw(a)
}
