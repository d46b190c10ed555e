// What stat, statx and statfs fill in.

package decode

import "golang.org/x/sys/unix"

func fileTypes() *names {
	return &names{enum: true, list: []name{
		{"S_IFREG", unix.S_IFREG}, {"S_IFDIR", unix.S_IFDIR}, {"S_IFLNK", unix.S_IFLNK}, {"S_IFCHR", unix.S_IFCHR},
		{"S_IFBLK", unix.S_IFBLK}, {"S_IFIFO", unix.S_IFIFO}, {"S_IFSOCK", unix.S_IFSOCK}}}
}

// statPlaces are the offsets of fields in struct stat (asm/stat.h).
type statPlaces struct{ size, mode, rdev, length int }

func placesOfStat() statPlaces {
	if onArm64() {
		return statPlaces{size: 128, mode: 16, rdev: 32, length: 48}
	}
	return statPlaces{size: 144, mode: 24, rdev: 40, length: 48}
}

func atFlags() *names {
	return &names{unknown: "AT_???", list: []name{
		{"AT_SYMLINK_NOFOLLOW", unix.AT_SYMLINK_NOFOLLOW}, {"AT_REMOVEDIR", unix.AT_REMOVEDIR},
		{"AT_SYMLINK_FOLLOW", unix.AT_SYMLINK_FOLLOW}, {"AT_NO_AUTOMOUNT", unix.AT_NO_AUTOMOUNT},
		{"AT_EMPTY_PATH", unix.AT_EMPTY_PATH}, {"AT_RECURSIVE", unix.AT_RECURSIVE}}}
}

func accessAtFlags() *names {
	return &names{unknown: "AT_???", list: []name{
		{"AT_SYMLINK_NOFOLLOW", unix.AT_SYMLINK_NOFOLLOW}, {"AT_EACCESS", unix.AT_EACCESS},
		{"AT_SYMLINK_FOLLOW", unix.AT_SYMLINK_FOLLOW}, {"AT_NO_AUTOMOUNT", unix.AT_NO_AUTOMOUNT},
		{"AT_EMPTY_PATH", unix.AT_EMPTY_PATH}, {"AT_RECURSIVE", unix.AT_RECURSIVE}}}
}

func statxFlags() *names {
	return &names{unknown: "AT_???", mask: 0x6000, list: []name{
		{"AT_STATX_SYNC_AS_STAT", unix.AT_STATX_SYNC_AS_STAT}, {"AT_STATX_FORCE_SYNC", unix.AT_STATX_FORCE_SYNC},
		{"AT_STATX_DONT_SYNC", unix.AT_STATX_DONT_SYNC}, {"AT_SYMLINK_NOFOLLOW", unix.AT_SYMLINK_NOFOLLOW},
		{"AT_NO_AUTOMOUNT", unix.AT_NO_AUTOMOUNT}, {"AT_EMPTY_PATH", unix.AT_EMPTY_PATH}}}
}

func statxMask() *names {
	return &names{unknown: "STATX_???", list: []name{
		{"STATX_ALL", unix.STATX_ALL}, {"STATX_BASIC_STATS", unix.STATX_BASIC_STATS},
		{"STATX_TYPE", unix.STATX_TYPE}, {"STATX_MODE", unix.STATX_MODE}, {"STATX_NLINK", unix.STATX_NLINK},
		{"STATX_UID", unix.STATX_UID}, {"STATX_GID", unix.STATX_GID}, {"STATX_ATIME", unix.STATX_ATIME},
		{"STATX_MTIME", unix.STATX_MTIME}, {"STATX_CTIME", unix.STATX_CTIME}, {"STATX_INO", unix.STATX_INO},
		{"STATX_SIZE", unix.STATX_SIZE}, {"STATX_BLOCKS", unix.STATX_BLOCKS}, {"STATX_BTIME", unix.STATX_BTIME},
		{"STATX_MNT_ID", unix.STATX_MNT_ID}, {"STATX_DIOALIGN", unix.STATX_DIOALIGN},
		{"STATX_MNT_ID_UNIQUE", 0x4000}, {"STATX_SUBVOL", 0x8000}, {"STATX_WRITE_ATOMIC", 0x10000}, {"STATX_DIO_READ_ALIGN", 0x20000}}}
}

