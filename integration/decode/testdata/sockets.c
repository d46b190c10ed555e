// Calls on sockets, with arguments that are right, wrong and odd.
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>

#define S(name, ...) (syscall(SYS_##name, ##__VA_ARGS__))
#define BAD ((void *)8)

static char buf[8192];

static void addresses(void)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x7f000001)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_flowinfo = htonl(5), .sin6_scope_id = 1, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un un = {AF_UNIX, "none/sock"}, abstract = {AF_UNIX, "\0abs\0tract"};
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_pid = 0, .nl_groups = 0x10};

	S(connect, 99, &v4, 16);
	S(connect, 99, &v4, 8);
	S(connect, 99, &v6, 28);
	S(connect, 99, &v6, 24);
	S(connect, 99, &un, 110);
	S(connect, 99, &un, 2);
	S(connect, 99, &un, 8);
	S(connect, 99, &abstract, 12);
	S(connect, 99, &nl, 12);
	S(connect, 99, BAD, 16);
	S(connect, 99, NULL, 0);
	S(connect, 99, &v4, 1);
	S(connect, 99, &v4, 200);
	S(connect, 99, &v4, -1);
	inet_pton(AF_INET6, "::ffff:1.2.3.4", &v6.sin6_addr);
	S(bind, 99, &v6, 28);
	inet_pton(AF_INET6, "fe80::1:0:0:2", &v6.sin6_addr);
	S(bind, 99, &v6, 28);
	v4.sin_family = AF_UNSPEC;
	S(connect, 99, &v4, 16);
	v4.sin_family = 4242;
	S(connect, 99, &v4, 16);
}

