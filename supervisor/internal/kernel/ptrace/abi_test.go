// Small unsafe things that tests need.

package ptrace

import "unsafe"

func addressOf[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }
