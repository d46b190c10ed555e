// Signals to the supervisor, to its other children, and to the victim, by every call that sends some.

#include "attempt.h"

// stopped tells whether a signal has stopped or ended the supervisor: its state, looked at for a while.
static void __attribute__((noreturn)) stopped(void)
{
	char path[64], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", world.supervisor);
	for (int i = 0; i < 300; i++) {
		int fd = open(path, O_RDONLY);
		long n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
		close(fd);
		text[n > 0 ? n : 0] = 0;
		char *at = strrchr(text, ')');
		if (at == NULL || at[2] == 'T' || at[2] == 'Z' || at[2] == 'X' || getppid() != world.supervisor) {
			kill(world.supervisor, SIGCONT);
			escaped("the supervisor's state is %c", at ? at[2] : '?');
		}
		sched_yield();
	}
	blocked("the supervisor goes on");
}
static void stop_supervisor(void) { NEED(kill(world.supervisor, SIGSTOP)); stopped(); }
static void kill_supervisor(void) { NEED(kill(world.supervisor, SIGKILL)); stopped(); }
static void kill_thread(void) { NEED(syscall(SYS_tgkill, world.supervisor, world.supervisor, SIGSTOP)); stopped(); }
static void tkill_supervisor(void) { NEED(syscall(SYS_tkill, world.supervisor, SIGSTOP)); stopped(); }
static void stop_group(void) // all of the group but this task, which does not stop for SIGTSTP
{
	signal(SIGTSTP, SIG_IGN);
	NEED(kill(0, SIGTSTP));
	stopped();
}
static void queue_supervisor(void)
{
	siginfo_t si = {.si_code = SI_QUEUE, .si_signo = SIGSTOP};
	NEED(syscall(SYS_rt_sigqueueinfo, world.supervisor, SIGSTOP, &si));
	stopped();
}
static void owner_signal(void) // the kernel sends it, when there is something to read
{
	int ends[2];
	NEED(pipe(ends));
	NEED(fcntl(ends[0], F_SETSIG, SIGUSR1));
	NEED(fcntl(ends[0], F_SETOWN, world.victim));
	NEED(fcntl(ends[0], F_SETFL, O_ASYNC));
	NEED(write(ends[1], "x", 1));
	done();
}
static void idle_kill(void)
{
	char list[4096], path[64], *end;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", world.supervisor, world.supervisor);
	int fd = NEED(open(path, O_RDONLY));
	long n = NEED(read(fd, list, sizeof list - 1));
	list[n] = 0;
	for (char *at = list; strtol(at, &end, 10) > 0; at = end)
		if (strtol(at, NULL, 10) != getpid() && kill(strtol(at, NULL, 10), SIGURG) == 0)
			escaped("a signal to the supervisor's other child %ld", strtol(at, NULL, 10));
	blocked("no signal to another child of the supervisor");
}
static void signal_victims(void) { RESULT(signal_victim()); }
static void tgkill_victim(void) { RESULT(syscall(SYS_tgkill, world.victim, world.victim, SIGUSR1)); }
static void tkill_victim(void) { RESULT(syscall(SYS_tkill, world.victim, SIGUSR1)); }
static void queue_victim(void)
{
	siginfo_t si = {.si_code = SI_QUEUE, .si_signo = SIGUSR1};
	RESULT(syscall(SYS_rt_sigqueueinfo, world.victim, SIGUSR1, &si));
}
static void tgqueue_victim(void)
{
	siginfo_t si = {.si_code = SI_QUEUE, .si_signo = SIGUSR1};
	RESULT(syscall(SYS_rt_tgsigqueueinfo, world.victim, world.victim, SIGUSR1, &si));
}

const struct attempt signals[] = {
	{"stop-supervisor", stop_supervisor, LANDLOCK}, {"kill-supervisor", kill_supervisor, LANDLOCK}, {"tgkill-supervisor", kill_thread, LANDLOCK},
	{"tkill-supervisor", tkill_supervisor, LANDLOCK}, {"stop-group", stop_group, LANDLOCK}, {"queue-supervisor", queue_supervisor, LANDLOCK},
	{"owner-signal", owner_signal, LANDLOCK}, {"idle-kill", idle_kill, LANDLOCK}, {"kill-victim", signal_victims, LANDLOCK},
	{"tgkill-victim", tgkill_victim, LANDLOCK}, {"tkill-victim", tkill_victim, LANDLOCK}, {"queue-victim", queue_victim, LANDLOCK},
	{"tgqueue-victim", tgqueue_victim, LANDLOCK},
	END,
};
