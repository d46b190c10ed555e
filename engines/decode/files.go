// Flags and structures of calls on files and folders.

package decode

import (
	"strconv"

	"golang.org/x/sys/unix"
)

func whenceNames() *names {
	return &names{enum: true, unknown: "SEEK_???", list: []name{
		{"SEEK_SET", 0}, {"SEEK_CUR", 1}, {"SEEK_END", 2}, {"SEEK_DATA", 3}, {"SEEK_HOLE", 4}}}
}

// flagForm is a form of an int of flags.
func flagForm(unknown string, list ...name) *form {
	return &form{kind: Flags, width: i32, set: &names{unknown: unknown, list: list}, text: putNames}
}

// enumForm is a form of an int that is one of several.
func enumForm(unknown string, list ...name) *form {
	return &form{kind: Enum, width: i32, set: &names{unknown: unknown, list: list, enum: true}, text: putNames}
}

func fileForms() map[string]*form {
	return map[string]*form{
		"whence": {kind: Enum, width: u32, set: whenceNames(), text: putNames},
		"flock": flagForm("LOCK_???", name{"LOCK_SH", 1}, name{"LOCK_EX", 2}, name{"LOCK_NB", 4}, name{"LOCK_UN", 8}, name{"LOCK_MAND", 32},
			name{"LOCK_READ", 64}, name{"LOCK_WRITE", 128}),
		"fallocate": flagForm("FALLOC_FL_???", name{"FALLOC_FL_KEEP_SIZE", 1}, name{"FALLOC_FL_PUNCH_HOLE", 2}, name{"FALLOC_FL_NO_HIDE_STALE", 4},
			name{"FALLOC_FL_COLLAPSE_RANGE", 8}, name{"FALLOC_FL_ZERO_RANGE", 0x10}, name{"FALLOC_FL_INSERT_RANGE", 0x20}, name{"FALLOC_FL_UNSHARE_RANGE", 0x40}),
		"fadvise": enumForm("POSIX_FADV_???", name{"POSIX_FADV_NORMAL", 0}, name{"POSIX_FADV_RANDOM", 1}, name{"POSIX_FADV_SEQUENTIAL", 2},
			name{"POSIX_FADV_WILLNEED", 3}, name{"POSIX_FADV_DONTNEED", 4}, name{"POSIX_FADV_NOREUSE", 5}),
		"rename": flagForm("RENAME_???", name{"RENAME_NOREPLACE", 1}, name{"RENAME_EXCHANGE", 2}, name{"RENAME_WHITEOUT", 4}),
		"rwf": flagForm("RWF_???", name{"RWF_HIPRI", 1}, name{"RWF_DSYNC", 2}, name{"RWF_SYNC", 4}, name{"RWF_NOWAIT", 8}, name{"RWF_APPEND", 0x10},
			name{"RWF_NOAPPEND", 0x20}, name{"RWF_ATOMIC", 0x40}, name{"RWF_DONTCACHE", 0x80}),
		"splice":      flagForm("SPLICE_F_???", name{"SPLICE_F_MOVE", 1}, name{"SPLICE_F_NONBLOCK", 2}, name{"SPLICE_F_MORE", 4}, name{"SPLICE_F_GIFT", 8}),
		"syncrange":   flagForm("SYNC_FILE_RANGE_???", name{"SYNC_FILE_RANGE_WAIT_BEFORE", 1}, name{"SYNC_FILE_RANGE_WRITE", 2}, name{"SYNC_FILE_RANGE_WAIT_AFTER", 4}),
		"xattrflags":  flagForm("XATTR_???", name{"XATTR_CREATE", 1}, name{"XATTR_REPLACE", 2}),
		"closerange":  flagForm("CLOSE_RANGE_???", name{"CLOSE_RANGE_UNSHARE", 2}, name{"CLOSE_RANGE_CLOEXEC", 4}),
		"efd":         flagForm("EFD_???", name{"EFD_SEMAPHORE", 1}, name{"EFD_CLOEXEC", unix.EFD_CLOEXEC}, name{"EFD_NONBLOCK", unix.EFD_NONBLOCK}),
		"tfd":         flagForm("TFD_???", name{"TFD_CLOEXEC", unix.TFD_CLOEXEC}, name{"TFD_NONBLOCK", unix.TFD_NONBLOCK}, name{"TFD_TIMER_ABSTIME", 1}, name{"TFD_TIMER_CANCEL_ON_SET", 2}),
		"tfdset":      flagForm("TFD_TIMER_???", name{"TFD_TIMER_ABSTIME", 1}, name{"TFD_TIMER_CANCEL_ON_SET", 2}),
		"inotifyinit": flagForm("IN_???", name{"IN_NONBLOCK", unix.IN_NONBLOCK}, name{"IN_CLOEXEC", unix.IN_CLOEXEC}),
		"uffd":        flagForm("UFFD_???", name{"O_NONBLOCK", unix.O_NONBLOCK}, name{"O_CLOEXEC", unix.O_CLOEXEC}, name{"UFFD_USER_MODE_ONLY", 1}),
		"inotify":     {kind: Flags, width: u32, set: inotifyNames(), text: putNames},
		"dents!":      {kind: Struct, when: out, text: putDents},
		"cwd!":        {kind: Bytes, when: out, text: putFilledString},
		"linkdata":    {kind: Bytes, when: out, text: putFilled},
		"xattr":       {kind: Bytes, text: putData},
		"xattr!":      {kind: Bytes, when: out, text: putXattr},
		"list!":       {kind: Bytes, when: out, text: putXattr},
		"uid":         {kind: Number, width: u32, text: func(d *dec, a *Arg) { d.putID(uint32(a.Raw)) }},
		"how2":        {kind: Struct, set: openFlags(), value: firstLong, text: openHow()},
		"random!":     {kind: Bytes, when: out, text: putRandom},
		"grnd":        flagForm("GRND_???", name{"GRND_NONBLOCK", 1}, name{"GRND_RANDOM", 2}, name{"GRND_INSECURE", 4}),
		"gids":        {kind: Struct, text: putGroupsIn},
		"gids!":       {kind: Struct, when: out, text: putGroups},
	}
}

