// Calls that change files by other means than open, or open them by other means: lists of calls forget some.

#include "attempt.h"
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/sendfile.h>

static char new_path[PATH_MAX];

static const char *fresh(void)
{
	snprintf(new_path, sizeof new_path, "%s/new", world.out);
	return new_path;
}

static void open_write(void) { wrote(open(world.file, O_WRONLY)); }
static void open_create(void) { RESULT(creat(fresh(), 0666)); }
static void open_truncate(void) { RESULT(open(world.file, O_RDONLY | O_TRUNC)); }
static void open_tmpfile(void)
{
	char link[64];
	int fd = NEED(open(world.out, O_TMPFILE | O_WRONLY, 0666));
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	RESULT(linkat(AT_FDCWD, link, AT_FDCWD, fresh(), AT_SYMLINK_FOLLOW));
}

static void openat2_write(void)
{
	struct open_how how = {.flags = O_WRONLY};
	wrote(syscall(SYS_openat2, AT_FDCWD, world.file, &how, sizeof how));
}

static void openat2_in_root(void) // a root of its own, in which the same path is another file
{
	struct open_how how = {.flags = O_WRONLY, .resolve = RESOLVE_IN_ROOT};
	int root = NEED(open(world.out, O_PATH | O_DIRECTORY));
	wrote(syscall(SYS_openat2, root, "/file", &how, sizeof how));
}

static void openat_folder(void) { wrote(openat(NEED(open(world.out, O_RDONLY | O_DIRECTORY)), "file", O_WRONLY)); }

static void reopen_path(void) // a descriptor that was opened for nothing, opened again for writing
{
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", NEED(open(world.file, O_PATH)));
	wrote(open(link, O_WRONLY));
}

static void reopen_read(void)
{
	char link[64];
	snprintf(link, sizeof link, "/dev/fd/%d", NEED(open(world.file, O_RDONLY)));
	wrote(open(link, O_RDWR));
}

static void symlink_write(void)
{
	NEED(symlink(world.file, "link"));
	wrote(open("link", O_WRONLY));
}

static void dotdot_write(void)
{
	NEED(mkdir("deep", 0777));
	wrote(open("deep/../../out/file", O_WRONLY));
}

static void self_root(void)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof path, "/proc/self/root%s", world.file);
	wrote(open(path, O_WRONLY));
}

static void thread_cwd(void)
{
	char path[64];
	NEED(chdir(world.out));
	snprintf(path, sizeof path, "/proc/%d/task/%ld/cwd/file", getpid(), syscall(SYS_gettid));
	wrote(open(path, O_WRONLY));
}

static void truncates(void) { RESULT(truncate(world.file, 0)); }
static void makes_folder(void) { RESULT(mkdirat(AT_FDCWD, fresh(), 0777)); }
static void makes_pipe(void) { RESULT(mknod(fresh(), S_IFIFO | 0666, 0)); }
static void makes_symlink(void) { RESULT(symlinkat("/", AT_FDCWD, fresh())); }
static void removes(void) { RESULT(unlinkat(AT_FDCWD, world.file, 0)); }
static void renames(void) { RESULT(renameat2(AT_FDCWD, world.file, AT_FDCWD, fresh(), RENAME_NOREPLACE)); }
static void takes(void) { RESULT(rename(world.file, "taken")); }
static void exchanges(void)
{
	close(NEED(open("mine", O_WRONLY | O_CREAT, 0666)));
	RESULT(renameat2(AT_FDCWD, "mine", AT_FDCWD, world.file, RENAME_EXCHANGE));
}
static void puts_in(void)
{
	close(NEED(open("mine", O_WRONLY | O_CREAT, 0666)));
	RESULT(link("mine", fresh()));
}
static void links_out(void) // a name in a folder that may be written to for a file that may not
{
	NEED(linkat(AT_FDCWD, world.file, AT_FDCWD, "mine", 0));
	wrote(open("mine", O_WRONLY));
}
static void links_descriptor(void)
{
	int fd = NEED(open(world.file, O_PATH));
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	NEED(linkat(AT_FDCWD, link, AT_FDCWD, "mine", AT_SYMLINK_FOLLOW));
	wrote(open("mine", O_WRONLY));
}
static void binds_socket(void)
{
	struct sockaddr_un a;
	socklen_t n = local_address(&a, fresh());
	RESULT(bind(NEED(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&a, n));
}
static void leases(void) // whoever opens it for writing waits for us; nobody has it open now
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/quiet", world.out);
	RESULT(fcntl(NEED(open(path, O_RDONLY)), F_SETLEASE, F_RDLCK));
}

