// What the attempts share: what they are told of the world outside, how they say what came of them.

#ifndef ATTEMPT_H
#define ATTEMPT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// What an attempt needs, or what alone holds it: the test reads these letters from --list.
enum {
	ROOT = 1,      // r: works for nobody but root, without jail too
	LANDLOCK = 2,  // l: without Landlock nothing else holds it
	MOUNTS = 4,    // m: about a denied file, which mounts hold, and Landlock where a policy lists what may be read
	TERMINAL = 8,  // t: standard input is a terminal, and the controlling one
	FLOOD = 16,    // f: the supervisor's memory is measured at the end
	USER = 32,     // u: works for an ordinary user only
	REPORTED = 64, // d: ends with a number of denials, which must be those of the report
};

struct attempt {
	const char *name;
	void (*run)(void);
	int flags;
};

struct attempts {
	const char *name;
	const struct attempt *attempts;
};

// Ends a group.
#define END {NULL, NULL, 0}

extern const struct attempts groups[];

// The world outside of the jail: what victim.c has made, in the words that it says it in.
extern struct world {
	pid_t victim;        // a process of the same user
	pid_t supervisor;    // jail, or what stands in for it
	const char *out;     // a folder that may be read, not written; file, denied/secret, sock and dgram lie in it
	char file[PATH_MAX]; // out/file
	char secret[PATH_MAX], sock[PATH_MAX], dgram[PATH_MAX];
	unsigned long memory; // where the victim has the secret
	unsigned long poked;  // where it has what is to stay as it is
	char name[64];        // of its abstract socket, and without @ of its shared memory and its queue
	int descriptor;      // the victim's, open for writing on out/file
	int port, port6, udp;
	int shm, msg, sem;   // System V
} world;

extern const struct attempt *attempt;
extern char **arguments; // of the attempt

// These print what came of the attempt and end the process.
void __attribute__((noreturn, format(printf, 1, 2))) escaped(const char *format, ...);
void __attribute__((noreturn, format(printf, 1, 2))) blocked(const char *format, ...);
void __attribute__((noreturn, format(printf, 1, 2))) skip(const char *format, ...);

// done leaves it to the test to look whether the world has changed.
void __attribute__((noreturn)) done(void);

// result ends the attempt by what a system call answered.
void __attribute__((noreturn)) result(long r, const char *what);
#define RESULT(call) result((long)(call), #call)

// NEED is for what must work in and out of jail; where it is refused the attempt is blocked there.
#define NEED(call) ({ __typeof__(call) r_ = (call); if ((long)r_ == -1) blocked("%s: %s", #call, strerror(errno)); r_; })

// Ways to end an attempt that has come far enough.
void __attribute__((noreturn)) wrote(int fd);                  // by a write to the descriptor
void __attribute__((noreturn)) read_secret(int fd);            // by reading the secret from the descriptor
void __attribute__((noreturn)) shows(const char *text, long n); // by whether the secret is in the text
void __attribute__((noreturn)) unseen(void);                   // by whether this task has no tracer
void __attribute__((noreturn)) child_tells(pid_t pid);         // by what a child says; nothing if it is killed

// signal_victim is the act with which attempts end that are about how they get there.
long signal_victim(void);
// tracer is the TracerPid of this task.
int tracer(void);
// MORE is the exit code of an attempt whose children have something to say after its end.
#define MORE 3
// field reads a number behind a key of a file in /proc; -1: it is not there.
long field(const char *path, const char *key);
// local_connect connects to a local path. -1: refused.
int local_connect(int type, const char *path, int length);
// local_address fills in the address of a path, or of an abstract name that begins with @.
socklen_t local_address(struct sockaddr_un *a, const char *path);
// start_thread runs f beside the caller, until the process ends.
void start_thread(void *(*f)(void *), void *arg);

// The numbers that the C library of a long-term distribution lacks.
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#define CALL_open_tree_attr 467
#define CALL_file_setattr 469

#endif
