// Signatures: the calls that nearly every program makes.

package decode

const firstSignatures = `
open       pathname:path flags:oflags mode:omode@1
openat     dirfd:dirfd pathname:path@0 flags:oflags mode:omode@2
read       fd:fd buf:filled@2 count:size
write      fd:fd buf:data@2 count:size
close      fd:fd
execve     pathname:path argv:argv envp:envp
exit       status:int = never
exit_group status:int = never
`
