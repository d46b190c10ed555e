// What the victims share that connect while addresses are sealed. argv: what to do, the allowed port, the refused one, how often.
// Datagram sockets unless type is changed: connecting one sends nothing.

#ifndef SEALED_H
#define SEALED_H

#include "victim.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static uint16_t allowed, refused;
static int tries;
static struct sockaddr_in target;
static atomic_int stop;
static int type = SOCK_DGRAM;

static struct sockaddr_in to(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

// outcome connects once: the port it is connected to then, or the negative errno.
static int outcome(const void *addr, socklen_t len)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	int result = connect(fd, addr, len) ? -errno : 0;
	if (result == 0) {
		struct sockaddr_in peer;
		socklen_t n = sizeof peer;
		if (getpeername(fd, (struct sockaddr *)&peer, &n))
			die("getpeername");
		result = ntohs(peer.sin_port);
	}
	close(fd);
	return result;
}

static int once(uint16_t port)
{
	struct sockaddr_in a = to(port);
	return outcome(&a, sizeof a);
}

static void *flip(void *unused)
{
	volatile in_port_t *port = &target.sin_port;
	for (unsigned i = 0; !stop; i++)
		*port = htons(i & 1 ? refused : allowed);
	return unused;
}

struct count { int in, out, leaks, odd, all; };

static void note(struct count *c, int result)
{
	c->in += result == allowed;
	c->leaks += result == refused;
	c->out += result == -EACCES;
	c->odd += result != allowed && result != refused && result != -EACCES;
}

// race connects as often as it is told, and until both ports were met; or until something leaks.
static struct count race(int n)
{
	struct count c = {0};
	pthread_t t[2];
	stop = 0;
	target = to(allowed);
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], 0, flip, 0);
	for (int i = 0; (i < n || (!(c.in && c.out) && i < 100 * n)) && !c.leaks; i++, c.all++)
		note(&c, outcome(&target, sizeof target));
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], 0);
	return c;
}

static void report(const char *what, struct count c)
{
	say("%s: leaks %d, odd %d, all %d, both ways %d\n", what, c.leaks, c.odd, c.in + c.out + c.leaks + c.odd == c.all, c.in && c.out);
}

static void simple(const char *what)
{
	say("%s: allowed %d, refused %d\n", what, once(allowed) == allowed, once(refused) == -EACCES);
}

// pages finds where the sealed pages are, with the return pads behind them: their number, and the last of them.
static int pages(char **at, size_t *size)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;
	if (!f)
		die("maps");
	while (fgets(line, sizeof line, f)) {
		unsigned long a, b;
		if (!strstr(line, "/memfd:sealed arguments") || sscanf(line, "%lx-%lx", &a, &b) != 2)
			continue;
		if (strstr(line, " r--s "))
			n++, *at = (char *)a, *size = b - a;
		else if (n > 0 && strstr(line, " r-xs ") && (char *)a == *at + *size)
			*size += b - a;
	}
	fclose(f);
	return n;
}

static char *page;
static size_t size;

static void await(pid_t pid, const char *what)
{
	int st;
	if (waitpid(pid, &st, 0) != pid || st)
		say("%s ended with %#x\n", what, st);
}

// A part is what one name in argv stands for.
struct part { const char *name; void (*play)(void); };

static char **arguments;

static int play(int argc, char **argv, const struct part *parts)
{
	if (argc < 5)
		die("arguments");
	arguments = argv, allowed = atoi(argv[2]), refused = atoi(argv[3]), tries = atoi(argv[4]);
	for (; parts->name; parts++)
		if (!strcmp(parts->name, argv[1])) {
			parts->play();
			return 0;
		}
	die(argv[1]);
}

#endif
