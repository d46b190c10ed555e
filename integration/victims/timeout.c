// Makes calls with a time-out while a sibling sends ignored signals without end, and says what they answer: the time-out, and
// not before it is due. Then each is made once more at the same place, for a short time after one that was to last long.
#include "victim.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { LONG = 1000, SHORT_MS = 100, TICK_MS = 20, MANY = 8 };

static struct timespec wait_for;             // in memory that the kernel reads
static const struct timespec *fixed;         // the same where nobody can write it back
static int event, epoll, sem, peer[2], full[2], listener, crowded;
static aio_context_t aio;
static sigset_t never, fewer;
static struct sockaddr_un address = {.sun_family = AF_UNIX}, crowd = {.sun_family = AF_UNIX};
static char buf[65536];
static pid_t waiter;
static _Atomic int wanted; // wake the waiter when it has got so many signals more
static _Atomic int woken;  // that is done
static _Atomic long nr;    // from this call
static void (*_Atomic waker)(void);

static int ms(void) { return wait_for.tv_sec * 1000 + wait_for.tv_nsec / 1000000; }
static struct timeval tv(void) { return (struct timeval){wait_for.tv_sec, wait_for.tv_nsec / 1000}; }
static void limit(int fd, int option) { struct timeval t = tv(); MUST(setsockopt(fd, SOL_SOCKET, option, &t, sizeof t)); }

#ifdef SYS_epoll_wait
static long do_epoll(void) { struct epoll_event e; return syscall(SYS_epoll_wait, epoll, &e, 1, ms()); }
#endif
static long do_epoll_mask(void) { struct epoll_event e; return epoll_pwait(epoll, &e, 1, ms(), &fewer); }
static long do_epoll_2(void) { struct epoll_event e; return syscall(SYS_epoll_pwait2, epoll, &e, 1, &wait_for, NULL, 0); }
static void wake_event(void) { uint64_t one = 1; MUST(write(event, &one, 8)); }
static long do_sigtimedwait(void) { return sigtimedwait(&never, NULL, &wait_for) == SIGRTMIN ? 0 : -1; }
static void wake_sig(void) { MUST(syscall(SYS_tgkill, getpid(), waiter, SIGRTMIN)); }
static long do_semtimedop(void) { struct sembuf b = {.sem_op = -1}; return semtimedop(sem, &b, 1, &wait_for); }
static void wake_sem(void) { struct sembuf b = {.sem_op = 1}; MUST(semop(sem, &b, 1)); }
static long do_recv(void) { limit(peer[0], SO_RCVTIMEO); return recv(peer[0], buf, 1, 0); }
static long do_read(void) { limit(peer[0], SO_RCVTIMEO); return read(peer[0], buf, 1); }
static void wake_recv(void) { MUST(send(peer[1], "x", 1, 0)); }
static long do_send(void) { limit(full[0], SO_SNDTIMEO); return send(full[0], buf, 1, 0) == 1 ? 0 : -1; }
static void wake_send(void) { while (recv(full[1], buf, sizeof buf, MSG_DONTWAIT) > 0) ; }
static long do_accept(void)
{
	limit(listener, SO_RCVTIMEO);
	int fd = accept(listener, NULL, NULL);
	return fd >= 0 ? close(fd) : -1;
}
static void wake_accept(void)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(fd, (struct sockaddr *)&address, sizeof address));
	close(fd);
}
static long do_connect(void)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	limit(fd, SO_SNDTIMEO);
	long r = connect(fd, (struct sockaddr *)&crowd, sizeof crowd);
	int e = errno;
	close(fd);
	errno = e;
	return r;
}
static long do_ppoll(void)
{
	struct pollfd p = {.fd = peer[0], .events = POLLIN};
	return syscall(SYS_ppoll, &p, 1, fixed, NULL, 0);
}
static long do_getevents(void) { struct io_event e; return syscall(SYS_io_getevents, aio, 1, 1, &e, &wait_for); }

