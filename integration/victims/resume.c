// Reads from one descriptor while a handler interrupts it, and looks at the arguments that the handler finds in its context.
#include "victim.h"
#include <sys/ucontext.h>

// Descriptor 3 never has anything to read, 4 has after the signal. An engine may exchange them.
static int other[2], mine[2];
static _Atomic int caught;
static pid_t reader;

static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si;
#if defined __x86_64__
	ucontext_t *uc = context;
	long rdi = uc->uc_mcontext.gregs[REG_RDI], rdx = uc->uc_mcontext.gregs[REG_RDX], rax = uc->uc_mcontext.gregs[REG_RAX];
	say("handler: descriptor %ld, length %ld, rax %s\n", rdi, rdx, rax == SYS_read ? "the call again" : rax == -EINTR ? "EINTR" : "something else");
#else
	(void)context;
#endif
	caught++;
}

static void *interrupter(void *way)
{
	await_blocked(reader, SYS_read);
	MUST(syscall(SYS_tgkill, getpid(), reader, SIGUSR1));
	while (!caught)
		sched_yield();
	if (strcmp(way, "restart") == 0) {
		await_blocked(reader, SYS_read);
		MUST(write(other[1], "engine", 6));
		MUST(write(mine[1], "native", 6));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	char buf[64] = {0};
	pthread_t t;
	if (argc != 2)
		return 97;
	reader = tid();
	MUST(pipe(mine)); // 3 and 4
	MUST(pipe(other)); // 5 and 6
	int flags = strcmp(argv[1], "restart") == 0 ? SA_RESTART : 0;
	catch(SIGUSR1, on_signal, flags);
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	MUST0(pthread_create(&t, NULL, interrupter, argv[1]));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	long r = read(mine[0], buf, 6);
	say("read: %ld %s \"%s\", caught %d\n", r, err(r), buf, caught);
	MUST0(pthread_join(t, NULL));
	return 0;
}
