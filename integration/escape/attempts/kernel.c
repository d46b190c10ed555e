// Calls that reach into the kernel itself, into namespaces, and into other processes by other means than kill and ptrace.

#include "attempt.h"
#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/keyctl.h>
#include <linux/kcmp.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/timex.h>

static void unshare_user(void) { RESULT(unshare(CLONE_NEWUSER)); }
static void unshare_user_mount(void)
{
	NEED(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	RESULT(mount("none", world.out, "tmpfs", 0, NULL));
}
static void unshare_mount(void)
{
	NEED(unshare(CLONE_NEWNS));
	RESULT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}
static void clone_user(void)
{
	pid_t pid = NEED(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
	if (pid == 0)
		escaped("a child is in a user namespace of its own");
	child_tells(pid);
}
static void clone3_user(void)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	pid_t pid = NEED(syscall(SYS_clone3, &args, sizeof args));
	if (pid == 0)
		escaped("a child is in a user namespace of its own");
	child_tells(pid);
}
static void setns_victim(void) { RESULT(setns(NEED(syscall(SYS_pidfd_open, world.victim, 0)), CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC)); }
static void setns_proc(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/ipc", world.supervisor);
	RESULT(setns(NEED(open(path, O_RDONLY)), 0));
}

static void fsopen_mount(void) // a file system that is mounted nowhere, with programs and devices in it
{
	int fs = NEED(syscall(SYS_fsopen, "tmpfs", 0));
	NEED(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	RESULT(syscall(SYS_fsmount, fs, 0, 0));
}
static void picks(void) { RESULT(syscall(SYS_fspick, AT_FDCWD, "/", 0)); }
static void open_tree_clone(void)
{
	int tree = NEED(syscall(SYS_open_tree, AT_FDCWD, world.out, OPEN_TREE_CLONE | AT_RECURSIVE));
	wrote(openat(tree, "file", O_WRONLY));
}
static void move_mount_over(void)
{
	NEED(unshare(CLONE_NEWNS));
	int tree = NEED(syscall(SYS_open_tree, AT_FDCWD, world.out, OPEN_TREE_CLONE));
	RESULT(syscall(SYS_move_mount, tree, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH));
}
static void mount_setattr_writable(void)
{
	struct { uint64_t set, clr, propagation, userns; } attr = {.propagation = MS_PRIVATE};
	NEED(unshare(CLONE_NEWNS));
	RESULT(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof attr));
}
static void pivot(void)
{
	NEED(unshare(CLONE_NEWNS));
	NEED(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	NEED(mount(world.out, world.out, NULL, MS_BIND, NULL));
	RESULT(syscall(SYS_pivot_root, world.out, world.out));
}
static void chroots(void) { RESULT(chroot(world.out)); }
static void quota(void) // asks about a disk by its device
{
	long r = syscall(SYS_quotactl, 0x800007 << 8 /* Q_GETQUOTA */, "/dev/null", 0, NULL);
	RESULT(r == -1 && errno == ENOTBLK ? 0 : r); // it has looked
}

static void uffd(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	RESULT(fd);
}
static void bpf_map(void)
{
	union bpf_attr a = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};
	RESULT(syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a));
}
static void perf(void)
{
	struct perf_event_attr a = {.type = PERF_TYPE_SOFTWARE, .size = sizeof a, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1, .exclude_hv = 1};
	RESULT(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}
static void perf_victim(void)
{
	struct perf_event_attr a = {.type = PERF_TYPE_SOFTWARE, .size = sizeof a, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1, .exclude_hv = 1};
	RESULT(syscall(SYS_perf_event_open, &a, world.victim, -1, -1, 0));
}
static void key_add(void) { RESULT(syscall(SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_USER_KEYRING)); } // all processes of the user see it
static void key_session(void) { RESULT(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1)); }
static void key_request(void)
{
	long r = syscall(SYS_request_key, "keyring", "_uid_ses.0", NULL, 0);
	RESULT(r == -1 && errno == ENOKEY ? 0 : r); // it has looked
}
static void fanotify(void) { RESULT(syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY)); }
static void hostname(void)
{
	char name[65];
	NEED(gethostname(name, sizeof name));
	RESULT(sethostname(name, strlen(name)));
}
static void clock_set(void)
{
	struct timex t = {.modes = ADJ_STATUS};
	struct timex now = {0};
	NEED(adjtimex(&now));
	t.status = now.status;
	RESULT(adjtimex(&t));
}
static void syslog_read(void)
{
	static char text[4096];
	RESULT(syscall(SYS_syslog, 3, text, sizeof text));
}
static void swap_off(void)
{
	long r = syscall(SYS_swapoff, "/nothing/there");
	RESULT(r == -1 && errno == ENOENT ? 0 : r); // it was allowed to
}
static void account(void)
{
	long r = syscall(SYS_acct, "/nothing/there");
	RESULT(r == -1 && errno == ENOENT ? 0 : r);
}
static void module(void)
{
	long r = syscall(SYS_delete_module, "no_such_module", O_NONBLOCK);
	RESULT(r == -1 && errno == ENOENT ? 0 : r);
}

