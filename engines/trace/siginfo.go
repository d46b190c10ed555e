// What a signal carries, as text.

package trace

import (
	"encoding/binary"
	"os"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// infoAt is where the made-up task has its siginfo.
const infoAt = 0x1000

// infoTask is a decode.Reader that has a siginfo and nothing else.
type infoTask struct{ info []byte }

func (t infoTask) ReadMem(addr uint64, p []byte) (int, error) {
	if addr < infoAt || addr >= infoAt+uint64(len(t.info)) {
		return 0, os.ErrNotExist
	}
	return copy(p, t.info[addr-infoAt:]), nil
}

func (infoTask) Cwd() (string, error)   { return "", os.ErrNotExist }
func (infoTask) FD(int) (string, error) { return "", os.ErrNotExist }

// siginfoText is a siginfo as strace prints it: that is how the argument of rt_sigqueueinfo(2) is printed, which has the same layout.
func siginfoText(si *utrace.Siginfo) string {
	var raw [12 + len(si.Rest)]byte
	binary.NativeEndian.PutUint32(raw[0:], uint32(si.Signo))
	binary.NativeEndian.PutUint32(raw[4:], uint32(si.Errno))
	binary.NativeEndian.PutUint32(raw[8:], uint32(si.Code))
	copy(raw[12:], si.Rest[:])
	abi := seccomp.Native()
	nr, _ := abi.Number("rt_sigqueueinfo")
	call := decode.Head(utrace.Call{Arch: abi.AuditArch(), Nr: int64(nr), Args: [6]uint64{1, uint64(si.Signo), infoAt}})
	call.Resolve(infoTask{raw[:]}, decode.Text)
	if a := call.Arg("info"); a != nil {
		return a.Text
	}
	return "{…}" // of an architecture without such a call
}
