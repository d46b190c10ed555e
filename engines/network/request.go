// One call, from its registers to a verdict.

package network

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

const cloneFiles = unix.CLONE_FILES

// maxAddress is sizeof(struct sockaddr_storage): the kernel takes no longer address (move_addr_to_kernel(), net/socket.c).
const maxAddress = 128

// request is a call that is being decided.
type request struct {
	e    *Engine
	s    *utrace.Stopped
	ev   *utrace.EntryEvent
	call utrace.Call

	raw    []byte
	sealed bool  // the kernel will read raw
	open   error // why it will not
	to     address
	sock   *socket
	hidden error // why there is no sock, after take
	quiet  bool  // a refusal is not worth a sentence
}

// addressed decides connect and bind: descriptor, address, length.
func (r *request) addressed(u use) utrace.EntryVerdict {
	if int32(uint32(r.call.Args[0])) < 0 { // EBADF; or another engine has made the call, on a socket of its own
		return r.ev.Continue()
	}
	if v, over := r.read(1, 2); over {
		return v
	}
	if v, over := r.take(); over {
		return v
	}
	if r.sock == nil {
		return r.unseen(u)
	}
	defer func() {
		if r.sock != nil {
			r.sock.close()
		}
	}()
	switch r.to.kind {
	case internet:
		if r.e.anywhere() {
			return r.whatever()
		}
		return r.internet(u)
	case local:
		if u == toConnect && (!r.e.rules.UnixAny || r.e.rules.UnixHeld) {
			return r.connectLocal()
		}
	case unspecified:
		if u == toBind { // inet_bind() takes it for AF_INET if the address is 0.0.0.0
			return r.bindUnspecified()
		}
	case malformed:
		return r.natural(mismatch(r.sock.domain, r.to.family, len(r.raw)))
	}
	return r.let(u.String() + " to " + r.to.String())
}

// read takes the address out of the program's reach; over says that the verdict is made already.
func (r *request) read(arg, lenArg int) (v utrace.EntryVerdict, over bool) {
	size := int(int32(uint32(r.call.Args[lenArg])))
	if size < 0 || size > maxAddress {
		return r.natural(unix.EINVAL), true
	}
	sealed, err := r.s.Sockaddr(arg, lenArg)
	switch {
	case err == nil:
		r.raw, r.sealed = sealed.Raw, true
	case errors.Is(err, utrace.ErrUnsealed): // jail can make the call itself, or the copy is used in no other way
		r.raw, r.open = make([]byte, size), err
		if err := r.memory(r.pointer(arg), r.raw); err != nil {
			return r.unread(err), true
		}
	default:
		return r.unread(err), true
	}
	r.to = parse(r.raw)
	return v, false
}

// unread is the verdict on an address that can't be read.
func (r *request) unread(err error) utrace.EntryVerdict {
	switch {
	case errors.Is(err, unix.EFAULT):
		return r.natural(unix.EFAULT)
	case errors.Is(err, unix.ESRCH):
		return r.natural(unix.ESRCH) // nobody will see it
	}
	return r.deny(r.e.otherRule(), fmt.Sprintf("%s with an address that can't be read (%v)", reason.Name(r.call), err))
}

// memory fills p from the program's memory, all or nothing.
func (r *request) memory(addr uint64, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	n, err := r.s.ReadMem(addr, p)
	if err == nil && n < len(p) {
		err = unix.EFAULT
	}
	return err
}

// narrow tells whether registers' upper halves mean nothing.
func (r *request) narrow() bool {
	switch seccomp.ABIOf(r.call.Arch, uint32(r.call.Nr)) {
	case seccomp.I386, seccomp.ARM:
		return true
	}
	return false
}

// pointers32 tells whether pointers in memory have 4 bytes: x32 too, whose registers have 8.
func (r *request) pointers32() bool {
	return r.narrow() || seccomp.ABIOf(r.call.Arch, uint32(r.call.Nr)) == seccomp.X32
}

