// The shape of linux.seccomp in a container's configuration.

package oci

import specs "github.com/opencontainers/runtime-spec/specs-go"

// Profile is linux.seccomp of the OCI runtime specification 1.3 (config-linux.md, "Seccomp"). Written as JSON it is what
// Docker's --security-opt seccomp= takes, too.
type Profile = specs.LinuxSeccomp
