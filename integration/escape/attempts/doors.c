// Doors beside the system call: /proc, descriptors that were inherited, and what processes share without opening a file.

#include "attempt.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>

// of opens a file of a process in /proc.
static int of(pid_t pid, const char *name, int flags)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	return open(path, flags);
}

// reads tells whether a file of a process in /proc can be read.
static void reads(pid_t pid, const char *name)
{
	char text[4096];
	RESULT(read(NEED(of(pid, name, O_RDONLY)), text, sizeof text));
}
// writes tells whether one can be written to.
static void writes(pid_t pid, const char *name, const char *text) { RESULT(write(NEED(of(pid, name, O_WRONLY)), text, strlen(text))); }
// shared opens the memory of shm_open(3) that the victim has made.
static int shared(int flags)
{
	char path[128];
	snprintf(path, sizeof path, "/dev/shm/%s", world.name + 1);
	return open(path, flags);
}

static void mem_read(void)
{
	static char text[64];
	int fd = NEED(of(world.victim, "mem", O_RDONLY));
	shows(text, pread(fd, text, sizeof text, world.memory));
}
static void mem_write(void) { RESULT(pwrite(NEED(of(world.victim, "mem", O_RDWR)), "poked", 6, world.poked)); }
static void supervisor_mem(void) { RESULT(of(world.supervisor, "mem", O_RDWR)); }
static void idle_mem(void) // that of the supervisor's other child: the first page of its program
{
	char list[4096], path[64], *end;
	snprintf(path, sizeof path, "task/%d/children", world.supervisor);
	int fd = NEED(of(world.supervisor, path, O_RDONLY));
	long n = NEED(read(fd, list, sizeof list - 1));
	list[n] = 0;
	for (char *at = list; ; at = end) {
		long pid = strtol(at, &end, 10);
		if (pid <= 0)
			break;
		if (pid != getpid() && of(pid, "mem", O_RDWR) >= 0)
			escaped("the memory of %ld is open", pid);
	}
	blocked("no sibling's memory can be opened: %s", strerror(errno));
}
static void environment(void) { read_secret(of(world.victim, "environ", O_RDONLY)); }
static void supervisor_environment(void) { reads(world.supervisor, "environ"); }
static void victim_maps(void) { reads(world.victim, "maps"); }
static void supervisor_maps(void) { reads(world.supervisor, "maps"); }
static void victim_auxv(void) { reads(world.victim, "auxv"); }
static void victim_syscall(void) { reads(world.victim, "syscall"); }
static void victim_root(void)
{
	char name[PATH_MAX + 8];
	snprintf(name, sizeof name, "root%s", world.file);
	wrote(of(world.victim, name, O_WRONLY));
}
static void victim_cwd(void) { wrote(of(world.victim, "cwd/file", O_WRONLY)); }
static void victim_fd(void)
{
	char name[32];
	snprintf(name, sizeof name, "fd/%d", world.descriptor);
	wrote(of(world.victim, name, O_WRONLY));
}
static void victim_exe(void)
{
	char text[64];
	RESULT(readlinkat(NEED(of(world.victim, ".", O_RDONLY | O_DIRECTORY)), "exe", text, sizeof text));
}
static void supervisor_fds(void)
{
	int fd = NEED(of(world.supervisor, "fd", O_RDONLY | O_DIRECTORY));
	char text[64];
	RESULT(readlinkat(fd, "1", text, sizeof text));
}
static void supervisor_output(void) { RESULT(of(world.supervisor, "fd/2", O_WRONLY)); }
static void map_files(void)
{
	char list[1024];
	int fd = NEED(of(world.victim, "map_files", O_RDONLY | O_DIRECTORY));
	long n = NEED(syscall(SYS_getdents64, fd, list, sizeof list));
	if (n <= 48)
		blocked("the folder has . and .. in it");
	escaped("where the victim has mapped files, in %ld bytes", n);
}
static void oom_victim(void) { wrote(of(world.victim, "oom_score_adj", O_WRONLY) < 0 ? -1 : memfd_create("x", 0)); }
static void clear_refs(void) { writes(world.victim, "clear_refs", "1"); }
static void dump_filter(void) { writes(world.victim, "coredump_filter", "0x33"); }
static void supervisor_dump_filter(void) { writes(world.supervisor, "coredump_filter", "0x33"); }
static void timer_slack(void) { writes(world.victim, "timerslack_ns", "50000"); }
static void autogroup(void)
{
	char text[64];
	int fd = of(world.victim, "autogroup", O_WRONLY);
	if (fd < 0 && errno == ENOENT && access("/proc/self/autogroup", F_OK) < 0)
		skip("this kernel has no autogroups");
	// Of a task in no group of its own the kernel shows nothing and takes nothing (kernel/sched/autogroup.c, sched_group_set_shares): no
	// session was begun above it since the machine started, as in some containers, or there was no memory for a group.
	long n = write(NEED(fd), "0", 1);
	if (n < 0 && errno == EINVAL && read(of(world.victim, "autogroup", O_RDONLY), text, sizeof text) == 0)
		skip("the victim is in no autogroup that could be written");
	result(n, "a write to the victim's autogroup");
}

