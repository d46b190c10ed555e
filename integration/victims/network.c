// Connects, while another thread exchanges what was checked; and connects that have to wait.

#include "victim.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static struct sockaddr_in to;
static struct sockaddr_un at;
static atomic_int slot = -1; // the descriptor that is exchanged
static atomic_int stream, datagram;
static char **names;
static atomic_bool over;

static struct sockaddr_in inet(const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct sockaddr_un local(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	memcpy(a.sun_path, path, strnlen(path, sizeof a.sun_path));
	return a;
}

static void *flip_port(void *)
{
	uint16_t ports[2] = {htons(atoi(names[0])), htons(atoi(names[1]))};
	for (unsigned i = 0; !over; i++)
		*(volatile uint16_t *)&to.sin_port = ports[i & 1];
	return NULL;
}

static void *flip_path(void *)
{
	for (unsigned i = 0; !over; i++)
		memcpy(at.sun_path, names[i & 1], strlen(names[i & 1]) + 1);
	return NULL;
}

static void *flip_link(void *)
{
	char next[200];
	snprintf(next, sizeof next, "%s.new", names[2]);
	for (unsigned i = 0; !over; i++) {
		MUST(symlink(names[i & 1], next));
		MUST(rename(next, names[2]));
	}
	return NULL;
}

static void *flip_slot(void *)
{
	for (unsigned i = 0; !over; i++)
		MUST(dup2(i & 1 ? stream : datagram, slot));
	return NULL;
}

// score counts results of connect until there were enough of both, or many of one.
static int ok, refused;

static int enough(void) { return (ok >= 20 && refused >= 20) || ok + refused >= 20000; }

static void count(int r)
{
	if (r == 0)
		ok++;
	else if (errno == EACCES)
		refused++;
	else if (errno != EAGAIN && errno != EISCONN && errno != ENOENT)
		die("connect");
}

// race connects while a thread flips.
static void race(int family, void *(*flip)(void *), void *addr, socklen_t len)
{
	pthread_t t;
	MUST0(pthread_create(&t, NULL, flip, NULL));
	while (!enough()) {
		int s = MUST(socket(family, SOCK_STREAM, 0));
		count(connect(s, addr, len));
		close(s);
	}
	over = true;
	pthread_join(t, NULL);
	say("%s, %s\n", ok >= 20 ? "some went through" : "too few went through", refused >= 20 ? "some were refused" : "too few were refused");
}

// race_slot has a port that is for TCP only, and a descriptor that is a socket of TCP now and of UDP the next moment.
static void race_slot(void)
{
	stream = MUST(socket(AF_INET, SOCK_STREAM, 0));
	datagram = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	slot = MUST(dup(stream));
	to = inet(names[0]);
	pthread_t t;
	MUST0(pthread_create(&t, NULL, flip_slot, NULL));
	int wrong = 0;
	while (!enough()) {
		count(connect(slot, (void *)&to, sizeof to));
		struct sockaddr_in peer;
		socklen_t len = sizeof peer;
		if (getpeername(datagram, (void *)&peer, &len) == 0)
			wrong++;
		if (getpeername(stream, (void *)&peer, &len) == 0) {
			int next = MUST(socket(AF_INET, SOCK_STREAM, 0)), old = stream;
			stream = next;
			MUST(dup2(next, slot));
			(void)old; // the thread may be about to use it
		}
	}
	over = true;
	pthread_join(t, NULL);
	say("%s, %s, %d times the wrong one\n", ok >= 20 ? "some went through" : "too few went through",
	    refused >= 20 ? "some were refused" : "too few were refused", wrong);
}

static void handler(int, siginfo_t *, void *) {}

// full makes a listener at a path whose queue has no room.
static int full(const char *path)
{
	struct sockaddr_un a = local(path);
	int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(l, (void *)&a, sizeof a));
	MUST(listen(l, 0));
	for (;;) {
		int s = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
		if (connect(s, (void *)&a, sizeof a) == 0)
			continue;
		if (errno != EAGAIN)
			die("fill");
		close(s);
		return l;
	}
}

// ring sends SIGALRM again and again: a first one may come before the call that it is to break off.
static void ring(int flags)
{
	catch(SIGALRM, handler, flags);
	struct itimerval often = {{0, 20000}, {0, 20000}};
	MUST(setitimer(ITIMER_REAL, &often, NULL));
}

static void say_blocking(int s)
{
	say("blocking: %d\n", !(MUST(fcntl(s, F_GETFL)) & O_NONBLOCK));
}

