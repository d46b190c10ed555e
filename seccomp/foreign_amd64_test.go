// How tests make i386 calls on amd64.

package seccomp

import "jail/seccomp/internal/int80"

// callI386 makes an i386 call and gives eax.
var callI386 = int80.Call
