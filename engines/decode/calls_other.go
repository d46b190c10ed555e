// Signatures: identities, time, limits, scheduling, and the rest.

package decode

const otherCalls = `
getpid
getppid
gettid
getpgrp
getpgid     pid:pid
getsid      pid:pid
setpgid     pid:pid pgid:pid
setsid
getuid
geteuid
getgid
getegid
setuid      uid:uid
setgid      gid:uid
setreuid    ruid:uid euid:uid
setregid    rgid:uid egid:uid
setresuid   ruid:uid euid:uid suid:uid
setresgid   rgid:uid egid:uid sgid:uid
getresuid   ruid:uint! euid:uint! suid:uint!
getresgid   rgid:uint! egid:uint! sgid:uint!
setfsuid    fsuid:uid
setfsgid    fsgid:uid
getgroups   size:int list:gids!@0
setgroups   size:int list:gids@0
capget      hdrp:caphdr datap:capdata!@0
capset      hdrp:caphdr datap:capdata@0
umask       mask:mode = octal
getcpu      cpu:uint! node:uint! tcache:ptr
uname       buf:uname!
sysinfo     info:sysinfo!
sethostname name:data@1 len:isize
setdomainname name:data@1 len:isize
getrlimit   resource:resource rlim:rlimit!
setrlimit   resource:resource rlim:rlimit
prlimit64   pid:pid resource:resource new_limit:rlimit64 old_limit:rlimit64!
getrusage   who:rusage usage:rusage!
times       buf:tms!
getpriority which:priowho who:int
setpriority which:priowho who:int prio:int
nanosleep   req:timespec rem:remain
clock_nanosleep clockid:clock flags:timerflags request:timespec remain:remain
clock_gettime clockid:clock tp:timespec!
clock_settime clockid:clock tp:timespec
clock_getres clockid:clock res:timespec!
gettimeofday tv:timeval! tz:timezone!
settimeofday tv:timeval tz:timezone
time        tloc:time!
alarm       seconds:uint
getitimer   which:itimer curr_value:itimerval!
setitimer   which:itimer new_value:itimerval old_value:itimerval!
timer_create clockid:clock sevp:sigevent timerid:timerid!
timer_settime timerid:hflags flags:timerflags new_value:itimerspec old_value:itimerspec!
timer_gettime timerid:hflags curr_value:itimerspec!
timer_getoverrun timerid:hflags
timer_delete timerid:hflags
futex       uaddr:ptr op:futexop val:futexval timeout:futextime uaddr2:futexaddr val3:futexval3
futex_waitv waiters:ptr nr_futexes:uint flags:hflags timeout:timespec clockid:clock
futex_wake  uaddr:ptr mask:hex nr:int flags:hflags
futex_wait  uaddr:ptr val:ulong mask:hex flags:hflags timeout:timespec clockid:clock
futex_requeue waiters:ptr flags:hflags nr_wake:int nr_requeue:int
set_tid_address tidptr:ptr
set_robust_list head:ptr len:size
get_robust_list pid:pid head_ptr:ptr sizep:ptr
rseq        rseq:ptr rseq_len:hflags flags:hflags sig:hflags
prctl       option:prctl arg2:prctl2 arg3:prctl3 arg4:prctl4 arg5:prctl5
arch_prctl  code:archprctl addr:archaddr
personality persona:hex = persona
seccomp     operation:seccompop flags:seccompflags args:ptr
ptrace      op:ptrace pid:pid addr:ptr data:ptr
unshare     flags:unshare
getrandom   buf:random!@1 buflen:size flags:grnd
sched_yield
sched_setaffinity pid:pid cpusetsize:usize mask:cpus@1
sched_getaffinity pid:pid cpusetsize:usize mask:cpus!@1
sched_setscheduler pid:pid policy:sched param:schedparam
sched_getscheduler pid:pid = policy
sched_setparam pid:pid param:schedparam
sched_getparam pid:pid param:schedparam!
sched_get_priority_max policy:sched
sched_get_priority_min policy:sched
sched_rr_get_interval pid:pid tp:timespec!
sched_setattr pid:pid attr:ptr flags:hflags
sched_getattr pid:pid attr:ptr size:uint flags:hflags
ioprio_get  which:int who:int
ioprio_set  which:int who:int ioprio:hflags
process_vm_readv pid:pid local_iov:iovp@2 liovcnt:ulong remote_iov:iovp@4 riovcnt:ulong flags:ulong
process_vm_writev pid:pid local_iov:iov@2 liovcnt:ulong remote_iov:iovp@4 riovcnt:ulong flags:ulong
kcmp        pid1:pid pid2:pid type:int idx1:hex idx2:hex
membarrier  cmd:membarrier flags:hflags cpu_id:mbcpu
sync
vhangup
restart_syscall
syslog      type:int buf:ptr len:int
reboot      magic:hex magic2:hex op:hex arg:ptr
semget      key:key nsems:int semflg:ipcflags
semop       semid:int sops:ptr nsops:usize
semtimedop  semid:int sops:ptr nsops:usize timeout:timespec
semctl      semid:int semnum:int op:int arg:hex
msgget      key:key msgflg:ipcflags
msgsnd      msqid:int msgp:ptr msgsz:size msgflg:hflags
msgrcv      msqid:int msgp:ptr msgsz:size msgtyp:long msgflg:hflags
msgctl      msqid:int op:ipccmd buf:ptr
add_key     type:str description:str payload:data@3 plen:size keyring:int
request_key type:str description:str callout_info:str dest_keyring:int
keyctl      operation:int arg2:hex arg3:hex arg4:hex arg5:hex
init_module module_image:ptr len:size param_values:str
delete_module name:str flags:oflags0
kexec_load  entry:hex nr_segments:ulong segments:ptr flags:hex
io_submit   ctx_id:ptr nr:long iocbpp:ptr
io_getevents ctx_id:ptr min_nr:long nr:long events:ptr timeout:timespec
io_pgetevents ctx_id:ptr min_nr:long nr:long events:ptr timeout:timespec usig:ptr
io_cancel   ctx_id:ptr iocb:ptr result:ptr
adjtimex    buf:ptr
clock_adjtime clockid:clock buf:ptr
ustat       dev:dev ubuf:ptr
sysfs       option:int arg1:hex arg2:hex
iopl        level:int
ioperm      from:ulong num:ulong turn_on:int
modify_ldt  func:int ptr:ptr bytecount:ulong
statmount   req:ptr buf:ptr bufsize:size flags:hflags
listmount   req:ptr mnt_ids:ptr nr_mnt_ids:size flags:hflags
listns      req:ptr ns_ids:ptr nr_ns_ids:size flags:hflags
lsm_get_self_attr attr:uint ctx:ptr size:ptr flags:hflags
lsm_set_self_attr attr:uint ctx:ptr size:uint flags:hflags
lsm_list_modules ids:ptr size:ptr flags:hflags
`
