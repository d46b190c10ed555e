// Package deepstack makes room on a goroutine's stack at once. A new one has 2 KiB, and is copied each time that it doubles, with a walk over all its
// frames: five times on the way to a start of jail, where that is 0.3 of 10 ms.
package deepstack

// room is what jail's deepest calls take, in bytes.
const room = 20 << 10

// Grow gives the calling goroutine a stack of at least some 20 KiB more than it uses now. To be called where there are few frames yet; it does not
// block.
func Grow() { _ = fill(0) }

// fill has a frame of that size, which the runtime makes room for before it runs.
//
//go:noinline
func fill(i int) byte {
	var frame [room]byte
	frame[i] = 1
	return frame[room-1-i]
}