func statxAttributes() *names {
	return &names{unknown: "STATX_ATTR_???", list: []name{
		{"STATX_ATTR_COMPRESSED", unix.STATX_ATTR_COMPRESSED}, {"STATX_ATTR_IMMUTABLE", unix.STATX_ATTR_IMMUTABLE},
		{"STATX_ATTR_APPEND", unix.STATX_ATTR_APPEND}, {"STATX_ATTR_NODUMP", unix.STATX_ATTR_NODUMP},
		{"STATX_ATTR_ENCRYPTED", unix.STATX_ATTR_ENCRYPTED}, {"STATX_ATTR_AUTOMOUNT", unix.STATX_ATTR_AUTOMOUNT},
		{"STATX_ATTR_MOUNT_ROOT", unix.STATX_ATTR_MOUNT_ROOT}, {"STATX_ATTR_VERITY", unix.STATX_ATTR_VERITY},
		{"STATX_ATTR_DAX", unix.STATX_ATTR_DAX}}}
}

func accessModes() *names {
	return &names{unknown: "?_OK", list: []name{
		{"F_OK", 0}, {"R_OK", unix.R_OK}, {"W_OK", unix.W_OK}, {"X_OK", unix.X_OK}}}
}

func statForms() map[string]*form {
	types, mask, attributes := fileTypes(), statxMask(), statxAttributes()
	return map[string]*form{
		"stat!":      {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.stat(a, types) }},
		"statx!":     {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.statx(a, types, mask, attributes) }},
		"atflags":    {kind: Flags, width: i32, set: atFlags(), text: putNames},
		"eaflags":    {kind: Flags, width: i32, set: accessAtFlags(), text: putNames},
		"statxflags": {kind: Flags, width: u32, set: statxFlags(), text: putNames},
		"statxmask":  {kind: Flags, width: u32, set: mask, text: putNames},
		"access":     {kind: Flags, width: i32, set: accessModes(), text: putNames},
		"fmode":      {kind: Mode, width: u16, text: func(d *dec, a *Arg) { d.fileMode(uint32(uint16(a.Raw)), types) }},
		"dev":        {kind: Number, width: u32, text: func(d *dec, a *Arg) { d.device(uint64(uint32(a.Raw))) }},
		"mknoddev":   {kind: Number, width: u32, text: putMknodDevice},
	}
}

// fileMode prints the type and the permissions of a file: S_IFREG|0644.
func (d *dec) fileMode(mode uint32, types *names) {
	if name, ok := types.find(uint64(mode & unix.S_IFMT)); ok {
		d.puts(name)
		d.puts("|")
	} else if mode&unix.S_IFMT != 0 {
		d.b = appendOctal(d.b, uint64(mode))
		return
	}
	for _, bit := range [...]name{{"S_ISUID|", unix.S_ISUID}, {"S_ISGID|", unix.S_ISGID}, {"S_ISVTX|", unix.S_ISVTX}} {
		if mode&uint32(bit.value) != 0 {
			d.puts(bit.name)
		}
	}
	d.b = appendOctal(d.b, uint64(mode&0o777))
}

// device prints a device's number in two parts (makedev(3)).
func (d *dec) device(dev uint64) {
	d.puts("makedev(")
	d.putx0(uint64(unix.Major(dev)))
	d.puts(", ")
	d.putx0(uint64(unix.Minor(dev)))
	d.puts(")")
}

func putMknodDevice(d *dec, a *Arg) {
	switch d.arg(a.spec.at) & unix.S_IFMT {
	case unix.S_IFCHR, unix.S_IFBLK:
		d.device(uint64(uint32(a.Raw)))
	default:
		a.Unused = true
	}
}

func isDevice(mode uint32) bool {
	return mode&unix.S_IFMT == unix.S_IFCHR || mode&unix.S_IFMT == unix.S_IFBLK
}

func (d *dec) stat(a *Arg, types *names) {
	at := placesOfStat()
	b := d.structure(a, at.size)
	if b == nil {
		return
	}
	mode := b.u32(at.mode)
	d.puts("{st_mode=")
	d.fileMode(mode, types)
	if isDevice(mode) {
		d.puts(", st_rdev=")
		d.device(b.u64(at.rdev))
	} else {
		d.puts(", st_size=")
		d.puti(b.i64(at.length))
		a.Size = b.i64(at.length)
	}
	d.puts(", ...}")
}

// statx prints struct statx, whose layout is the same everywhere (statx(2)).
func (d *dec) statx(a *Arg, types, mask, attributes *names) {
	b := d.structure(a, 256)
	if b == nil {
		return
	}
	d.puts("{stx_mask=")
	d.b = mask.append(d.b, uint64(b.u32(0)))
	d.puts(", stx_attributes=")
	d.b = attributes.append(d.b, b.u64(8))
	d.puts(", stx_mode=")
	mode := uint32(b.u16(28))
	d.fileMode(mode, types)
	d.puts(", stx_size=")
	d.putu(b.u64(40))
	a.Size = b.i64(40)
	d.puts(", ...}")
}
