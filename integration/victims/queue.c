// Queued signals: their order, values and senders, from another process, from threads, and read by sigwaitinfo.
#include "victim.h"

static pid_t receiver;

static void receive(int sig, siginfo_t *si, void *context)
{
	(void)context;
	const char *who = si->si_pid == getppid() ? "parent" : si->si_pid == getpid() ? "self" : "somebody";
	say("signal %d code %d value %d from %s uid %d\n", sig >= SIGRTMIN ? sig - SIGRTMIN + 100 : sig, si->si_code,
		si->si_code == SI_QUEUE ? si->si_value.sival_int : -1, who, si->si_uid == getuid());
}

static void queue(int sig, int value)
{
	union sigval v = {.sival_int = value};
	MUST(sigqueue(receiver, sig, v));
}

static void receive_all(int ready, int go)
{
	char c;
	sigset_t all, old, rt;
	sigfillset(&all);
	for (int s = SIGRTMIN; s <= SIGRTMIN + 3; s++)
		catch(s, receive, 0);
	catch(SIGUSR1, receive, 0);
	catch(SIGUSR2, receive, 0);
	struct sigaction sa; // no handler runs inside of another
	for (int s = 1; s < NSIG; s++)
		if (s != SIGKILL && s != SIGSTOP && sigaction(s, NULL, &sa) == 0 && (sa.sa_flags & SA_SIGINFO)) {
			sigfillset(&sa.sa_mask);
			sigaction(s, &sa, NULL);
		}
	pthread_sigmask(SIG_SETMASK, &all, &old);
	MUST(write(ready, "r", 1));
	MUST(read(go, &c, 1));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	say("-- sigwaitinfo\n");
	sigemptyset(&rt);
	sigaddset(&rt, SIGRTMIN);
	sigaddset(&rt, SIGRTMIN + 1);
	pthread_sigmask(SIG_SETMASK, &rt, NULL);
	MUST(write(ready, "r", 1));
	for (int i = 0; i < 40; i++) {
		siginfo_t si;
		int sig;
		do
			sig = sigwaitinfo(&rt, &si);
		while (sig == -1 && errno == EINTR);
		static int sums[2], counts[2], last[2] = {-1, -1}, disorder;
		int k = sig - SIGRTMIN; // which of the two is there first is a matter of time
		sums[k] += si.si_value.sival_int, counts[k]++;
		disorder += si.si_value.sival_int <= last[k];
		last[k] = si.si_value.sival_int;
		if (i == 39)
			say("counts %d %d, sums %d %d, out of order %d\n", counts[0], counts[1], sums[0], sums[1], disorder);
	}
	say("-- to oneself\n");
	receiver = getpid();
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < 10; i++)
		queue(SIGRTMIN + 2 - i % 2, i);
	union sigval v = {.sival_int = 77};
	MUST0(pthread_sigqueue(pthread_self(), SIGRTMIN + 3, v));
	raise(SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	_exit(0);
}

int main(void)
{
	int ready[2], go[2];
	char c;
	MUST(pipe(ready));
	MUST(pipe(go));
	receiver = MUST(fork());
	if (receiver == 0)
		receive_all(ready[1], go[0]);
	MUST(read(ready[0], &c, 1));
	for (int i = 0; i < 64; i++)
		queue(SIGRTMIN + (i * 7) % 4, i);
	kill(receiver, SIGUSR2);
	kill(receiver, SIGUSR1);
	kill(receiver, SIGUSR2); // merged with the first
	MUST(write(go[1], "g", 1));
	MUST(read(ready[0], &c, 1));
	for (int i = 0; i < 40; i++)
		queue(SIGRTMIN + i % 2, 1000 + i);
	reap("receiver", receiver);
	return 0;
}
