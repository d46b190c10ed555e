// Whether arguments of system calls can be sealed here.

package confine

// Sealing is what utrace.Stopped.Seal takes of the kernel: mseal(2) and PROCMAP_QUERY (Linux 6.11). One thing
// can't be known before a program is started: a filter of a container that has a listener already (EBUSY, seccomp(2)). Then nothing is sealed, and engines are told utrace.ErrUnsealed.
func (k *Kernel) Sealing() Feature {
	for _, f := range []Feature{k.Seccomp, k.Mseal} {
		if !f.OK() {
			return f
		}
	}
	if !k.AtLeast(6, 11) {
		return Feature{Missing: "it takes PROCMAP_QUERY, which came with Linux 6.11"}
	}
	return Feature{}
}
