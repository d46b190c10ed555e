// The world outside: a process of the same user with all that a process can be reached by. It prints what there is, waits for
// the end of its input, and prints what was done to it meanwhile.

#include "attempt.h"
#include <arpa/inet.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static char secret[64]; // in memory that has to be read from outside
static volatile char poked[] = "as it was";
static volatile sig_atomic_t signalled;
static char *shared;
static mqd_t queue = -1;
static char shm_name[64], mq_name[64];

static void hit(int sig) { signalled = sig; }

static int must(int r, const char *what)
{
	if (r < 0) {
		fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
		_exit(99);
	}
	return r;
}

static int listen_local(int type, const char *path)
{
	struct sockaddr_un a;
	socklen_t n = local_address(&a, path);
	int fd = must(socket(AF_UNIX, type | SOCK_NONBLOCK, 0), "socket");
	must(bind(fd, (struct sockaddr *)&a, n), path);
	if (path[0] != '@')
		must(chmod(path, 0777), path);
	if (type == SOCK_STREAM)
		must(listen(fd, 8), "listen");
	return fd;
}

static int listen_ip(int family, int type, int *port)
{
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = family == AF_INET ? sizeof a4 : sizeof a6;
	struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
	int fd = socket(family, type | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, a, n) < 0) { // a machine without IPv6
		*port = 0;
		return -1;
	}
	if (type == SOCK_STREAM)
		must(listen(fd, 8), "listen");
	must(getsockname(fd, a, &n), "getsockname");
	*port = ntohs(family == AF_INET ? a4.sin_port : a6.sin6_port);
	return fd;
}

static void make_shared(int *shm, int *msg, int *sem)
{
	struct { long type; char text[64]; } m = {.type = 1};
	*shm = must(shmget(IPC_PRIVATE, 4096, 0666), "shmget");
	shared = shmat(*shm, NULL, 0);
	strcpy(shared, secret);
	*msg = must(msgget(IPC_PRIVATE, 0666), "msgget");
	snprintf(m.text, sizeof m.text, "%s", secret);
	must(msgsnd(*msg, &m, sizeof m.text, 0), "msgsnd");
	*sem = must(semget(IPC_PRIVATE, 1, 0666), "semget");
	must(semctl(*sem, 0, SETVAL, 7), "semctl");
	snprintf(shm_name, sizeof shm_name, "/escape-%d", getpid());
	snprintf(mq_name, sizeof mq_name, "/escape-%d", getpid());
	shm_unlink(shm_name); // of one that was killed, whose number this one has
	int fd = must(shm_open(shm_name, O_RDWR | O_CREAT | O_EXCL, 0666), "shm_open");
	must(fchmod(fd, 0666), "fchmod");
	must(write(fd, secret, sizeof secret), "write");
	close(fd);
	struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 128};
	mq_unlink(mq_name);
	queue = mq_open(mq_name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0666, &attr);
	if (queue >= 0)
		must(mq_send(queue, secret, sizeof secret, 0), "mq_send");
}

// wait_for counts who comes until the input ends.
static int wait_for(const int *listeners, int n)
{
	int came = 0;
	struct pollfd p[16] = {{.fd = 0, .events = POLLIN}};
	for (int i = 0; i < n; i++)
		p[i + 1] = (struct pollfd){.fd = listeners[i], .events = POLLIN};
	for (;;) {
		if (poll(p, n + 1, -1) < 0)
			continue;
		for (int i = 1; i <= n; i++) {
			char got[256];
			if (!(p[i].revents & POLLIN))
				continue;
			came++;
			int fd = accept(p[i].fd, NULL, NULL);
			if (fd < 0) {
				recv(p[i].fd, got, sizeof got, 0);
				continue;
			}
			send(fd, secret, strlen(secret), MSG_NOSIGNAL);
			close(fd);
		}
		if (p[0].revents)
			return came;
	}
}

// victim_main takes the folder and the secret.
int victim_main(char **argv)
{
	char path[PATH_MAX];
	int port, port6, udp, shm, msg, sem, n = 0, listeners[8];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(secret, sizeof secret, "%s", argv[1]);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGPIPE && sig != SIGCONT)
			signal(sig, hit);
	must(chdir(argv[0]), "chdir");
	int fd = must(open("file", O_RDWR), "open file");
	snprintf(path, sizeof path, "@escape-%d", getpid());
	listeners[n++] = listen_local(SOCK_STREAM, path);
	listeners[n++] = listen_local(SOCK_STREAM, "sock");
	listeners[n++] = listen_local(SOCK_DGRAM, "dgram");
	listeners[n++] = listen_ip(AF_INET, SOCK_STREAM, &port);
	listeners[n++] = listen_ip(AF_INET6, SOCK_STREAM, &port6);
	listeners[n++] = listen_ip(AF_INET, SOCK_DGRAM, &udp);
	make_shared(&shm, &msg, &sem);
	printf("victim=%d memory=%#lx poked=%#lx fd=%d port=%d port6=%d udp=%d shm=%d msg=%d sem=%d out=%s\n", getpid(), (unsigned long)secret, (unsigned long)poked, fd, port,
		port6, udp, shm, msg, sem, argv[0]);
	fflush(stdout);
	int came = wait_for(listeners, n);
	struct msqid_ds left;
	must(msgctl(msg, IPC_STAT, &left), "msgctl");
	struct mq_attr attr = {.mq_curmsgs = 1};
	if (queue >= 0)
		mq_getattr(queue, &attr);
	printf("signal=%d visitors=%d memory=%s shared=%s messages=%d queued=%d semaphore=%d\n", signalled, came, strcmp((char *)poked, "as it was") ? "changed" : "same",
		strcmp(shared, secret) ? "changed" : "same", (int)left.msg_qnum, (int)attr.mq_curmsgs, semctl(sem, 0, GETVAL));
	shmctl(shm, IPC_RMID, NULL);
	msgctl(msg, IPC_RMID, NULL);
	semctl(sem, 0, IPC_RMID);
	shm_unlink(shm_name);
	mq_unlink(mq_name);
	return 0;
}
