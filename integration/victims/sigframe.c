// Signal frames: alternate stacks, nesting, contexts that a handler changes, faults repaired, floating point kept.
#include "victim.h"
#include <setjmp.h>
#include <sys/ucontext.h>

static _Atomic int depth, deepest, count;
static char *page, *stack;
static sigjmp_buf back;

static int on_altstack(void)
{
	char here;
	return &here > stack && &here < stack + 65536;
}

static void plain(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si, (void)context;
	say("handler of %d on the alternate stack: %d\n", sig, on_altstack());
}

static void nest(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	if (++depth > deepest)
		deepest = depth;
	if (depth < 20)
		raise(sig);
	depth--;
	count++;
}

static void repair(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)context;
	count++;
	MUST(mprotect((char *)((uintptr_t)si->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE));
}

static void overflow(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	say("stack overflow: signal %d on the alternate stack: %d\n", sig, on_altstack());
	siglongjmp(back, 1);
}

static int __attribute__((noinline)) recurse(volatile char *outer)
{
	volatile char here[4096];
	here[0] = outer ? outer[0] + 1 : 0;
	return outer == here ? 0 : here[0] + recurse(here); // never equal
}

#if defined __x86_64__
static void skip(int sig, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;
	(void)sig, (void)si;
	uc->uc_mcontext.gregs[REG_RIP] += 2; // ud2
	uc->uc_mcontext.gregs[REG_RAX] = 4242;
}

static void contexts(void)
{
	long rax = 1, rbx = 2, r12 = 3;
	catch(SIGILL, skip, 0);
	__asm__ volatile("ud2" : "+a"(rax), "+b"(rbx) : "r"(r12) : "memory");
	say("context changed: rax %ld rbx %ld r12 %ld\n", rax, rbx, r12);
	double in = 1.25, out;
	catch(SIGUSR1, plain, SA_ONSTACK);
	pid_t me = getpid();
	long nr = SYS_kill;
	__asm__ volatile("movsd %2, %%xmm9\n\tsyscall\n\tmovsd %%xmm9, %0"
		: "=m"(out), "+a"(nr) : "m"(in), "D"((long)me), "S"((long)SIGUSR1) : "rcx", "r11", "xmm9", "memory");
	say("xmm9 kept: %d\n", out == 1.25);
}
#else
static void contexts(void) {}
#endif

static void masked(int sig, siginfo_t *si, void *context)
{
	sigset_t now;
	(void)si, (void)context;
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	say("in the handler: own signal blocked %d, SIGUSR2 %d, SIGHUP %d\n", sigismember(&now, sig), sigismember(&now, SIGUSR2),
		sigismember(&now, SIGHUP));
}

int main(void)
{
	stack = MUST(mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	stack_t ss = {.ss_sp = stack, .ss_size = 65536}, old;
	MUST(sigaltstack(&ss, NULL));
	catch(SIGUSR1, plain, SA_ONSTACK);
	raise(SIGUSR1);
	catch(SIGUSR1, plain, 0);
	raise(SIGUSR1);
	MUST(sigaltstack(NULL, &old));
	say("alternate stack is where it was: %d, flags %d\n", old.ss_sp == stack, old.ss_flags);

	catch(SIGUSR1, nest, SA_NODEFER);
	raise(SIGUSR1);
	say("nested %d deep, %d times\n", deepest, count);
	catch(SIGUSR1, nest, SA_RESETHAND);
	depth = 20;
	raise(SIGUSR1);
	struct sigaction sa;
	MUST(sigaction(SIGUSR1, NULL, &sa));
	say("reset after one: %d\n", sa.sa_handler == SIG_DFL);

	count = 0;
	page = MUST(mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	catch(SIGSEGV, repair, 0);
	for (int i = 0; i < 64; i++)
		page[i * 4096 + i] = i;
	say("repaired %d faults\n", count);

	catch(SIGSEGV, overflow, SA_ONSTACK);
	if (sigsetjmp(back, 1) == 0)
		recurse(NULL);
	say("after the overflow\n");
	contexts();

	struct sigaction m = {.sa_sigaction = masked, .sa_flags = SA_SIGINFO};
	sigaddset(&m.sa_mask, SIGUSR2);
	MUST(sigaction(SIGUSR1, &m, NULL));
	raise(SIGUSR1);
	m.sa_flags |= SA_NODEFER;
	MUST(sigaction(SIGUSR1, &m, NULL));
	raise(SIGUSR1);
	signal(SIGSEGV, SIG_IGN); // a fault ends the program all the same
	say("last\n");
	*(volatile int *)8 = 1;
	return 0;
}