func (r *request) pointer(arg int) uint64 {
	if r.narrow() {
		return r.call.Args[arg] & math.MaxUint32
	}
	return r.call.Args[arg]
}

// take gets hold of the socket, or says in r.hidden why not.
func (r *request) take() (v utrace.EntryVerdict, over bool) {
	id := r.s.ID()
	sock, err := takeSocket(id.TID, id.TGID, int(int32(uint32(r.call.Args[0]))))
	if err == nil {
		r.sock = sock
		return v, false
	}
	var errno unix.Errno
	if !errors.Is(err, errHidden) && errors.As(err, &errno) {
		return r.natural(errno), true
	}
	r.hidden = err
	return v, false
}

// private tells whether nobody but the task can change what its descriptors lead to.
func (r *request) private() bool {
	st, err := statusOf(strconv.Itoa(r.s.ID().TID))
	return err == nil && st.threads == 1 && !r.e.shared
}

// let lets the kernel make the call, if what was decided about is what it will see: the address is sealed. Or its family can
// lead nowhere, because nobody can exchange the socket, which is not one of the internet nor a local one that is to be connected.
func (r *request) let(what string) utrace.EntryVerdict {
	if r.sealed {
		return r.ev.Continue()
	}
	if _, inet := r.sock.inet(); !inet && (r.sock.domain != unix.AF_UNIX || r.e.rules.UnixAny || reason.Name(r.call) == "bind") && r.private() {
		return r.ev.Continue()
	}
	return r.exchanged(what)
}

// exchanged is the verdict on what another thread could exchange before the kernel looks.
func (r *request) exchanged(what string) utrace.EntryVerdict {
	if errors.Is(r.open, utrace.ErrNoRoom) { // no rule's doing
		return r.ev.Abort(unix.ENOMEM, utrace.Why{What: fmt.Sprintf("%s (%v)", what, r.open)})
	}
	return r.deny(r.e.otherRule(), what+", which jail can't keep from being exchanged here")
}

// natural answers what the kernel would.
func (r *request) natural(errno unix.Errno) utrace.EntryVerdict {
	return r.made(fmt.Sprintf("%s, which fails (%v)", reason.Name(r.call), errno), -int64(errno))
}

// made tells the program the result of a call that jail made.
func (r *request) made(what string, result int64) utrace.EntryVerdict {
	r.e.done[r.s.ID().Serial] = result
	return r.skip(what)
}

// skip has the kernel make the call on no descriptor, which does nothing; the result is put in when it has ended, and should
// nobody do that it is EBADF. Its number stays: other engines, and filters of the program's own, may not want it to make another
// call, and that it was refused would be said of a call that jail skipped.
func (r *request) skip(what string) utrace.EntryVerdict {
	c := r.call
	c.Args[0] = math.MaxUint64 // -1
	return r.ev.Rewrite(c, utrace.Why{What: what + ", made by jail", Quiet: true})
}

// deny refuses by a rule.
func (r *request) deny(rule int, what string, values ...string) utrace.EntryVerdict {
	info := reason.Rule(r.e.infos, rule)
	why := utrace.Why{What: what, Rule: info.Origin + "  " + info.Text, Quiet: !info.Report || r.quiet}
	if len(values) > 0 { // else no policy allows it
		why.Allow = info.HintFor(values...)
	}
	switch info.Action.Verb {
	case policy.KillTree:
		return r.ev.KillTree(why)
	case policy.KillProcess:
		return r.ev.KillProcess(why)
	case policy.Errno:
		return r.ev.Abort(unix.Errno(info.Action.Errno), why)
	}
	return r.ev.Abort(unix.EACCES, why)
}

// resultOf is what a call answers that ended with err.
func resultOf(err error) int64 {
	var errno unix.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &errno) && errno > 0 && errno < 4096:
		return -int64(errno)
	}
	return -int64(unix.EACCES)
}