// wait_for connects where it has to wait, with somebody who ends that.
static void wait_for(const char *how, const char *path)
{
	int l = full(path);
	struct sockaddr_un a = local(path);
	int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	if (!strcmp(how, "signal")) {
		ring(0);
		say("connect: %s\n", err(connect(s, (void *)&a, sizeof a)));
		say_blocking(s);
		return;
	}
	if (!strcmp(how, "patience")) {
		struct timeval soon = {0, 30000};
		MUST(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon));
		say("connect: %s\n", err(connect(s, (void *)&a, sizeof a)));
		return;
	}
	pid_t pid = MUST(fork());
	if (pid == 0) {
		if (!strcmp(how, "restart"))
			ring(SA_RESTART);
		int r = connect(s, (void *)&a, sizeof a);
		say("connect: %s\n", err(r));
		say_blocking(s);
		_exit(0);
	}
	for (int seen = 0; seen < 300; sched_yield()) // held, or asleep, and not just passing by
		seen = strchr("tS", state(pid)) ? seen + 1 : 0;
	if (!strcmp(how, "kill"))
		MUST(kill(pid, SIGKILL));
	else
		for (int i = 0; i < 2; i++) // those who came before it, too
			MUST(accept(l, NULL, NULL));
	reap("child", pid);
}

// tcp_wait connects to a listener that answers nobody any more, and is called away by a signal.
static void tcp_wait(const char *port)
{
	to = inet(port);
	ring(0);
	for (;;) {
		int s = MUST(socket(AF_INET, SOCK_STREAM, 0));
		int r = connect(s, (void *)&to, sizeof to);
		if (r == 0)
			continue; // there was room; keep it
		say("connect: %s\n", err(r));
		say_blocking(s);
		return;
	}
}

// sleeper is a thread that takes no signals, so that descriptors are shared.
static void *sleeper(void *)
{
	block(SIG_BLOCK, SIGALRM);
	while (!over)
		pause();
	return NULL;
}

