// Sockets: out to the victim's listeners by every family and call that may name an address, and in to listeners of one's own.

#include "attempt.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static struct sockaddr_in loopback(int port) { return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}; }

// hears reads what the victim's listeners say to who comes.
static void __attribute__((noreturn)) hears(int fd)
{
	char text[128];
	if (fd < 0)
		blocked("connect: %s", strerror(errno));
	shows(text, recv(fd, text, sizeof text, 0));
}

static void abstract(void) { hears(local_connect(SOCK_STREAM, world.name, 0)); }
static void abstract_whole(void) // the same name with a length that is not the victim's would be another: only the exact one
{
	struct sockaddr_un a;
	socklen_t n = local_address(&a, world.name);
	int fd = NEED(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	if (connect(fd, (struct sockaddr *)&a, n))
		blocked("connect: %s", strerror(errno));
	fcntl(fd, F_SETFL, 0);
	hears(fd);
}
static void local_path(void) { hears(local_connect(SOCK_STREAM, world.sock, 0)); }
static void local_symlink(void)
{
	NEED(symlink(world.sock, "s"));
	hears(local_connect(SOCK_STREAM, "s", 0));
}
static void local_relative(void) { hears(local_connect(SOCK_STREAM, "../out/sock", 0)); }
static void local_folder(void)
{
	NEED(chdir(world.out));
	hears(local_connect(SOCK_STREAM, "sock", 0));
}
static void local_descriptor(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", NEED(open(world.sock, O_PATH)));
	hears(local_connect(SOCK_STREAM, path, 0));
}
static void local_unterminated(void) // the length ends the name, and what follows is not looked at
{
	hears(local_connect(SOCK_STREAM, world.sock, offsetof(struct sockaddr_un, sun_path) + strlen(world.sock)));
}
static void local_link(void) // a name of the socket in a folder whose sockets may be connected to
{
	NEED(link(world.sock, "s"));
	hears(local_connect(SOCK_STREAM, "s", 0));
}
static void local_thread(void) // by a thread, whose process has no other
{
	pid_t pid = NEED(fork());
	if (pid == 0)
		hears(local_connect(SOCK_STREAM, world.sock, 0));
	child_tells(pid);
}

// datagram sends one by the call of its number.
static void __attribute__((noreturn)) datagram(int call, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = local_address(&a, path);
	int fd = NEED(socket(AF_UNIX, SOCK_DGRAM, 0));
	struct iovec text = {"escaped", 7};
	struct mmsghdr m = {.msg_hdr = {.msg_name = &a, .msg_namelen = n, .msg_iov = &text, .msg_iovlen = 1}};
	switch (call) {
	case SYS_sendto:
		RESULT(sendto(fd, "escaped", 7, 0, (struct sockaddr *)&a, n));
	case SYS_sendmsg:
		RESULT(sendmsg(fd, &m.msg_hdr, 0));
	case SYS_sendmmsg:
		RESULT(sendmmsg(fd, &m, 1, 0));
	}
	NEED(connect(fd, (struct sockaddr *)&a, n));
	RESULT(write(fd, "escaped", 7));
}
static void local_sendto(void) { datagram(SYS_sendto, world.dgram); }
static void local_sendmsg(void) { datagram(SYS_sendmsg, world.dgram); }
static void local_sendmmsg(void) { datagram(SYS_sendmmsg, world.dgram); }
static void local_datagram(void) { datagram(SYS_connect, world.dgram); }

static void tcp(void)
{
	struct sockaddr_in a = loopback(world.port);
	int fd = NEED(socket(AF_INET, SOCK_STREAM, 0));
	NEED(connect(fd, (struct sockaddr *)&a, sizeof a));
	hears(fd);
}
static void tcp6(void)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(world.port6), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	if (world.port6 == 0)
		skip("there is no IPv6");
	int fd = NEED(socket(AF_INET6, SOCK_STREAM, 0));
	NEED(connect(fd, (struct sockaddr *)&a, sizeof a));
	hears(fd);
}
static void tcp_mapped(void)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(world.port)};
	int fd = NEED(socket(AF_INET6, SOCK_STREAM, 0));
	NEED(inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.sin6_addr));
	NEED(connect(fd, (struct sockaddr *)&a, sizeof a));
	hears(fd);
}
static void tcp_fast_open(void)
{
	struct sockaddr_in a = loopback(world.port);
	int fd = NEED(socket(AF_INET, SOCK_STREAM, 0));
	NEED(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof a));
	hears(fd);
}
static void mptcp(void)
{
	struct sockaddr_in a = loopback(world.port);
	int fd = socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
	if (fd < 0 && errno == EPROTONOSUPPORT)
		skip("this kernel has no MPTCP");
	NEED(fd);
	NEED(connect(fd, (struct sockaddr *)&a, sizeof a));
	hears(fd);
}
static void udp(void)
{
	struct sockaddr_in a = loopback(world.udp);
	RESULT(sendto(NEED(socket(AF_INET, SOCK_DGRAM, 0)), "escaped", 7, 0, (struct sockaddr *)&a, sizeof a));
}
static void udp_lite(void)
{
	struct sockaddr_in a = loopback(world.udp);
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
	if (fd < 0 && errno == EPROTONOSUPPORT)
		skip("this kernel has no UDP-Lite");
	RESULT(sendto(NEED(fd), "escaped", 7, 0, (struct sockaddr *)&a, sizeof a));
}
static void ping(void) { RESULT(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
static void packets(void) { RESULT(socket(AF_PACKET, SOCK_RAW, 0)); }
static void listens(void) // so that others come in
{
	struct sockaddr_in a = loopback(0);
	int fd = NEED(socket(AF_INET, SOCK_STREAM, 0));
	NEED(bind(fd, (struct sockaddr *)&a, sizeof a));
	RESULT(listen(fd, 1));
}
static void uevents(void)
{
	struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int fd = NEED(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
	RESULT(bind(fd, (struct sockaddr *)&a, sizeof a));
}
static void diagnoses(void) { RESULT(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG)); } // all sockets of the machine
static void family(int f) // a family that kernels may be built without
{
	int fd = socket(f, SOCK_DGRAM, 0);
	if (fd < 0 && f != AF_VSOCK)
		fd = socket(f, SOCK_SEQPACKET, 0);
	if (fd < 0 && (errno == EAFNOSUPPORT || errno == ENODEV) && field("/proc/self/status", "Seccomp:") == 0)
		skip("this kernel has no family %d", f);
	RESULT(fd);
}
static void vsock(void) { family(AF_VSOCK); }
static void algorithms(void) { family(AF_ALG); }

const struct attempt sockets[] = {
	{"abstract", abstract, LANDLOCK}, {"abstract-nonblock", abstract_whole, LANDLOCK}, {"unix-path", local_path, 0}, {"unix-symlink", local_symlink, 0},
	{"unix-relative", local_relative, 0}, {"unix-folder", local_folder, 0}, {"unix-descriptor", local_descriptor, 0}, {"unix-unterminated", local_unterminated, 0},
	{"unix-link", local_link, LANDLOCK}, {"unix-child", local_thread, 0}, {"unix-sendto", local_sendto, 0}, {"unix-sendmsg", local_sendmsg, 0},
	{"unix-sendmmsg", local_sendmmsg, 0}, {"unix-datagram", local_datagram, 0}, {"tcp", tcp, 0}, {"tcp6", tcp6, 0}, {"tcp-mapped", tcp_mapped, 0},
	{"tcp-fast-open", tcp_fast_open, 0}, {"mptcp", mptcp, 0}, {"udp", udp, 0}, {"udp-lite", udp_lite, 0}, {"raw", ping, ROOT}, {"packet", packets, ROOT},
	{"listen", listens, 0}, {"uevent", uevents, 0}, {"sock-diag", diagnoses, 0}, {"vsock", vsock, 0}, {"alg", algorithms, 0},
	END,
};
