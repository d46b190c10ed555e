// Calls that few programs make, with their structures.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define S(name, ...) (syscall(SYS_##name, ##__VA_ARGS__))
#define BAD ((void *)8)

static char buf[8192];

static void descriptors(void)
{
	struct mq_attr ma = {0, 5, 100, 0};
	int m = S(mq_open, "jail-test-queue", O_RDWR | O_CREAT | O_EXCL, 0600, &ma);
	S(mq_open, "none", O_RDONLY, 0, NULL);
	S(mq_timedsend, m, "hello", 5L, 3, NULL);
	S(mq_timedreceive, m, buf, 100L, buf + 200, NULL);
	S(mq_getsetattr, m, NULL, &ma);
	S(mq_getsetattr, 99, &ma, NULL);
	S(mq_notify, 99, NULL);
	S(mq_unlink, "jail-test-queue");
	S(fanotify_init, 0x3, O_RDONLY);
	S(fanotify_mark, 99, 0x1, 0x10LL, AT_FDCWD, "none");
	uint64_t rules[2] = {0x1fff, 3};
	S(landlock_create_ruleset, rules, 8L, 0);
	S(landlock_create_ruleset, rules, 16L, 0);
	S(landlock_create_ruleset, NULL, 0L, 1);
	S(landlock_add_rule, 99, 1, rules, 0);
	S(landlock_restrict_self, 99, 0);
	uint64_t attr[4] = {1, 0, 0, 0};
	S(mount_setattr, AT_FDCWD, "/none", 0x8000, attr, 32L);
	S(move_mount, 99, "", 98, "/none/x", 0x4);
	S(open_tree, AT_FDCWD, "/none", 0x80001);
	S(fsopen, "none", 1);
	S(fsconfig, 99, 1, "key", "value", 0);
	S(fsconfig, 99, 0, "ro", NULL, 0);
	S(fsconfig, 99, 6, NULL, NULL, 0);
	S(fsconfig, 99, 3, "key", "/path", AT_FDCWD);
	S(fsconfig, 99, 5, "key", NULL, 7);
	S(fsmount, 99, 1, 7);
	S(fspick, AT_FDCWD, "/none", 0xf);
	S(quotactl, 0x800002, "/none/dev", 5, buf);
	struct { uint32_t n; int32_t type; char h[128]; } fh = {128, 0, {0}};
	int id;
	S(name_to_handle_at, AT_FDCWD, "/none", &fh, &id, AT_SYMLINK_FOLLOW);
	S(name_to_handle_at, AT_FDCWD, "/proc/self", &fh, &id, 0);
	fh.n = 1;
	S(name_to_handle_at, AT_FDCWD, "/tmp", &fh, &id, AT_EMPTY_PATH);
	S(process_madvise, 99, BAD, 1L, 4, 0);
	struct iovec local = {buf, 10}, remote = {BAD, 10};
	S(process_vm_readv, -1, &local, 1L, &remote, 1L, 0L);
	S(process_vm_writev, -1, &local, 1L, &remote, 1L, 0L);
	S(kcmp, -1, -1, 0, 1L, 2L);
	S(bpf, 99, buf, 5);
	S(pidfd_send_signal, 99, SIGTERM, NULL, 0);
}

static void others(void)
{
	S(shmget, 0x4a61, 0L, 01600);
	S(shmctl, -1, IPC_STAT, buf);
	S(semget, 0, 0, 01600);
	struct sembuf so[2] = {{0, 1, 0}, {1, -1, 010000}};
	S(semop, -1, so, 2L);
	S(semctl, -1, 0, IPC_RMID, 0L);
	S(msgget, 5, 0600);
	S(msgctl, -1, IPC_RMID, NULL);
	S(msgsnd, -1, buf, 0L, 04000);
	S(msgrcv, -1, buf, 10L, 0L, 014000);
	struct sigevent se = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	int t = 0;
	S(timer_create, CLOCK_MONOTONIC, &se, &t);
	struct itimerspec it = {{1, 2}, {300, 4}}, old;
	S(timer_settime, (long)t, 0, &it, &old);
	S(timer_gettime, (long)t, &old);
	S(timer_getoverrun, (long)t);
	S(timer_delete, (long)t);
	struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t prio; uint64_t a, b, c; } sa = {48, 0, 0, 0, 0, 0, 0, 0};
	S(sched_setattr, -1, &sa, 0);
	S(sched_getattr, 0, &sa, 48, 0);
	S(sched_rr_get_interval, 0, buf);
	S(ioprio_get, 1, 0);
	S(ioprio_set, 1, -1, 0x4005);
	int mode;
	S(get_mempolicy, &mode, NULL, 0L, NULL, 0L);
	S(set_mempolicy, 77, NULL, 0L);
	S(mbind, NULL, 0L, 1L, NULL, 0L, 3);
	S(migrate_pages, -1, 0L, NULL, NULL);
	S(move_pages, -1, 0L, NULL, NULL, NULL, 2);
	S(remap_file_pages, NULL, 0L, 0L, 0L, 0L);
	S(add_key, "none", "desc", "data", 4L, 0xffffffff);
	S(request_key, "none", "desc", NULL, 0);
	S(keyctl, 4242, 1L, 2L, 3L, 4L);
	S(init_module, BAD, 5L, "a=b");
	S(finit_module, 99, "", 3);
	S(delete_module, "none", O_NONBLOCK);
	S(seccomp, 3, 0, buf);
	S(seccomp, 2, 0, buf);
	S(ptrace, 0x4206L, -1L, 0L, 0L);
	S(reboot, 0, 0, 0, NULL);
	S(syslog, 99, NULL, 0);
	S(sethostname, BAD, 3L);
	S(setdomainname, BAD, 3L);
	S(clock_settime, 77, BAD);
	S(settimeofday, BAD, NULL);
	S(io_setup, 0, BAD);
	S(io_destroy, 0L);
	S(io_submit, 0L, 0L, NULL);
	S(io_getevents, 0L, 0L, 0L, NULL, NULL);
	S(restart_syscall);
	S(get_robust_list, 0, BAD, BAD);
	S(rt_sigsuspend, BAD, 5L);
	S(kexec_load, 0L, 0L, NULL, 0x80000000L);
	S(pkey_alloc, 0L, 4L);
	S(pkey_free, -1);
	S(io_uring_enter, 99, 1, 2, 3, NULL, 8L);
	S(io_uring_register, 99, 1, NULL, 0);
	S(io_uring_setup, 0, BAD);
	S(perf_event_open, BAD, 0, -1, -1, 0L);
}

int main(void)
{
	descriptors();
	others();
	return 0;
}
