// Elsewhere there is no second ABI that tests could call.

//go:build !amd64

package seccomp

// callI386 is only there on amd64.
var callI386 func(nr, a1, a2, a3, a4, a5, a6 uint32) int32
