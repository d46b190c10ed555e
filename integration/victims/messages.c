// Datagrams that name their receiver, while another thread exchanges what was checked.

#include "victim.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static struct sockaddr_in good, bad, at; // at is flipped
static char text[] = "x";
static struct iovec parts[2] = {{text, 1}, {text, 1}};
static union {
	struct cmsghdr head;
	char room[64];
} calm, sly;
static struct mmsghdr messages[2];
static int slot = -1, local, datagram;
static atomic_bool over;

static struct sockaddr_in inet(const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

// control fills in control data of size bytes.
static void control(struct cmsghdr *c, int level, int type, const void *data, size_t size)
{
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), data, size);
}

#define HEADER (*(volatile struct msghdr *)&messages[0].msg_hdr)

static void *flip_name(void *)
{
	for (unsigned i = 0; !over; i++)
		HEADER.msg_name = i & 1 ? &good : &bad;
	return NULL;
}

static void *flip_bytes(void *)
{
	for (unsigned i = 0; !over; i++)
		*(volatile uint16_t *)&at.sin_port = i & 1 ? good.sin_port : bad.sin_port;
	return NULL;
}

static void *flip_length(void *) // with a name that there is or is not, and data
{
	for (unsigned i = 0; !over; i++) {
		HEADER.msg_name = i & 1 ? NULL : (void *)&bad;
		HEADER.msg_namelen = i & 2 ? 0 : sizeof bad;
		HEADER.msg_iov = &parts[i & 1];
	}
	return NULL;
}

static void *flip_control(void *)
{
	for (unsigned i = 0; !over; i++)
		HEADER.msg_control = i & 1 ? &calm : &sly;
	return NULL;
}

static void *flip_kind(void *) // a source now, and a time to live the next moment
{
	for (unsigned i = 0; !over; i++)
		*(volatile int *)&sly.head.cmsg_type = i & 1 ? IP_PKTINFO : IP_TTL;
	return NULL;
}

static void *flip_slot(void *)
{
	for (unsigned i = 0; !over; i++)
		MUST(dup2(i & 1 ? local : datagram, slot));
	return NULL;
}

static int sent, refused, odd;

static void count(long r)
{
	if (r > 0)
		sent++;
	else if (errno == EACCES)
		refused++;
	else
		odd++;
}

// send_one makes one of the calls.
static long send_one(const char *call)
{
	struct msghdr *h = &messages[0].msg_hdr;
	if (!strcmp(call, "sendmsg"))
		return sendmsg(slot, h, MSG_NOSIGNAL);
	if (!strcmp(call, "sendto"))
		return sendto(slot, text, 1, MSG_NOSIGNAL, (void *)&at, sizeof at);
	return sendmmsg(slot, messages, 2, MSG_NOSIGNAL);
}

static void race(const char *call, const char *what, int tries)
{
	static const struct { const char *name; void *(*flip)(void *); } kinds[] = {{"name", flip_name}, {"bytes", flip_bytes},
		{"length", flip_length}, {"control", flip_control}, {"kind", flip_kind}, {"slot", flip_slot}};
	void *(*flip)(void *) = NULL;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(what, kinds[i].name))
			flip = kinds[i].flip;
	bool controls = flip == flip_control || flip == flip_kind, slots = flip == flip_slot;
	at = good;
	datagram = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	if (flip == flip_length)
		MUST(connect(datagram, (void *)&good, sizeof good));
	slot = MUST(dup(datagram));
	if (slots) { // no family is that of the internet to a datagram socket of IPv4
		int pair[2];
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		local = pair[0];
		at = bad;
		at.sin_family = AF_UNSPEC;
	}
	int ttl = 64;
	struct in_pktinfo from = {.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK + 1)};
	control(&calm.head, SOL_IP, IP_TTL, &ttl, sizeof ttl);
	control(&sly.head, SOL_IP, IP_PKTINFO, &from, sizeof from);
	for (int i = 0; i < 2; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_name = &at, .msg_namelen = sizeof at, .msg_iov = parts, .msg_iovlen = 1,
			.msg_control = controls ? &sly : NULL, .msg_controllen = controls ? CMSG_SPACE(sizeof from) : 0};
	pthread_t t;
	MUST0(pthread_create(&t, NULL, flip, NULL));
	for (int i = 0; i < tries; i++)
		count(send_one(call));
	over = true;
	pthread_join(t, NULL);
	say("%s, %s\n", sent ? "some went through" : "none went through", refused ? "some were refused" : "none were refused");
}