func inotifyNames() *names {
	return &names{unknown: "IN_???", list: []name{
		{"IN_ACCESS", 1}, {"IN_MODIFY", 2}, {"IN_ATTRIB", 4}, {"IN_CLOSE_WRITE", 8}, {"IN_CLOSE_NOWRITE", 0x10}, {"IN_OPEN", 0x20},
		{"IN_MOVED_FROM", 0x40}, {"IN_MOVED_TO", 0x80}, {"IN_CREATE", 0x100}, {"IN_DELETE", 0x200}, {"IN_DELETE_SELF", 0x400},
		{"IN_MOVE_SELF", 0x800}, {"IN_UNMOUNT", 0x2000}, {"IN_Q_OVERFLOW", 0x4000}, {"IN_IGNORED", 0x8000}, {"IN_ONLYDIR", 0x1000000},
		{"IN_DONT_FOLLOW", 0x2000000}, {"IN_EXCL_UNLINK", 0x4000000}, {"IN_MASK_CREATE", 0x10000000}, {"IN_MASK_ADD", 0x20000000},
		{"IN_ISDIR", 0x40000000}, {"IN_ONESHOT", 0x80000000}}}
}

// maxDents is how much of a folder's entries is looked through, in bytes: getdents fills in no more at once.
const maxDents = 1 << 20

// putDents counts the entries that getdents64 filled in.
func putDents(d *dec, a *Arg) {
	if d.failed {
		d.raw(a)
		return
	}
	n := min(max(d.result, 0), maxDents)
	b := block(d.bytes(a.Raw, int(n)))
	if b == nil {
		d.raw(a)
		return
	}
	count := int64(0)
	for len(b) >= 19 {
		size := int(b.u16(16))
		if size < 19 || size > len(b) {
			break
		}
		b = b[size:]
		count++
	}
	d.putp(a.Raw)
	word := " entries */"
	if count == 1 {
		word = " entry */"
	}
	d.puts(" /* " + strconv.FormatInt(count, 10) + word)
	a.Size = count
}

// putFilledString prints what getcwd wrote: the result counts the NUL.
func putFilledString(d *dec, a *Arg) {
	if d.failed {
		d.raw(a)
		return
	}
	s, cut, ok := d.cstring(a.Raw, maxPath)
	if !ok {
		d.raw(a)
		return
	}
	a.Bytes, a.Size = s, int64(len(s))
	d.b = appendString(d.b, s, cut)
}

// putXattr prints an attribute that was read; with a size of 0 only its length was asked for.
func putXattr(d *dec, a *Arg) {
	if d.failed || d.arg(a.spec.at) == 0 {
		d.raw(a)
		return
	}
	putFilled(d, a)
}

// putRandom prints bytes that mean nothing, all in hexadecimal.
func putRandom(d *dec, a *Arg) {
	if d.failed {
		d.raw(a)
		return
	}
	n := min(uint64(max(d.result, 0)), d.arg(a.spec.at))
	show := min(n, uint64(d.strings()))
	p := d.bytes(a.Raw, int(show))
	if p == nil || a.Raw == 0 {
		d.raw(a)
		return
	}
	a.Bytes, a.Cut, a.Size = p, n > show, int64(n)
	d.puts(`"`)
	for _, c := range p {
		d.b = append(d.b, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	d.puts(`"`)
	if a.Cut {
		d.puts("...")
	}
}

// firstLong are the flags that a structure begins with.
func firstLong(d *dec, a *Arg) (uint64, bool) {
	b := block(d.bytes(a.Raw, 8))
	return b.u64(0), b != nil
}

// openHow prints struct open_how (openat2(2)).
func openHow() func(*dec, *Arg) {
	flags := openFlags()
	resolve := &names{unknown: "RESOLVE_???", list: []name{{"RESOLVE_NO_XDEV", 1}, {"RESOLVE_NO_MAGICLINKS", 2}, {"RESOLVE_NO_SYMLINKS", 4},
		{"RESOLVE_BENEATH", 8}, {"RESOLVE_IN_ROOT", 0x10}, {"RESOLVE_CACHED", 0x20}}}
	return func(d *dec, a *Arg) {
		if d.arg(a.spec.at) < 24 {
			d.raw(a)
			return
		}
		b := d.structure(a, 24)
		if b == nil {
			return
		}
		d.puts("{flags=")
		d.b = flags.append(d.b, b.u64(0))
		if b.u64(0)&unix.O_CREAT != 0 || b.u64(0)&unix.O_TMPFILE == unix.O_TMPFILE || b.u64(8) != 0 {
			d.puts(", mode=")
			d.b = appendOctal(d.b, b.u64(8))
		}
		d.puts(", resolve=")
		d.b = resolve.append(d.b, b.u64(16))
		d.puts("}")
	}
}

func (d *dec) groups(a *Arg, n int64) {
	d.array(a.Raw, uint64(max(n, 0)), 4, func(b block) { d.putu(uint64(b.u32(0))) })
}

func putGroupsIn(d *dec, a *Arg) { d.groups(a, int64(int32(d.arg(a.spec.at)))) }

func putGroups(d *dec, a *Arg) {
	if d.failed || int32(d.arg(a.spec.at)) <= 0 || a.Raw == 0 {
		d.raw(a)
		return
	}
	d.groups(a, d.result)
}
