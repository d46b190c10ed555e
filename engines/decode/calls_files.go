// Signatures: calls that take the name of a file (%file).

package decode

const fileCalls = `
open       pathname:path flags:oflags mode:omode@1 = fd
openat     dirfd:dirfd pathname:path@0 flags:oflags mode:omode@2 = fd
openat2    dirfd:dirfd pathname:path@0 how:how2@3 size:size = fd
creat      pathname:path mode:mode = fd
access     pathname:path mode:access
faccessat  dirfd:dirfd pathname:path@0 mode:access
faccessat2 dirfd:dirfd pathname:path@0 mode:access flags:eaflags
stat       pathname:path statbuf:stat!
lstat      pathname:path statbuf:stat!
newfstatat dirfd:dirfd pathname:path@0 statbuf:stat! flags:atflags
statx      dirfd:dirfd pathname:path@0 flags:statxflags mask:statxmask statxbuf:statx!
statfs     pathname:path buf:statfs!
chdir      pathname:path
chroot     pathname:path
getcwd     buf:cwd!@1 size:size
mkdir      pathname:path mode:mode
mkdirat    dirfd:dirfd pathname:path@0 mode:mode
mknod      pathname:path mode:fmode dev:mknoddev@1
mknodat    dirfd:dirfd pathname:path@0 mode:fmode dev:mknoddev@2
rmdir      pathname:path
unlink     pathname:path
unlinkat   dirfd:dirfd pathname:path@0 flags:atflags
rename     oldpath:path newpath:path
renameat   olddirfd:dirfd oldpath:path@0 newdirfd:dirfd newpath:path@2
renameat2  olddirfd:dirfd oldpath:path@0 newdirfd:dirfd newpath:path@2 flags:rename
link       oldpath:path newpath:path
linkat     olddirfd:dirfd oldpath:path@0 newdirfd:dirfd newpath:path@2 flags:atflags
symlink    target:str0 linkpath:path
symlinkat  target:str0 newdirfd:dirfd linkpath:path@1
readlink   pathname:path buf:linkdata@2 bufsiz:usize
readlinkat dirfd:dirfd pathname:path@0 buf:linkdata@3 bufsiz:usize
chmod      pathname:path mode:mode
fchmodat   dirfd:dirfd pathname:path@0 mode:mode
fchmodat2  dirfd:dirfd pathname:path@0 mode:mode flags:atflags
chown      pathname:path owner:uid group:uid
lchown     pathname:path owner:uid group:uid
fchownat   dirfd:dirfd pathname:path@0 owner:uid group:uid flags:atflags
truncate   pathname:path length:off
utime      filename:path times:utimbuf
utimes     filename:path times:times2
futimesat  dirfd:dirfd filename:path@0 times:times2
utimensat  dirfd:dirfd pathname:path@0 times:utimes flags:atflags
acct       filename:path
uselib     library:path
swapon     path:path swapflags:swapflags
swapoff    path:path
pivot_root new_root:path put_old:path
mount      source:str0 target:path filesystemtype:fstype@3 mountflags:mount data:mntdata@3
umount2    target:path flags:umount
quotactl   cmd:hex special:path id:uint addr:ptr
setxattr   pathname:path name:str0 value:xattr@3 size:size flags:xattrflags
lsetxattr  pathname:path name:str0 value:xattr@3 size:size flags:xattrflags
getxattr   pathname:path name:str0 value:xattr!@3 size:size
lgetxattr  pathname:path name:str0 value:xattr!@3 size:size
listxattr  pathname:path list:list!@2 size:size
llistxattr pathname:path list:list!@2 size:size
removexattr  pathname:path name:str0
lremovexattr pathname:path name:str0
setxattrat dirfd:dirfd pathname:path@0 flags:atflags name:str0 uargs:ptr usize:size
getxattrat dirfd:dirfd pathname:path@0 flags:atflags name:str0 uargs:ptr usize:size
listxattrat dirfd:dirfd pathname:path@0 flags:atflags list:list!@4 size:size
removexattrat dirfd:dirfd pathname:path@0 flags:atflags name:str0
name_to_handle_at dirfd:dirfd pathname:path@0 handle:fhandle mount_id:int! flags:handleflags
inotify_add_watch fd:fd pathname:path mask:inotify
fanotify_mark fd:fd flags:fanmark mask:fanmask dirfd:dirfd pathname:path@3
open_tree  dirfd:dirfd pathname:path@0 flags:opentree = fd
open_tree_attr dirfd:dirfd pathname:path@0 flags:opentree uattr:ptr usize:size = fd
move_mount from_dirfd:dirfd from_pathname:path@0 to_dirfd:dirfd to_pathname:path@2 flags:movemount
mount_setattr dirfd:dirfd pathname:path@0 flags:atflags uattr:mountattr@4 usize:size
fspick     dirfd:dirfd pathname:path@0 flags:fspick = fd
fsconfig   fd:fd cmd:fsconfig key:str value:fsvalue aux:fsaux
file_getattr dirfd:dirfd pathname:path@0 ufattr:ptr usize:size flags:atflags
file_setattr dirfd:dirfd pathname:path@0 ufattr:ptr usize:size flags:atflags
execve     pathname:path argv:argv envp:envp
execveat   dirfd:dirfd pathname:path@0 argv:argv envp:envp flags:atflags
`
