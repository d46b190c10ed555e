// Mounts and file systems: flags, and what statfs tells.

package decode

import "golang.org/x/sys/unix"

func mountFlags() *names {
	return &names{unknown: "MS_???", list: []name{
		{"MS_RDONLY", unix.MS_RDONLY}, {"MS_NOSUID", unix.MS_NOSUID}, {"MS_NODEV", unix.MS_NODEV}, {"MS_NOEXEC", unix.MS_NOEXEC},
		{"MS_SYNCHRONOUS", unix.MS_SYNCHRONOUS}, {"MS_REMOUNT", unix.MS_REMOUNT}, {"MS_MANDLOCK", unix.MS_MANDLOCK},
		{"MS_DIRSYNC", unix.MS_DIRSYNC}, {"MS_NOSYMFOLLOW", unix.MS_NOSYMFOLLOW}, {"MS_NOATIME", unix.MS_NOATIME},
		{"MS_NODIRATIME", unix.MS_NODIRATIME}, {"MS_BIND", unix.MS_BIND}, {"MS_MOVE", unix.MS_MOVE}, {"MS_REC", unix.MS_REC},
		{"MS_SILENT", unix.MS_SILENT}, {"MS_POSIXACL", unix.MS_POSIXACL}, {"MS_UNBINDABLE", unix.MS_UNBINDABLE},
		{"MS_PRIVATE", unix.MS_PRIVATE}, {"MS_SLAVE", unix.MS_SLAVE}, {"MS_SHARED", unix.MS_SHARED}, {"MS_RELATIME", unix.MS_RELATIME},
		{"MS_KERNMOUNT", unix.MS_KERNMOUNT}, {"MS_I_VERSION", unix.MS_I_VERSION}, {"MS_STRICTATIME", unix.MS_STRICTATIME},
		{"MS_LAZYTIME", unix.MS_LAZYTIME}}}
}

func statfsFlags() *names {
	return &names{unknown: "ST_???", list: []name{
		{"ST_VALID", 0x20}, {"ST_RDONLY", 1}, {"ST_NOSUID", 2}, {"ST_NODEV", 4}, {"ST_NOEXEC", 8}, {"ST_SYNCHRONOUS", 0x10},
		{"ST_MANDLOCK", 0x40}, {"ST_WRITE", 0x80}, {"ST_APPEND", 0x100}, {"ST_IMMUTABLE", 0x200}, {"ST_NOATIME", 0x400},
		{"ST_NODIRATIME", 0x800}, {"ST_RELATIME", 0x1000}, {"ST_NOSYMFOLLOW", 0x2000}}}
}

func fsTypes() *names {
	return &names{enum: true, list: []name{
		{"EXT2_SUPER_MAGIC", unix.EXT4_SUPER_MAGIC}, {"TMPFS_MAGIC", unix.TMPFS_MAGIC}, {"PROC_SUPER_MAGIC", unix.PROC_SUPER_MAGIC},
		{"SYSFS_MAGIC", unix.SYSFS_MAGIC}, {"OVERLAYFS_SUPER_MAGIC", unix.OVERLAYFS_SUPER_MAGIC}, {"XFS_SUPER_MAGIC", 0x58465342},
		{"BTRFS_SUPER_MAGIC", unix.BTRFS_SUPER_MAGIC}, {"DEVPTS_SUPER_MAGIC", unix.DEVPTS_SUPER_MAGIC}, {"CGROUP2_SUPER_MAGIC", unix.CGROUP2_SUPER_MAGIC},
		{"CGROUP_SUPER_MAGIC", unix.CGROUP_SUPER_MAGIC}, {"NFS_SUPER_MAGIC", unix.NFS_SUPER_MAGIC}, {"RAMFS_MAGIC", unix.RAMFS_MAGIC},
		{"NSFS_MAGIC", unix.NSFS_MAGIC}, {"PIPEFS_MAGIC", unix.PIPEFS_MAGIC}, {"SOCKFS_MAGIC", unix.SOCKFS_MAGIC}, {"SQUASHFS_MAGIC", unix.SQUASHFS_MAGIC},
		{"SELINUX_MAGIC", unix.SELINUX_MAGIC}, {"HUGETLBFS_MAGIC", unix.HUGETLBFS_MAGIC}, {"F2FS_SUPER_MAGIC", unix.F2FS_SUPER_MAGIC}}}
}

