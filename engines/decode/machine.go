// Which machine's numbers are used: those of the one that the decoder runs on, as calls of others are not taken apart.

package decode

import "jail/seccomp"

func onArm64() bool { return seccomp.Native() == seccomp.ARM64 }
