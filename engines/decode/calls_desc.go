// Signatures: calls on descriptors (%desc).

package decode

const descCalls = `
read       fd:fd buf:filled@2 count:size
write      fd:fd buf:data@2 count:size
pread64    fd:fd buf:filled@2 count:size offset:off
pwrite64   fd:fd buf:data@2 count:size offset:off
readv      fd:fd iov:iov!@2 iovcnt:ulong
writev     fd:fd iov:iov@2 iovcnt:ulong
preadv     fd:fd iov:iov!@2 iovcnt:ulong offset:off pos_h:unused
pwritev    fd:fd iov:iov@2 iovcnt:ulong offset:off pos_h:unused
preadv2    fd:fd iov:iov!@2 iovcnt:ulong offset:off pos_h:unused flags:rwf
pwritev2   fd:fd iov:iov@2 iovcnt:ulong offset:off pos_h:unused flags:rwf
close      fd:fd
close_range first:uint last:uint flags:closerange
dup        oldfd:fd = fd
dup2       oldfd:fd newfd:fd = fd
dup3       oldfd:fd newfd:fd flags:oflags0 = fd
fcntl      fd:fd cmd:fcntl arg:fcntlarg
ioctl      fd:fd op:ioctl arg:ioctlarg
lseek      fd:fd offset:off whence:whence
fstat      fd:fd statbuf:stat!
fstatfs    fd:fd buf:statfs!
fchdir     fd:fd
fchmod     fd:fd mode:mode
fchown     fd:fd owner:uid group:uid
ftruncate  fd:fd length:off
fallocate  fd:fd mode:fallocate offset:off len:off
fadvise64  fd:fd offset:off len:off advice:fadvise
readahead  fd:fd offset:off count:size
fsync      fd:fd
fdatasync  fd:fd
syncfs     fd:fd
sync_file_range fd:fd offset:off nbytes:off flags:syncrange
flock      fd:fd operation:flock
getdents   fd:fd dirp:ptr count:uint
getdents64 fd:fd dirp:dents!@2 count:uint
pipe       pipefd:fds!
pipe2      pipefd:fds! flags:oflags0
sendfile   out_fd:fd in_fd:fd offset:inoff! count:size
splice     fd_in:fd off_in:inoff fd_out:fd off_out:inoff len:size flags:splice
tee        fd_in:fd fd_out:fd len:size flags:splice
vmsplice   fd:fd iov:iov@2 nr_segs:ulong flags:splice
copy_file_range fd_in:fd off_in:inoff fd_out:fd off_out:inoff len:size flags:uint
poll       fds:revents@1 nfds:uint timeout:int
ppoll      fds:revents@1 nfds:uint tmo_p:polltime sigmask:sigset@4 sigsetsize:size
select     nfds:int readfds:fdset writefds:fdset exceptfds:fdset timeout:seltime
pselect6   nfds:int readfds:fdset writefds:fdset exceptfds:fdset timeout:polltime sigmask:sigmask6
epoll_create size:int = fd
epoll_create1 flags:epollflags = fd
epoll_ctl  epfd:fd op:epollop fd:fd event:epollevent@1
epoll_wait epfd:fd events:epollevents! maxevents:int timeout:int
epoll_pwait epfd:fd events:epollevents! maxevents:int timeout:int sigmask:sigset@5 sigsetsize:size
epoll_pwait2 epfd:fd events:epollevents! maxevents:int timeout:timespec sigmask:sigset@5 sigsetsize:size
eventfd    initval:uint = fd
eventfd2   initval:uint flags:efd = fd
signalfd   fd:fd mask:sigset@2 sizemask:size = fd
signalfd4  fd:fd mask:sigset@2 sizemask:size flags:sfdflags = fd
timerfd_create clockid:clock flags:tfd = fd
timerfd_settime fd:fd flags:tfdset new_value:itimerspec old_value:itimerspec!
timerfd_gettime fd:fd curr_value:itimerspec!
inotify_init = fd
inotify_init1 flags:inotifyinit = fd
inotify_rm_watch fd:fd wd:int
fanotify_init flags:faninit event_f_flags:oflags = fd
fsetxattr  fd:fd name:str0 value:xattr@3 size:size flags:xattrflags
fgetxattr  fd:fd name:str0 value:xattr!@3 size:size
flistxattr fd:fd list:list!@2 size:size
fremovexattr fd:fd name:str0
open_by_handle_at mount_fd:dirfd handle:ptr flags:oflags = fd
memfd_create name:str flags:mfd = fd
memfd_secret flags:hflags = fd
userfaultfd flags:uffd = fd
perf_event_open attr:ptr pid:pid cpu:int group_fd:fd flags:perfflags = fd
pidfd_open pid:pid flags:hflags = fd
pidfd_getfd pidfd:fd targetfd:int flags:hflags = fd
setns      fd:fd nstype:nstype
fsopen     fsname:str flags:fsopen = fd
fsmount    fsfd:fd flags:fsmount attr_flags:mountattrs = fd
quotactl_fd fd:fd cmd:hex id:uint addr:ptr
cachestat  fd:fd cstat_range:ptr cstat:ptr flags:hflags
bpf        cmd:bpf attr:ptr size:uint
finit_module fd:fd param_values:str flags:hflags
kexec_file_load kernel_fd:fd initrd_fd:fd cmdline_len:ulong cmdline:ptr flags:hex
io_uring_setup entries:uint params:ptr = fd
io_uring_enter fd:fd to_submit:uint min_complete:uint flags:uringenter argp:ptr argsz:size
io_uring_register fd:fd opcode:uringop arg:ptr nr_args:uint
landlock_create_ruleset attr:landlock@1 size:size flags:landlockflags = fd
landlock_add_rule ruleset_fd:fd rule_type:landlocktype rule_attr:landlockrule@1 flags:hflags
landlock_restrict_self ruleset_fd:fd flags:hflags
mq_open    name:str oflag:oflags mode:omode@1 attr:mqattro@1 = fd
mq_unlink  name:str
mq_timedsend mqdes:fd msg_ptr:data@2 msg_len:size msg_prio:uint abs_timeout:timespec
mq_timedreceive mqdes:fd msg_ptr:filled@2 msg_len:size msg_prio:uint! abs_timeout:timespec
mq_notify  mqdes:fd sevp:sigevent
mq_getsetattr mqdes:fd newattr:mqattr oldattr:mqattr!
process_mrelease pidfd:fd flags:hflags
process_madvise pidfd:fd iovec:iovp@2 vlen:size advice:madvice flags:hflags
`
