// Signatures: calls on sockets (%network).

package decode

const networkCalls = `
socket     domain:family type:socktype protocol:protocol@0 = fd
socketpair domain:family type:socktype protocol:protocol@0 sv:fds!
bind       sockfd:fd addr:sockaddr@2 addrlen:int
connect    sockfd:fd addr:sockaddr@2 addrlen:int
listen     sockfd:fd backlog:int
accept     sockfd:fd addr:sockaddr!@2 addrlen:socklen! = fd
accept4    sockfd:fd addr:sockaddr!@2 addrlen:socklen! flags:sockflags = fd
getsockname sockfd:fd addr:sockaddr!@2 addrlen:socklen!
getpeername sockfd:fd addr:sockaddr!@2 addrlen:socklen!
sendto     sockfd:fd buf:data@2 len:size flags:msgflags dest_addr:sockaddr@5 addrlen:int
recvfrom   sockfd:fd buf:filled@2 len:size flags:msgflags src_addr:sockaddr!@5 addrlen:socklen!
sendmsg    sockfd:fd msg:msghdr flags:msgflags
recvmsg    sockfd:fd msg:msghdr! flags:msgflags
sendmmsg   sockfd:fd msgvec:mmsghdr@2 vlen:uint flags:msgflags
recvmmsg   sockfd:fd msgvec:mmsghdr!@2 vlen:uint flags:msgflags timeout:timespec
shutdown   sockfd:fd how:shut
setsockopt sockfd:fd level:level optname:sockopt@1 optval:optval@4 optlen:int
getsockopt sockfd:fd level:level optname:sockopt@1 optval:optval!@4 optlen:socklen!
`