// odd makes calls that no friendly program makes, and some that it does, and says what each answers.
static void odd(const char *path)
{
	static const struct { const char *name; int family, type; } kinds[] = {
		{"TCP", AF_INET, SOCK_STREAM}, {"UDP", AF_INET, SOCK_DGRAM}, {"TCP6", AF_INET6, SOCK_STREAM}, {"UDP6", AF_INET6, SOCK_DGRAM},
		{"local", AF_UNIX, SOCK_STREAM}, {"packets", AF_UNIX, SOCK_SEQPACKET}};
	struct sockaddr_in four = inet("9"), any = {.sin_family = AF_INET}, none = {.sin_family = AF_UNSPEC}, strange = {.sin_family = 99};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	MUST(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) - 1);
	struct sockaddr_un file = local(path), nothing = local("/no/such"), abstract = {.sun_family = AF_UNIX, .sun_path = "\0odd"};
	char *end = MUST(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	MUST(mprotect(end += 4096, 4096, PROT_NONE));
	memcpy(end - 8, &four, 8);
	const struct { const char *name; void *at; socklen_t len; } to[] = {
		{"127.0.0.1:9", &four, sizeof four}, {"0.0.0.0:0", &any, sizeof any}, {"[::1]:9", &six, sizeof six}, {"mapped", &mapped, sizeof mapped},
		{"without scope", &six, 24}, {"IPv6 too short", &six, 23}, {"IPv4 too short", &four, 15}, {"longer", &four, 100}, {"no family", &none, sizeof none},
		{"family alone", &none, 2}, {"family 99", &strange, sizeof strange}, {"a file", &file, sizeof file}, {"no file", &nothing, sizeof nothing},
		{"abstract", &abstract, 6}, {"local, no name", &abstract, 2}, {"empty", &four, 0}, {"one byte", &four, 1}, {"most", &file, 110}, {"too long", &file, 111},
		{"storage", &four, 128}, {"beyond", &four, 129}, {"negative", &four, -1}, {"NULL", NULL, 16}, {"NULL, empty", NULL, 0}, {"end of memory", end - 8, 16},
		{"enough memory", end - 8, 8}};
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
			int s = MUST(socket(kinds[k].family, kinds[k].type, 0));
			say("%s connect %s: %s\n", kinds[k].name, to[i].name, err(connect(s, to[i].at, to[i].len)));
			close(s);
			s = MUST(socket(kinds[k].family, kinds[k].type, 0));
			if (to[i].at != &file && to[i].at != &nothing && to[i].at != &four && to[i].at != &six && to[i].at != &mapped)
				say("%s bind %s: %s\n", kinds[k].name, to[i].name, err(bind(s, to[i].at, to[i].len)));
			int r = listen(s, 1);
			say("%s listen: %s\n", kinds[k].name, err(r));
			close(s);
		}
	const int fds[] = {-1, 999, 1 << 30, open("/dev/null", O_RDWR), open("/dev/null", O_PATH), open(path, O_PATH)};
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		say("descriptor %zu connect: %s\n", i, err(connect(fds[i], (void *)&four, sizeof four)));
		say("descriptor %zu bind: %s\n", i, err(bind(fds[i], (void *)&any, sizeof any)));
		say("descriptor %zu listen: %s\n", i, err(listen(fds[i], 1)));
	}
	int u = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	say("associate: %s\n", err(connect(u, (void *)&four, sizeof four)));
	say("twice: %s\n", err(connect(u, (void *)&four, sizeof four)));
	say("dissolve: %s\n", err(connect(u, (void *)&none, sizeof none)));
	struct sockaddr_in peer;
	say("peer: %s\n", err(getpeername(u, (void *)&peer, &(socklen_t){sizeof peer})));
	int bound = MUST(socket(AF_INET, SOCK_STREAM, 0)), other = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(bind(bound, (void *)&any, sizeof any));
	socklen_t len = sizeof any;
	MUST(getsockname(bound, (void *)&any, &len));
	say("in use: %s\n", err(bind(other, (void *)&any, sizeof any)));
	say("listen: %s\n", err(listen(bound, 5)));
	say("in use, connect: %s\n", err(connect(other, (void *)&any, sizeof any)));
	say("connect again: %s\n", err(connect(other, (void *)&any, sizeof any)));
	say("connect a listener: %s\n", err(connect(bound, (void *)&any, sizeof any)));
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[1] : "";
	names = argv + 2;
	if (!strcmp(how, "port")) {
		to = inet(names[0]);
		race(AF_INET, flip_port, &to, sizeof to);
	} else if (!strcmp(how, "path")) {
		at = local(names[0]);
		race(AF_UNIX, flip_path, &at, sizeof at);
	} else if (!strcmp(how, "link") && argc > 4) {
		at = local(names[2]);
		MUST(symlink(names[0], names[2]));
		race(AF_UNIX, flip_link, &at, sizeof at);
	} else if (!strcmp(how, "slot")) {
		race_slot();
	} else if (!strcmp(how, "wait") && argc > 3) {
		wait_for(names[0], names[1]);
	} else if (!strcmp(how, "tcp")) {
		tcp_wait(names[0]);
	} else if (!strcmp(how, "tcp-threads")) {
		pthread_t t;
		MUST0(pthread_create(&t, NULL, sleeper, NULL));
		tcp_wait(names[0]);
	} else if (!strcmp(how, "odd")) {
		odd(names[0]);
	} else if (!strcmp(how, "inherited")) {
		to = inet(names[0]);
		say("connect: %s\n", err(connect(3, (void *)&to, sizeof to)));
	} else if (!strcmp(how, "to")) { // each path in turn; "-C dir" and "-R dir" change folder and root first, "-U user" the user, "-M a b" mounts
		for (int i = 2; i < argc; i++) {
			if (!strcmp(argv[i], "-C")) {
				MUST(chdir(argv[++i]));
				continue;
			}
			if (!strcmp(argv[i], "-R")) {
				MUST(chroot(argv[++i]));
				continue;
			}
			if (!strcmp(argv[i], "-U")) {
				uid_t user = atoi(argv[++i]);
				MUST(syscall(SYS_setgroups, 0, NULL));
				MUST(syscall(SYS_setresgid, user, user, user));
				MUST(syscall(SYS_setresuid, user, user, user));
				continue;
			}
			if (!strcmp(argv[i], "-M")) { // a mount namespace in which the first is seen as the second
				if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) {
					say("unshare: %s\n", err(-1));
					return 0;
				}
				MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
				MUST(mount(argv[i + 1], argv[i + 2], NULL, MS_BIND, NULL));
				i += 2;
				continue;
			}
			struct sockaddr_un a = local(argv[i]);
			int s = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
			say("%s: %s\n", argv[i], err(connect(s, (void *)&a, sizeof a)));
			close(s);
		}
	} else {
		say("what?\n");
		return 99;
	}
	return 0;
}
