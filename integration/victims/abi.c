// Calls of every ABI that the machine may have, each in a child of its own: native, unknown numbers, int 0x80, x32.
#include "victim.h"

#if defined __x86_64__
static long int80(unsigned long rax)
{
	__asm__ volatile("int $0x80" : "+a"(rax) : "b"(0), "c"(0), "d"(0) : "r8", "r9", "r10", "r11", "memory");
	return rax;
}

static void unknown(long nr)
{
	say("number %ld: %s\n", nr, err(syscall(nr, 1, 2, 3)));
}

static void in_child(const char *name, long (*call)(unsigned long), unsigned long nr)
{
	pid_t pid = MUST(fork());
	if (pid == 0) {
		long r = call(nr);
		say("%s: answered %s\n", name, r == getpid() ? "the pid" : r == -ENOSYS ? "ENOSYS" : "something");
		_exit(0);
	}
	reap(name, pid);
}

static long x32(unsigned long nr)
{
	long r = syscall(0x40000000 | nr);
	return r == -1 ? -errno : r;
}

int main(void)
{
	long numbers[] = {9999, 511, 600, 1 << 20, -1, -2, 0x7fffffff};
	unknown(numbers[0]);
	unknown(numbers[2]);
	unknown(numbers[3]);
	unknown(numbers[4]);
	unknown(numbers[5]);
	in_child("int 0x80", int80, 20);
	in_child("int 0x80 with junk above", int80, 0xdeadbeef00000014);
	in_child("int 0x80 of an unknown number", int80, 9999);
	in_child("x32", x32, 39);
	in_child("x32 of an unknown number", x32, 9999);
	say("done\n");
	return 0;
}
#else
int main(void)
{
	say("number 9999: %s\ndone\n", err(syscall(9999)));
	return 0;
}
#endif
