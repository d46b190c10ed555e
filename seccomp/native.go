// The ABI of the running program.

package seccomp

import "runtime"

// Native is the ABI of the running program's GOARCH, and 0 on one that is
// not known here.
func Native() ABI {
	abi, _ := ParseABI(runtime.GOARCH)
	return abi
}