func mountForms() map[string]*form {
	flags, types := statfsFlags(), fsTypes()
	return map[string]*form{
		"mount":   {kind: Flags, set: mountFlags(), text: putNames},
		"umount":  flagForm("MNT_???", name{"MNT_FORCE", 1}, name{"MNT_DETACH", 2}, name{"MNT_EXPIRE", 4}, name{"UMOUNT_NOFOLLOW", 8}),
		"statfs!": {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.statfs(a, flags, types) }},
		"opentree": flagForm("OPEN_TREE_???", name{"OPEN_TREE_CLONE", 1}, name{"OPEN_TREE_CLOEXEC", unix.OPEN_TREE_CLOEXEC}, name{"AT_EMPTY_PATH", unix.AT_EMPTY_PATH},
			name{"AT_NO_AUTOMOUNT", unix.AT_NO_AUTOMOUNT}, name{"AT_RECURSIVE", unix.AT_RECURSIVE}, name{"AT_SYMLINK_NOFOLLOW", unix.AT_SYMLINK_NOFOLLOW}),
		"movemount": flagForm("MOVE_MOUNT_???", name{"MOVE_MOUNT_F_SYMLINKS", 1}, name{"MOVE_MOUNT_F_AUTOMOUNTS", 2}, name{"MOVE_MOUNT_F_EMPTY_PATH", 4},
			name{"MOVE_MOUNT_T_SYMLINKS", 0x10}, name{"MOVE_MOUNT_T_AUTOMOUNTS", 0x20}, name{"MOVE_MOUNT_T_EMPTY_PATH", 0x40},
			name{"MOVE_MOUNT_SET_GROUP", 0x100}, name{"MOVE_MOUNT_BENEATH", 0x200}),
		"fsopen":  flagForm("FSOPEN_???", name{"FSOPEN_CLOEXEC", 1}),
		"fsmount": flagForm("FSMOUNT_???", name{"FSMOUNT_CLOEXEC", 1}),
		"fspick":  flagForm("FSPICK_???", name{"FSPICK_CLOEXEC", 1}, name{"FSPICK_SYMLINK_NOFOLLOW", 2}, name{"FSPICK_NO_AUTOMOUNT", 4}, name{"FSPICK_EMPTY_PATH", 8}),
		"fsconfig": enumForm("FSCONFIG_???", name{"FSCONFIG_SET_FLAG", 0}, name{"FSCONFIG_SET_STRING", 1}, name{"FSCONFIG_SET_BINARY", 2}, name{"FSCONFIG_SET_PATH", 3},
			name{"FSCONFIG_SET_PATH_EMPTY", 4}, name{"FSCONFIG_SET_FD", 5}, name{"FSCONFIG_CMD_CREATE", 6}, name{"FSCONFIG_CMD_RECONFIGURE", 7}, name{"FSCONFIG_CMD_CREATE_EXCL", 8}),
		"mountattrs": {kind: Flags, width: i32, set: mountAttributes(), text: putNames},
		"fstype":     {kind: Bytes, text: unlessMount(ignoresType, putWholeStr)},
		"mntdata":    {kind: Bytes, text: unlessMount(ignoresData, putStr)},
		"swapflags":  {kind: Flags, width: i32, set: swapFlags(), text: putSwapFlags},
	}
}

// Flags with which mount(2) looks at neither the type nor the data.
const (
	ignoresData = unix.MS_BIND | unix.MS_MOVE | unix.MS_SHARED | unix.MS_PRIVATE | unix.MS_SLAVE | unix.MS_UNBINDABLE
	ignoresType = ignoresData | unix.MS_REMOUNT
)

// unlessMount prints an address instead of what stands there if the kernel does not look at it.
func unlessMount(flags uint64, text func(*dec, *Arg)) func(*dec, *Arg) {
	return func(d *dec, a *Arg) {
		if d.arg(a.spec.at)&flags != 0 {
			d.raw(a)
			return
		}
		text(d, a)
	}
}

func swapFlags() *names {
	return &names{unknown: "SWAP_FLAG_???", ignore: 0x7fff, list: []name{
		{"SWAP_FLAG_PREFER", 0x8000}, {"SWAP_FLAG_DISCARD", 0x10000}, {"SWAP_FLAG_DISCARD_ONCE", 0x20000}, {"SWAP_FLAG_DISCARD_PAGES", 0x40000}}}
}

// putSwapFlags prints swapon's flags, whose last 15 bits are a priority.
func putSwapFlags(d *dec, a *Arg) {
	flags, priority := uint64(uint32(a.Raw))&^0x7fff, a.Raw&0x7fff
	if flags != 0 {
		d.b = a.spec.form.set.append(d.b, flags)
		d.puts("|")
	}
	d.putu(priority)
}

// statfs prints struct statfs of 64-bit machines (statfs(2)).
func (d *dec) statfs(a *Arg, flags, types *names) {
	b := d.structure(a, 120)
	if b == nil {
		return
	}
	d.puts("{f_type=")
	d.b = types.append(d.b, b.u64(0))
	for i, n := range [...]string{", f_bsize=", ", f_blocks=", ", f_bfree=", ", f_bavail=", ", f_files=", ", f_ffree="} {
		d.puts(n)
		d.putu(b.u64(8 + i*8))
	}
	d.puts(", f_fsid={val=[")
	d.putx0(uint64(b.u32(56)))
	d.puts(", ")
	d.putx0(uint64(b.u32(60)))
	d.puts("]}, f_namelen=")
	d.putu(b.u64(64))
	d.puts(", f_frsize=")
	d.putu(b.u64(72))
	d.puts(", f_flags=")
	d.b = flags.append(d.b, b.u64(80))
	d.puts("}")
}
