// Installs filters of its own on top of what there is: errno, trap, kill, log, thread-sync, stacked, inherited.
#include "victim.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static int install(unsigned flags, long nr, unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static void trapped(int sig, siginfo_t *si, void *context)
{
	(void)context;
	say("signal %d code %d errno %#x\n", sig, si->si_code, si->si_errno);
}

static void in_child(const char *name, void (*what)(void))
{
	pid_t pid = MUST(fork());
	if (pid == 0) {
		what();
		_exit(0);
	}
	reap(name, pid);
}

static void refused(void)
{
	say("install: %s\n", err(install(0, SYS_getpgrp, SECCOMP_RET_ERRNO | EDOM)));
	say("getpgrp: %s\n", err(syscall(SYS_getpgrp)));
	say("second: %s\n", err(install(0, SYS_getpgrp, SECCOMP_RET_ERRNO | 0)));
	say("getpgrp: %ld\n", syscall(SYS_getpgrp)); // the newest of equals
	say("third: %s\n", err(install(0, SYS_getpgrp, SECCOMP_RET_LOG)));
	say("getpgrp: %ld\n", syscall(SYS_getpgrp));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		say("inherited: %ld\n", syscall(SYS_getpgrp));
		_exit(0);
	}
	reap("heir", pid);
}

static void trapping(void)
{
	catch(SIGSYS, trapped, 0);
	MUST(install(0, SYS_getpgrp, SECCOMP_RET_TRAP | 77));
	syscall(SYS_getpgrp);
}

static void killing(void)
{
	MUST(install(0, SYS_getpgrp, SECCOMP_RET_KILL_PROCESS));
	syscall(SYS_getpgrp);
	say("lives on\n");
}

static void *killed(void *unused)
{
	syscall(SYS_getpgrp);
	say("lives on\n");
	return unused;
}

static void killing_thread(void)
{
	pthread_t t;
	MUST(install(0, SYS_getpgrp, SECCOMP_RET_KILL_THREAD));
	MUST0(pthread_create(&t, NULL, killed, NULL));
	MUST0(pthread_join(t, NULL)); // the kernel clears the tid whoever ends the thread
	say("the other thread is dead, this one is not\n");
}

static _Atomic int synced, asked;
static void *synchronised(void *result)
{
	asked = 1;
	while (!synced)
		sched_yield();
	*(long *)result = syscall(SYS_getpgrp) == -1 ? errno : 0;
	return NULL;
}

static void synchronising(void)
{
	pthread_t t[4];
	long results[4];
	for (int i = 0; i < 4; i++)
		MUST0(pthread_create(&t[i], NULL, synchronised, &results[i]));
	while (!asked)
		sched_yield();
	say("thread-sync: %s\n", err(install(SECCOMP_FILTER_FLAG_TSYNC, SYS_getpgrp, SECCOMP_RET_ERRNO | EXDEV)));
	synced = 1;
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		say("thread %d: %s\n", i, strerrorname_np(results[i]));
	}
}

int main(void)
{
	in_child("refused", refused);
	in_child("trapping", trapping);
	in_child("killing", killing);
	in_child("killing a thread", killing_thread);
	in_child("synchronising", synchronising);
	return 0;
}
