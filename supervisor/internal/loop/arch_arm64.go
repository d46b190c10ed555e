// arm64: the length of the call instruction.

package loop

const callSize = 4 // svc #0
