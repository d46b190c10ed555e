// What a program finds when it starts: arguments, descriptors, signals, limits, identity.
#include "victim.h"
#include <dirent.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>

int main(int argc, char **argv, char **envp)
{
	char buf[8192];
	for (int i = 1; i < argc; i++)
		say("argv[%d] %s\n", i, argv[i]);
	int n = 0;
	while (envp[n])
		n++;
	say("environment %d\n", n);
	slurp("/proc/self/status", buf, sizeof buf);
	const char *keys[] = {"\nSigQ:", "\nSigPnd:", "\nShdPnd:", "\nSigBlk:", "\nSigIgn:", "\nSigCgt:", "\nThreads:", "\nUmask:", "\nUid:", "\nGid:", "\nGroups:",
		"\nCpus_allowed:", "\nFDSize:"};
	for (unsigned i = 1; i < sizeof keys / sizeof *keys - 1; i++) {
		char *at = strstr(buf, keys[i]);
		if (at)
			say("%.*s\n", (int)strcspn(at + 1, "\n"), at + 1);
	}
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;
		if (fstat(fd, &st) == 0)
			say("fd %d: type %o, flags %x\n", fd, st.st_mode & S_IFMT, fcntl(fd, F_GETFL));
	}
	say("cwd %s\n", getcwd(buf, sizeof buf));
	for (int r = 0; r < RLIMIT_NLIMITS; r++) {
		struct rlimit l;
		if (getrlimit(r, &l) == 0)
			say("limit %d: %ld %ld\n", r, (long)l.rlim_cur, (long)l.rlim_max);
	}
	int death = -1;
	prctl(PR_GET_PDEATHSIG, &death);
	say("nice %d, scheduler %d, death signal %d, dumpable %d, timer slack %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0), death,
		prctl(PR_GET_DUMPABLE), prctl(PR_GET_TIMERSLACK));
	say("leader of its group %d, of its session %d, secure %ld\n", getpgrp() == getpid(), getsid(0) == getpid(), getauxval(AT_SECURE));
	for (int s = 1; s < NSIG; s++) {
		struct sigaction sa;
		if (sigaction(s, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			say("signal %d is %s\n", s, sa.sa_handler == SIG_IGN ? "ignored" : "caught");
	}
	return 0;
}