static void pidfd_signal(void)
{
	int fd = NEED(syscall(SYS_pidfd_open, world.victim, 0));
	RESULT(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
}
static void pidfd_folder(void) // /proc/<pid> is a pidfd too
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d", world.victim);
	RESULT(syscall(SYS_pidfd_send_signal, NEED(open(path, O_RDONLY | O_DIRECTORY)), SIGUSR1, NULL, 0));
}
static void pidfd_descriptor(void)
{
	int fd = NEED(syscall(SYS_pidfd_open, world.victim, 0));
	wrote(syscall(SYS_pidfd_getfd, fd, world.descriptor, 0));
}
static void vm_read(void)
{
	static char text[64];
	struct iovec here = {text, sizeof text}, there = {(void *)world.memory, sizeof text};
	shows(text, process_vm_readv(world.victim, &here, 1, &there, 1, 0));
}
static void vm_write(void)
{
	struct iovec here = {"poked", 6}, there = {(void *)world.poked, 6};
	RESULT(process_vm_writev(world.victim, &here, 1, &there, 1, 0));
}
static void vm_advise(void)
{
	struct iovec there = {(void *)(world.memory & ~4095UL), 4096};
	int fd = NEED(syscall(SYS_pidfd_open, world.victim, 0));
	RESULT(syscall(SYS_process_madvise, fd, &there, 1, MADV_COLD, 0));
}
static void compares(void) { RESULT(syscall(SYS_kcmp, world.victim, world.victim, KCMP_VM, 0, 0)); }
static void robust_list(void)
{
	void *head;
	size_t n;
	RESULT(syscall(SYS_get_robust_list, world.victim, &head, &n));
}
static void move_memory(void)
{
	void *page = (void *)(world.memory & ~4095UL);
	int status;
	RESULT(syscall(SYS_move_pages, world.victim, 1, &page, NULL, &status, 0));
}
static void idle_class(void)
{
	struct sched_param p = {0};
	RESULT(syscall(SYS_sched_setscheduler, world.victim, SCHED_IDLE, &p));
}
static void idle_attr(void)
{
	struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t times[3]; } a = {.size = sizeof a, .policy = SCHED_IDLE};
	RESULT(syscall(SYS_sched_setattr, world.victim, &a, 0));
}
static void io_class(void) { RESULT(syscall(SYS_ioprio_set, 1, world.victim, 3 << 13)); }
static void nice_group(void) { RESULT(setpriority(PRIO_PGRP, getpgid(world.supervisor), 5)); }
static void nice_one(void) { RESULT(setpriority(PRIO_PROCESS, world.victim, 5)); }
static void processors(void)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	RESULT(sched_setaffinity(world.victim, sizeof one, &one));
}

const struct attempt kernel[] = {
	{"unshare-user", unshare_user, 0}, {"unshare-user-mount", unshare_user_mount, 0}, {"unshare-mount", unshare_mount, ROOT}, {"clone-user", clone_user, 0},
	{"clone3-user", clone3_user, 0}, {"setns-victim", setns_victim, ROOT}, {"setns-proc", setns_proc, ROOT}, {"fsopen", fsopen_mount, ROOT},
	{"fspick", picks, ROOT}, {"open-tree", open_tree_clone, ROOT}, {"move-mount", move_mount_over, ROOT}, {"mount-setattr", mount_setattr_writable, ROOT},
	{"pivot-root", pivot, ROOT}, {"chroot", chroots, ROOT}, {"quotactl", quota, 0}, {"userfaultfd", uffd, 0}, {"bpf-map", bpf_map, ROOT}, {"perf-self", perf, 0},
	{"perf-victim", perf_victim, 0}, {"key-add", key_add, 0}, {"key-session", key_session, 0}, {"key-request", key_request, 0}, {"fanotify", fanotify, 0},
	{"hostname", hostname, ROOT}, {"adjtimex", clock_set, ROOT}, {"syslog", syslog_read, ROOT}, {"swapoff", swap_off, ROOT}, {"acct", account, ROOT},
	{"delete-module", module, ROOT}, {"pidfd-signal", pidfd_signal, LANDLOCK}, {"pidfd-folder", pidfd_folder, LANDLOCK},
	{"pidfd-getfd", pidfd_descriptor, LANDLOCK}, {"vm-readv", vm_read, LANDLOCK}, {"vm-writev", vm_write, LANDLOCK}, {"process-madvise", vm_advise, ROOT | LANDLOCK},
	{"kcmp", compares, LANDLOCK}, {"robust-list", robust_list, LANDLOCK}, {"move-pages", move_memory, LANDLOCK}, {"sched-idle", idle_class, 0},
	{"sched-attr", idle_attr, 0}, {"ioprio", io_class, 0}, {"nice-group", nice_group, 0}, {"nice-victim", nice_one, 0}, {"affinity-victim", processors, 0},
	END,
};