static const struct call {
	const char *name;
	long nr;
	long (*make)(void);
	void (*wake)(void); // NULL: not made for long
} calls[] = {
#ifdef SYS_epoll_wait
	{"epoll_wait", SYS_epoll_wait, do_epoll, wake_event},
#endif
	{"epoll_pwait", SYS_epoll_pwait, do_epoll_mask, wake_event},
	{"epoll_pwait2", SYS_epoll_pwait2, do_epoll_2, wake_event},
	{"sigtimedwait", SYS_rt_sigtimedwait, do_sigtimedwait, wake_sig},
	{"semtimedop", SYS_semtimedop, do_semtimedop, wake_sem},
	{"recv", SYS_recvfrom, do_recv, wake_recv},
	{"read", SYS_read, do_read, wake_recv},
	{"send", SYS_sendto, do_send, wake_send},
	{"accept", SYS_accept, do_accept, wake_accept},
	{"connect", SYS_connect, do_connect, NULL},
	{"ppoll", SYS_ppoll, do_ppoll, NULL},
	{"io_getevents", SYS_io_getevents, do_getevents, NULL},
};

// rain sends an ignored signal every few milliseconds.
static void *rain(void *unused)
{
	for (int n = 0;; n++) {
		struct timespec drop = {.tv_nsec = 3000000};
		MUST(syscall(SYS_tgkill, getpid(), waiter, SIGURG));
		nanosleep(&drop, NULL);
		if (wanted > 0 && blocked(waiter, nr) && --wanted == 0)
			waker(), woken = 1;
	}
	return unused;
}

static void fill(void)
{
	while (send(full[0], buf, sizeof buf, MSG_DONTWAIT) > 0)
		;
	while (send(full[0], buf, 1, MSG_DONTWAIT) > 0)
		;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// call makes it: to be ended by the sibling, if there is a wake, else by its time-out.
static void call(const struct call *c, const char *how, void (*wake)(void))
{
	wait_for = wake ? (struct timespec){.tv_sec = LONG} : (struct timespec){.tv_nsec = SHORT_MS * 1000000};
	nr = c->nr;
	waker = wake;
	woken = 0;
	wanted = wake ? MANY : 0;
	double then = now();
	long r = c->make();
	int e = errno;
	double took = now() - then;
	while (wake && !woken)
		sched_yield();
	errno = e;
	say("%s, %s: %ld %s%s\n", c->name, how, r, err(r), !wake && took < SHORT_MS - TICK_MS ? ", too early" : "");
}

static int listening(struct sockaddr_un *at, const char *name, int backlog)
{
	snprintf(at->sun_path + 1, 64, "jail-timeout-%s-%d", name, getpid());
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(fd, (struct sockaddr *)at, sizeof *at));
	MUST(listen(fd, backlog));
	return fd;
}

static void setup(void)
{
	event = MUST(eventfd(0, 0));
	epoll = MUST(epoll_create1(0));
	struct epoll_event e = {.events = EPOLLIN | EPOLLET};
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &e));
	sem = MUST(semget(IPC_PRIVATE, 1, 0600));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, peer));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, full));
	listener = listening(&address, "some", 4);
	crowded = listening(&crowd, "crowd", 0);
	MUST(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&crowd, sizeof crowd));
	MUST(syscall(SYS_io_setup, 1, &aio));
	sigemptyset(&never);
	sigaddset(&never, SIGRTMIN);
	block(SIG_BLOCK, SIGRTMIN);
	MUST0(pthread_sigmask(SIG_BLOCK, NULL, &fewer));
	struct timespec *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*page = (struct timespec){.tv_nsec = SHORT_MS * 1000000};
	MUST(mprotect(page, 4096, PROT_READ));
	fixed = page;
}

int main(void)
{
	pthread_t second;
	sigset_t all, old;
	setup();
	waiter = tid();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	MUST0(pthread_create(&second, NULL, rain, NULL));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		fill();
		call(&calls[i], "short", NULL);
		for (int n = 0; calls[i].wake && n < 2; n++) {
			call(&calls[i], n ? "short" : "long", n ? NULL : calls[i].wake);
			if (calls[i].nr == SYS_sendto)
				fill();
		}
	}
	semctl(sem, 0, IPC_RMID);
	_exit(0);
}
