// arm64 has no loop that goes through a table of calls: they are made one by one, up to syscall-stops.

package ptrace

// What there would have to be: see calls_amd64.go.
const (
	trapInstruction = callInstruction
	trapMask        = callMask
	breakLength     = 0
	loopBreak       = 0
)

var loopText [0]byte

// looping and loopEntry are not called where there is no loop.
func looping(r regs, _, _, _ uint64) regs { return r }
func loopEntry(*regs) uint64              { return 0 }