static void inherited_file(void) { wrote(3); } // what the test has left open when it started jail
static void inherited_folder(void) { wrote(openat(4, "file", O_WRONLY)); }
static void inherited_any(void) // any descriptor but 0, 1 and 2
{
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			escaped("descriptor %d is open", fd);
	blocked("nothing is inherited");
}

static void limits_victim(void)
{
	struct rlimit none = {0, 0};
	RESULT(prlimit(world.victim, RLIMIT_CORE, &none, NULL));
}
static void limits_supervisor(void)
{
	struct rlimit none = {0, 0};
	RESULT(prlimit(world.supervisor, RLIMIT_FSIZE, &none, NULL));
}

static void sysv_memory(void)
{
	char *at = shmat(world.shm, NULL, 0);
	if (at == (void *)-1)
		blocked("shmat: %s", strerror(errno));
	shows(at, 64);
}
static void sysv_message(void)
{
	struct { long type; char text[64]; } m;
	shows(m.text, msgrcv(world.msg, &m, sizeof m.text, 0, IPC_NOWAIT));
}
static void sysv_semaphore(void)
{
	struct sembuf down = {0, -1, IPC_NOWAIT};
	RESULT(semop(world.sem, &down, 1));
}
static void sysv_remove(void) { RESULT(semctl(world.sem, 0, SETVAL, 1)); }
static void posix_memory(void) { read_secret(shared(O_RDONLY)); }
static void posix_memory_write(void) { wrote(shared(O_WRONLY)); }
static void posix_queue(void)
{
	char name[128], text[128];
	snprintf(name, sizeof name, "/%s", world.name + 1);
	mqd_t q = NEED(mq_open(name, O_RDONLY | O_NONBLOCK));
	shows(text, mq_receive(q, text, sizeof text, NULL));
}
static void posix_queue_remove(void)
{
	char name[128];
	snprintf(name, sizeof name, "/%s", world.name + 1);
	RESULT(mq_unlink(name));
}

const struct attempt doors[] = {
	{"mem-read", mem_read, LANDLOCK}, {"mem-write", mem_write, LANDLOCK}, {"supervisor-mem", supervisor_mem, 0}, {"idle-mem", idle_mem, 0},
	{"environ", environment, LANDLOCK}, {"supervisor-environ", supervisor_environment, 0}, {"maps", victim_maps, LANDLOCK},
	{"supervisor-maps", supervisor_maps, 0}, {"auxv", victim_auxv, LANDLOCK}, {"proc-syscall", victim_syscall, LANDLOCK}, {"victim-root", victim_root, LANDLOCK},
	{"victim-cwd", victim_cwd, LANDLOCK}, {"victim-fd", victim_fd, LANDLOCK}, {"victim-exe", victim_exe, LANDLOCK}, {"supervisor-fds", supervisor_fds, 0},
	{"supervisor-output", supervisor_output, ROOT}, {"map-files", map_files, LANDLOCK}, {"oom-victim", oom_victim, LANDLOCK}, {"clear-refs", clear_refs, LANDLOCK},
	{"dump-filter", dump_filter, LANDLOCK}, {"supervisor-dump-filter", supervisor_dump_filter, LANDLOCK}, {"timer-slack", timer_slack, ROOT | LANDLOCK},
	{"autogroup", autogroup, LANDLOCK}, {"inherited-file", inherited_file, 0}, {"inherited-folder", inherited_folder, 0}, {"inherited-any", inherited_any, 0},
	{"prlimit-victim", limits_victim, 0}, {"prlimit-supervisor", limits_supervisor, 0}, {"sysv-memory", sysv_memory, 0}, {"sysv-message", sysv_message, 0},
	{"sysv-semaphore", sysv_semaphore, 0}, {"sysv-set", sysv_remove, 0}, {"posix-memory", posix_memory, 0}, {"posix-memory-write", posix_memory_write, LANDLOCK},
	{"posix-queue", posix_queue, 0}, {"posix-queue-remove", posix_queue_remove, 0},
	END,
};
