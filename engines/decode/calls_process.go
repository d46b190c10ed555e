// Signatures: processes, signals, memory (%process, %signal, %memory).

package decode

const processCalls = `
clone       flags:clone stack:cstack parent_tid:cptid child_tid:cctid tls:ctls | 1 0 2 4 3
clone!arm64 flags:clone stack:cstack parent_tid:cptid tls:ctls child_tid:cctid | 1 0 2 3 4
clone3      cl_args:clone3 size:size
fork
vfork
exit        status:int = never
exit_group  status:int = never
wait4       pid:pid wstatus:status! options:wait rusage:rusagew!
waitid      idtype:idtype id:pid infop:siginfo! options:wait rusage:rusage!
kill        pid:pid sig:sig
tkill       tid:pid sig:sig
tgkill      tgid:pid tid:pid sig:sig
pidfd_send_signal pidfd:fd sig:sig info:siginfo flags:pidfdsig
rt_sigqueueinfo tgid:pid sig:sig info:siginfo
rt_tgsigqueueinfo tgid:pid tid:pid sig:sig info:siginfo
rt_sigaction signum:sig act:sigaction@3 oldact:sigaction!@3 sigsetsize:size
rt_sigprocmask how:how set:sigset@3 oldset:sigset!@3 sigsetsize:size
rt_sigpending set:sigset!@1 sigsetsize:size
rt_sigsuspend mask:sigset@1 sigsetsize:size
rt_sigtimedwait set:sigset@3 info:siginfo! timeout:timespec sigsetsize:size = signal
rt_sigreturn
sigaltstack ss:stack old_ss:stack!
pause
brk         addr:ptr = pointer
mmap        addr:ptr length:size prot:prot flags:mapflags fd:fd offset:mapoff = pointer
munmap      addr:ptr length:size
mprotect    addr:ptr len:size prot:prot
pkey_mprotect addr:ptr len:size prot:prot pkey:int
mremap      old_address:ptr old_size:size new_size:size flags:mremap new_address:newaddr@3 = pointer
msync       addr:ptr length:size flags:msync
mincore     addr:ptr length:size vec:ptr
madvise     addr:ptr length:size advice:madvice
mlock       addr:ptr len:size
mlock2      addr:ptr len:size flags:mlock2
munlock     addr:ptr len:size
mlockall    flags:mlockall
munlockall
mseal       addr:ptr len:size flags:lflags
remap_file_pages addr:ptr size:size prot:prot pgoff:size flags:mapflags
map_shadow_stack addr:ptr size:size flags:shadow = pointer
mbind       addr:ptr len:size mode:lmpol nodemask:ptr maxnode:ulong flags:mbind
set_mempolicy mode:mpol nodemask:ptr maxnode:ulong
get_mempolicy mode:mpolat! nodemask:ptr maxnode:ulong addr:ptr flags:getmpol
set_mempolicy_home_node start:ptr len:size home_node:ulong flags:lflags
migrate_pages pid:pid maxnode:ulong old_nodes:ptr new_nodes:ptr
move_pages  pid:pid count:ulong pages:ptr nodes:ptr status:ptr flags:movepages
shmget      key:key size:size shmflg:ipcflags
shmat       shmid:int shmaddr:ptr shmflg:shm = pointer
shmdt       shmaddr:ptr
shmctl      shmid:int cmd:ipccmd buf:ptr
pkey_alloc  flags:lflags access_rights:pkeyrights
pkey_free   pkey:int
io_setup    nr_events:uint ctxp:ptr
io_destroy  ctx_id:ptr
`
