// The shape of linux.seccomp in a container's configuration, as far as Export fills it.

package oci

// Profile is linux.seccomp of the OCI runtime specification 1.3
// (config-linux.md, "Seccomp"). Written as JSON it is what Docker's
// --security-opt seccomp= takes, too.
type Profile struct {
	DefaultAction   string    `json:"defaultAction"`
	DefaultErrnoRet *uint     `json:"defaultErrnoRet,omitempty"`
	Architectures   []string  `json:"architectures,omitempty"`
	Syscalls        []Syscall `json:"syscalls,omitempty"`
}

// Syscall is a rule of a [Profile].
type Syscall struct {
	Names    []string `json:"names"`
	Action   string   `json:"action"`
	ErrnoRet *uint    `json:"errnoRet,omitempty"`
	Args     []Arg    `json:"args,omitempty"`
}

// Arg is a condition on an argument. Of SCMP_CMP_MASKED_EQ Value is the mask.
type Arg struct {
	Index    uint   `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo,omitempty"`
	Op       string `json:"op"`
}