static void sockets(void)
{
	int sv[2], one = 1, err;
	socklen_t len = sizeof err;

	S(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	S(socket, AF_INET, SOCK_DGRAM, 0);
	S(socket, AF_INET6, SOCK_RAW, 255);
	S(socket, AF_UNIX, SOCK_SEQPACKET, 0);
	S(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	S(socket, AF_NETLINK, SOCK_RAW, 99);
	S(socket, 4242, 15, 1);
	S(socket, AF_INET, SOCK_STREAM | 0x10000, 4242);
	S(socket, AF_UNIX, SOCK_STREAM, 77);
	S(socket, AF_VSOCK, SOCK_PACKET, 0);
	S(socketpair, AF_UNIX, SOCK_STREAM, 0, sv);
	S(socketpair, AF_UNIX, SOCK_DGRAM, 5, BAD);
	int l = S(socket, AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)}, b;
	len = sizeof b;
	S(bind, l, &a, 16);
	S(listen, l, 5);
	S(getsockname, l, &b, &len);
	int c = S(socket, AF_INET, SOCK_STREAM, 0);
	S(connect, c, &b, 16);
	len = 128;
	int d = S(accept4, l, &b, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	len = 4;
	S(getpeername, c, &b, &len);
	len = 0;
	S(getpeername, c, &b, &len);
	S(getpeername, c, NULL, NULL);
	S(getpeername, c, &b, BAD);
	S(getsockname, 99, &b, &len);
#ifdef SYS_accept
	S(accept, 99, NULL, NULL);
#endif
	S(accept4, 99, &b, &len, 5);
	S(sendto, c, "ping\n", 5L, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	S(sendto, 99, "x", 1L, 0x40000001, &a, 16);
	S(sendto, c, BAD, 5L, 0, NULL, 0);
	len = 16;
	S(recvfrom, d, buf, 100L, MSG_PEEK | MSG_WAITALL | MSG_DONTWAIT, &b, &len);
	S(recvfrom, d, buf, 100L, 0, NULL, NULL);
	S(recvfrom, d, buf, 10L, MSG_DONTWAIT, NULL, NULL);
	S(recvfrom, 99, buf, 10L, MSG_TRUNC, &b, &len);
	S(shutdown, c, SHUT_WR);
	S(shutdown, c, SHUT_RD);
	S(shutdown, 99, SHUT_RDWR);
	S(shutdown, 99, 7);
	S(listen, 99, -1);
	S(setsockopt, c, SOL_SOCKET, SO_REUSEADDR, &one, 4);
	S(setsockopt, c, SOL_SOCKET, SO_KEEPALIVE, &one, 4);
	S(setsockopt, c, IPPROTO_TCP, TCP_NODELAY, &one, 4);
	S(setsockopt, c, IPPROTO_IP, 10, &one, 4);
	S(setsockopt, c, IPPROTO_IPV6, 26, &one, 4);
	struct linger lg = {1, 5};
	S(setsockopt, c, SOL_SOCKET, SO_LINGER, &lg, 8);
	struct timeval tv = {1, 500};
	S(setsockopt, c, SOL_SOCKET, SO_RCVTIMEO, &tv, 16);
	S(setsockopt, c, SOL_SOCKET, 4242, &one, 4);
	S(setsockopt, c, 4242, 3, &one, 4);
	S(setsockopt, 99, SOL_SOCKET, SO_SNDBUF, BAD, 4);
	S(setsockopt, 99, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	S(setsockopt, 99, SOL_SOCKET, SO_RCVBUF, &one, 2);
	S(setsockopt, c, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	len = 4;
	S(getsockopt, c, SOL_SOCKET, SO_ERROR, &err, &len);
	S(getsockopt, c, SOL_SOCKET, SO_TYPE, &err, &len);
	S(getsockopt, c, SOL_SOCKET, SO_SNDBUF, &err, &len);
	S(getsockopt, c, IPPROTO_TCP, TCP_MAXSEG, &err, &len);
	S(getsockopt, 99, SOL_SOCKET, SO_ERROR, &err, &len);
	len = 8;
	S(getsockopt, c, SOL_SOCKET, SO_LINGER, buf, &len);
	len = 12;
	S(getsockopt, sv[0], SOL_SOCKET, SO_PEERCRED, buf, &len);
	len = 4;
	S(getsockopt, c, SOL_SOCKET, SO_DOMAIN, &err, &len);
	S(getsockopt, c, SOL_SOCKET, SO_PROTOCOL, &err, &len);
	S(getsockopt, c, SOL_SOCKET, SO_ACCEPTCONN, &err, &len);
	struct sockaddr_un nobody = {AF_UNIX, "none"};
	struct iovec iov[2] = {{"one", 3}, {"twotwo", 6}}, in = {buf, 100};
	char ctl[CMSG_SPACE(8)] = {0};
	struct msghdr m = {&nobody, 8, iov, 2, ctl, sizeof ctl, 0};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(8);
	((int *)CMSG_DATA(h))[0] = 0;
	((int *)CMSG_DATA(h))[1] = 1;
	S(sendmsg, 99, &m, MSG_MORE);
	m.msg_name = NULL;
	m.msg_namelen = 0;
	S(sendmsg, sv[0], &m, 0);
	m.msg_iov = &in;
	m.msg_iovlen = 1;
	m.msg_flags = 0x7f;
	S(recvmsg, sv[1], &m, MSG_CMSG_CLOEXEC);
	S(recvmsg, 99, &m, 0);
	S(recvmsg, 99, BAD, 0);
	m.msg_control = NULL;
	m.msg_controllen = 0;
	m.msg_iov = iov;
	S(sendmsg, sv[0], &m, 0);
	S(sendmsg, sv[0], NULL, 0);
	struct mmsghdr mm[2] = {{m, 0}, {m, 0}};
	S(sendmmsg, sv[0], mm, 2, 0);
	mm[0].msg_hdr.msg_iov = &in;
	mm[1].msg_hdr.msg_iov = &in;
	S(recvmmsg, sv[1], mm, 2, MSG_DONTWAIT, NULL);
	S(sendmmsg, 99, mm, 2, 0);
}

int main(void)
{
	addresses();
	sockets();
	return 0;
}