// io_uring does its work where no filter looks: it opens the file, and what is written is written there.
static void uring_open(void)
{
	struct io_uring_params p = {0};
	int ring = NEED(syscall(SYS_io_uring_setup, 4, &p));
	char *sq = NEED(mmap(NULL, p.sq_off.array + 4 * p.sq_entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING));
	char *cq = NEED(mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING));
	struct io_uring_sqe *e = NEED(mmap(NULL, 4 * sizeof *e, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES));
	*e = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)world.file, .open_flags = O_WRONLY};
	*(unsigned *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	NEED(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	int fd = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))->res;
	errno = -fd;
	wrote(fd < 0 ? -1 : fd);
}
static void uring_polled(void)
{
	struct io_uring_params p = {.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1};
	RESULT(syscall(SYS_io_uring_setup, 4, &p));
}
static void uring_register(void) { RESULT(syscall(SYS_io_uring_register, -1, 31 /* IORING_REGISTER_SEND_MSG_RING, without a ring */, NULL, 0) == -1 && errno != EINVAL && errno != EBADF ? -1 : 0); }

static void denied_read(void) { read_secret(open(world.secret, O_RDONLY)); }
static void denied_self_root(void)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof path, "/proc/self/root%s", world.secret);
	read_secret(open(path, O_RDONLY));
}
static void denied_victim_cwd(void) // in the victim's mount namespace nothing covers it
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/cwd/denied/secret", world.victim);
	read_secret(open(path, O_RDONLY));
}
static void denied_victim_root(void)
{
	char path[PATH_MAX + 32];
	snprintf(path, sizeof path, "/proc/%d/root%s", world.victim, world.secret);
	read_secret(open(path, O_RDONLY));
}
static void denied_folder(void) { read_secret(openat(NEED(openat(NEED(open(world.out, O_PATH)), "denied", O_PATH)), "secret", O_RDONLY)); }
static void denied_rename(void) // what lies in it goes with it
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/denied", world.out);
	NEED(rename(path, fresh()));
	escaped("the denied folder has another name");
}
static void denied_handle(void)
{
	struct { struct file_handle h; char bytes[128]; } f = {.h.handle_bytes = 128};
	int mount, root = NEED(open("/", O_RDONLY | O_DIRECTORY));
	NEED(name_to_handle_at(AT_FDCWD, world.secret, &f.h, &mount, 0));
	int folder = NEED(open(world.out, O_RDONLY | O_DIRECTORY));
	int fd = open_by_handle_at(folder, &f.h, O_RDONLY);
	read_secret(fd < 0 ? open_by_handle_at(root, &f.h, O_RDONLY) : fd);
}
static void denied_sendfile(void)
{
	int ends[2], fd = open(world.secret, O_RDONLY);
	char text[128];
	NEED(pipe(ends));
	NEED(sendfile(ends[1], fd, NULL, sizeof text));
	shows(text, read(ends[0], text, sizeof text));
}
static void denied_exec(void) // an interpreter is told the name, and the kernel opens the file
{
	pid_t pid = NEED(fork());
	if (pid == 0) {
		int fd = open(world.secret, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			blocked("open: %s", strerror(errno));
		read_secret(fd);
	}
	child_tells(pid);
}

const struct attempt files[] = {
	{"open-write", open_write, LANDLOCK}, {"open-create", open_create, LANDLOCK}, {"open-truncate", open_truncate, LANDLOCK},
	{"open-tmpfile", open_tmpfile, LANDLOCK}, {"openat2-write", openat2_write, LANDLOCK},
	{"openat2-in-root", openat2_in_root, LANDLOCK}, {"openat-folder", openat_folder, LANDLOCK}, {"reopen-path", reopen_path, LANDLOCK},
	{"reopen-read", reopen_read, LANDLOCK}, {"symlink-write", symlink_write, LANDLOCK}, {"dotdot-write", dotdot_write, LANDLOCK},
	{"self-root", self_root, LANDLOCK}, {"thread-cwd", thread_cwd, LANDLOCK}, {"truncate", truncates, LANDLOCK}, {"mkdir", makes_folder, LANDLOCK},
	{"mkfifo", makes_pipe, LANDLOCK}, {"symlink", makes_symlink, LANDLOCK}, {"unlink", removes, LANDLOCK}, {"rename", renames, LANDLOCK},
	{"rename-out", takes, LANDLOCK}, {"rename-exchange", exchanges, LANDLOCK}, {"link-in", puts_in, LANDLOCK}, {"link-out", links_out, LANDLOCK},
	{"link-descriptor", links_descriptor, LANDLOCK}, {"bind-socket", binds_socket, LANDLOCK}, {"lease", leases, 0},
	{"io-uring-open", uring_open, 0}, {"io-uring-polled", uring_polled, 0}, {"io-uring-register", uring_register, 0},
	{"denied-read", denied_read, MOUNTS}, {"denied-self-root", denied_self_root, MOUNTS}, {"denied-victim-cwd", denied_victim_cwd, MOUNTS},
	{"denied-victim-root", denied_victim_root, MOUNTS}, {"denied-folder", denied_folder, MOUNTS}, {"denied-rename", denied_rename, MOUNTS},
	{"denied-handle", denied_handle, ROOT | MOUNTS}, {"denied-sendfile", denied_sendfile, MOUNTS}, {"denied-child", denied_exec, MOUNTS},
	END,
};
