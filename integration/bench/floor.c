// floor.c is the least that a tracer can do, as a measure for others: wait, look at the call, continue; and follow every task.
//
//go:build ignore

// Usage: floor [-l] [-s] [-n] [-o COUNT] [-x] [-c CPU] PROGRAM [ARGUMENT]...
//   -l        no call is traced: only births, programs and deaths are followed, and signals passed on
//   -s        what else it takes to change an argument in memory: 64 bytes are read, the registers read and set
//   -n        no look at the call: wait and continue alone
//   -o COUNT  after each of the first COUNT traced calls only its task is waited for: right only while all others sleep
//   -x        tasks stop on their way out too (PTRACE_O_TRACEEXIT)
//   -c CPU    the tracer stays on this processor
// Traced is getppid (seccomp(2), SECCOMP_RET_TRACE). It ends with the program's exit code; see ptrace(2).
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

long ptrace(int request, ...); // <sys/ptrace.h> and <linux/ptrace.h> can't be had together

enum { options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL };

static int lifecycle, seals, blind, exits, cpu = -1;
static long one;

static void filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lifecycle ? -1 : SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		err(125, "seccomp");
}

static void pin(void)
{
	cpu_set_t set;
	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set))
		err(125, "processor %d", cpu);
}

// start makes the first task, seized and about to execute the program.
static pid_t start(char **argv)
{
	pid_t pid = fork();
	if (pid < 0)
		err(125, "fork");
	if (pid == 0) {
		raise(SIGSTOP);
		filter();
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	int status;
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		errx(125, "the first task did not stop");
	if (ptrace(PTRACE_SEIZE, pid, 0, options | (exits ? PTRACE_O_TRACEEXIT : 0)) || kill(pid, SIGCONT))
		err(125, "seize");
	pin();
	return pid;
}

// seal is what nobody who puts a checked copy in the place of an argument is spared, but for the copying itself.
static void seal(pid_t tid, unsigned long at)
{
	static char memory[64], registers[1024];
	struct iovec here = {memory, sizeof memory}, there = {(void *)at, sizeof memory}, set = {registers, sizeof registers};
	if (process_vm_readv(tid, &here, 1, &there, 1, 0) < 0)
		err(125, "read memory");
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &set) || ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &set))
		err(125, "registers");
}

// look is what an engine is told of a call.
static void look(pid_t tid)
{
	static struct ptrace_syscall_info info;
	if (!blind && ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0 && info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		errx(125, "stop of op %d", info.op);
	if (seals)
		seal(tid, info.stack_pointer);
}

// stopped lets one stop go on, and tells whether it was a traced call.
static int stopped(pid_t tid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		look(tid);
		ptrace(PTRACE_CONT, tid, 0, 0);
		return 1;
	case PTRACE_EVENT_STOP: // of a newborn, of a SIGCONT, or a group stop
		ptrace(sig == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN, tid, 0, 0);
		return 0;
	case 0: // a signal
		ptrace(PTRACE_CONT, tid, 0, sig);
		return 0;
	}
	ptrace(PTRACE_CONT, tid, 0, 0);
	return 0;
}

static int follow(pid_t first)
{
	int code = 125, status;
	pid_t next = -1;
	for (;;) {
		pid_t tid = waitpid(next, &status, __WALL);
		if (tid < 0 && errno == ECHILD && next == -1)
			return code;
		if (tid < 0 && errno != EINTR && next == -1)
			err(125, "wait");
		next = -1;
		if (tid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			if (stopped(tid, status) && one-- > 0)
				next = tid;
		} else if (tid == first) {
			code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	}
}

int main(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "+lsno:xc:")) != -1;) {
		switch (c) {
		case 'l': lifecycle = 1; break;
		case 's': seals = 1; break;
		case 'n': blind = 1; break;
		case 'o': one = atol(optarg); break;
		case 'x': exits = 1; break;
		case 'c': cpu = atoi(optarg); break;
		default: return 125;
		}
	}
	if (optind == argc)
		errx(125, "no program is given");
	return follow(start(argv + optind));
}
