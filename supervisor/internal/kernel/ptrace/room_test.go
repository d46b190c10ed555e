// Tests that the owner of a jail has room on its stack: one that grows is copied, time and again on the way to a start.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"testing"
	"unsafe"
)

// deep uses some of the stack.
//
//go:noinline
func deep(n int) byte {
	var frame [256]byte
	if n > 0 {
		frame[n%256] = deep(n - 1)
	}
	return frame[255-n%256]
}

// moves tells whether the stack of the goroutine that calls it is another after deep calls.
func moves() bool {
	var v byte
	before := uintptr(unsafe.Pointer(&v))
	v = deep(40)
	return uintptr(unsafe.Pointer(&v)) != before
}

func TestOwnHasRoom(t *testing.T) {
	fresh := make(chan bool)
	go func() { fresh <- moves() }()
	if !<-fresh {
		t.Skip("a new stack of this runtime's has room for that")
	}
	var moved bool
	<-Own(func() { moved = moves() })
	if moved {
		t.Error("the owner's stack was copied")
	}
}