// many sends n messages by sendmmsg as programs do: until all are sent.
static void many(int n)
{
	struct mmsghdr all[16] = {};
	n = n > 16 ? 16 : n;
	datagram = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	for (int i = 0; i < n; i++)
		all[i].msg_hdr = (struct msghdr){.msg_name = &good, .msg_namelen = sizeof good, .msg_iov = parts, .msg_iovlen = 1 + i % 2};
	all[n - 1].msg_hdr.msg_name = &bad;
	int calls = 0, lengths = 0;
	for (int i = 0; i < n; calls++) {
		int r = sendmmsg(datagram, all + i, n - i, 0);
		if (r < 0) {
			say("after %d: %s\n", i, err(r));
			break;
		}
		for (int j = i; j < i + r; j++)
			lengths += all[j].msg_len;
		i += r;
	}
	say("%d bytes\n", lengths);
	say("none: %s\n", err(sendmmsg(datagram, all, 0, 0)));
	say("no socket: %s\n", err(sendmmsg(-1, all, 1, 0)));
	say("nowhere: %s\n", err(sendmmsg(datagram, (void *)8, 1, 0)));
	char *end = MUST(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	struct mmsghdr *shut = (void *)end;
	shut->msg_hdr = all[0].msg_hdr;
	MUST(mprotect(end, 4096, PROT_READ));
	say("read-only: %s\n", err(sendmmsg(datagram, shut, 1, 0)));
	struct msghdr h = all[0].msg_hdr;
	h.msg_namelen = -1;
	say("negative: %s\n", err(sendmsg(datagram, &h, 0)));
	h.msg_namelen = 4;
	say("short: %s\n", err(sendmsg(datagram, &h, 0)));
	h.msg_namelen = 1000;
	say("long: %s\n", err(sendmsg(datagram, &h, 0)));
	h.msg_namelen = sizeof good;
	h.msg_controllen = 1 << 30;
	say("much control: %s\n", err(sendmsg(datagram, &h, 0)));
	h.msg_controllen = 0;
	h.msg_iovlen = 1025;
	say("parts: %s\n", err(sendmsg(datagram, &h, 0)));
	say("sendto: %s\n", err(sendto(datagram, text, 1, 0, (void *)&good, sizeof good)));
	say("sendto elsewhere: %s\n", err(sendto(datagram, text, 1, 0, (void *)&bad, sizeof bad)));
	int six = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = bad.sin_port};
	MUST(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) - 1);
	say("mapped elsewhere: %s\n", err(sendto(six, text, 1, 0, (void *)&mapped, sizeof mapped)));
	mapped.sin6_port = good.sin_port;
	say("mapped: %s\n", err(sendto(six, text, 1, 0, (void *)&mapped, sizeof mapped)));
	say("IPv4 in IPv6: %s\n", err(sendto(six, text, 1, 0, (void *)&good, sizeof good)));
	say("zerocopy elsewhere: %s\n", err(sendto(datagram, text, 1, MSG_ZEROCOPY, (void *)&bad, sizeof bad)));
	say("fast open: %s\n", err(sendto(MUST(socket(AF_INET, SOCK_STREAM, 0)), text, 1, MSG_FASTOPEN, (void *)&good, sizeof good)));
}

// passed sends a descriptor over a local socket, which is what most control data is for.
static void passed(void)
{
	int pair[2], fd = MUST(open("/dev/null", O_RDONLY));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	control(&calm.head, SOL_SOCKET, SCM_RIGHTS, &fd, sizeof fd);
	struct msghdr h = {.msg_iov = parts, .msg_iovlen = 1, .msg_control = &calm, .msg_controllen = CMSG_SPACE(sizeof fd)};
	say("pass: %s\n", err(sendmsg(pair[0], &h, 0)));
	memset(&calm, 0, sizeof calm);
	say("take: %s\n", err(recvmsg(pair[1], &h, 0)));
	memcpy(&fd, CMSG_DATA(&calm.head), sizeof fd);
	say("passed: %d\n", fcntl(fd, F_GETFD) >= 0 && calm.head.cmsg_type == SCM_RIGHTS);
}

// resolve asks a name server for both kinds of addresses, as glibc does with sendmmsg.
static void resolve(const char *name)
{
	MUST(res_init());
	_res.nscount = 1;
	_res.nsaddr_list[0] = good;
	_res.retry = 1;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
	int r = getaddrinfo(name, "80", &hints, &list);
	if (r != 0) {
		say("%s\n", gai_strerror(r));
		return;
	}
	for (a = list; a; a = a->ai_next) {
		char host[100];
		getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST);
		say("%s\n", host);
	}
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		say("what?\n");
		return 99;
	}
	good = inet(argv[3]);
	bad = inet(argv[4]);
	if (!strcmp(argv[1], "many"))
		many(atoi(argv[2]));
	else if (!strcmp(argv[1], "passed"))
		passed();
	else if (!strcmp(argv[1], "resolve"))
		resolve(argv[2]);
	else
		race(argv[1], argv[2], argc > 5 ? atoi(argv[5]) : 5000);
	return 0;
}
