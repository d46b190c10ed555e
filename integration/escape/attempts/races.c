// Races on pointer arguments: what is checked is not what the kernel reads, if it reads the program's memory once more.

#include "race.h"
#include <linux/openat2.h>
#include <linux/sched.h>

static void opening(flipper *f)
{
	char *path = racing(f, "G/file", 0);
	for (long i = 0; on(i); i++)
		wrote_outside(open(path, O_WRONLY));
	blocked("no file of outside was opened");
}

// listener is what the good path leads to.
static void *listener(void *arg)
{
	(void)arg;
	struct sockaddr_un a;
	unlink("G/sock");
	socklen_t n = local_address(&a, "G/sock");
	int fd = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
	NEED(bind(fd, (struct sockaddr *)&a, n));
	NEED(listen(fd, 64));
	*(_Atomic int *)arg = 1;
	for (;;)
		close(accept(fd, NULL, NULL));
	return NULL;
}

// address makes a socket address of argument, and a flipper of its path.
static struct sockaddr_un *address(flipper *f, const char *path)
{
	racing(f, path, offsetof(struct sockaddr_un, sun_path));
	struct sockaddr_un *a = (struct sockaddr_un *)argument;
	a->sun_family = AF_UNIX;
	return a;
}

// meets ends the attempt if it is the victim who is at the other end.
static void meets(int fd)
{
	char text[64];
	long n = recv(fd, text, sizeof text, 0);
	close(fd);
	if (n > 0)
		shows(text, n);
}

static void start_listener(void)
{
	static _Atomic int ready;
	start_thread(listener, &ready);
	while (!ready)
		sched_yield();
}

static void connecting(flipper *f)
{
	start_listener();
	struct sockaddr_un *a = address(f, "G/sock");
	for (long i = 0; on(i); i++) {
		int fd = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
		if (connect(fd, (struct sockaddr *)a, sizeof *a) == 0)
			meets(fd);
		else
			close(fd);
	}
	blocked("the victim was not met");
}

// sending sends datagrams; the victim counts what comes.
static void __attribute__((noreturn)) sending(flipper *f, int call)
{
	struct sockaddr_un mine, *a;
	socklen_t n = local_address(&mine, "G/dgram");
	int in = NEED(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)), fd = NEED(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	NEED(bind(in, (struct sockaddr *)&mine, n));
	a = address(f, "G/dgram");
	struct iovec text = {"escaped", 7};
	struct mmsghdr *m = (struct mmsghdr *)(argument + 4096);
	*m = (struct mmsghdr){.msg_hdr = {.msg_name = a, .msg_namelen = n, .msg_iov = &text, .msg_iovlen = 1}};
	char got[16];
	for (long i = 0; on(i); i++) {
		if (call == SYS_sendto)
			(void)!sendto(fd, "escaped", 7, 0, (struct sockaddr *)a, n);
		else if (call == SYS_sendmsg)
			(void)!sendmsg(fd, &m->msg_hdr, 0);
		else
			(void)!sendmmsg(fd, m, 1, 0);
		(void)!recv(in, got, sizeof got, 0);
	}
	done();
}

static void binding(flipper *f)
{
	char path[PATH_MAX];
	struct sockaddr_un *a = address(f, "G/new");
	snprintf(path, sizeof path, "%s/new", world.out);
	for (long i = 0; on(i); i++) {
		int fd = NEED(socket(AF_UNIX, SOCK_STREAM, 0));
		bind(fd, (struct sockaddr *)a, sizeof *a);
		close(fd);
		unlink("G/new");
		if (access(path, F_OK) == 0)
			escaped("there is a socket outside");
	}
	blocked("no socket outside");
}

// changing makes and removes a name by a call.
static void __attribute__((noreturn)) changing(flipper *f, long call, const char *undo)
{
	char path[PATH_MAX];
	char *to = racing(f, "G/new", 0);
	snprintf(path, sizeof path, "%s/new", world.out);
	for (long i = 0; on(i); i++) {
		switch (call) {
		case SYS_mkdir: mkdir(to, 0777); break;
		case SYS_symlink: (void)!symlink("/", to); break;
		case SYS_link: (void)!link("G/file", to); break;
		case SYS_mknod: mknod(to, S_IFIFO | 0666, 0); break;
		case SYS_rename: close(open("G/old", O_WRONLY | O_CREAT, 0666)); rename("G/old", to); break;
		case SYS_creat: close(creat(to, 0666)); break;
		}
		if (*undo == 'd')
			rmdir("G/new");
		else
			unlink("G/new");
		if (access(path, F_OK) == 0)
			escaped("there is something new outside");
	}
	blocked("nothing new outside");
}

static void truncating(flipper *f)
{
	struct stat st;
	char *path = racing(f, "G/file", 0);
	for (long i = 0; on(i); i++) {
		(void)!truncate(path, 3);
		if (stat(world.file, &st) == 0 && st.st_size == 3)
			escaped("the file outside was cut");
	}
	blocked("the file outside is as long as it was");
}

static struct clone_args *args;
static void flip_clone(void) { args->flags = *flips % 2 ? 0 : CLONE_UNTRACED; }
static void cloning(void) // CLONE_UNTRACED, which is not there when somebody looks
{
	static struct clone_args a = {.exit_signal = SIGCHLD};
	args = &a;
	flips_by(flip_clone);
	for (long i = 0; i < 20; i++) {
		pid_t pid = syscall(SYS_clone3, args, sizeof *args);
		if (pid == 0 && tracer() == 0)
			escaped("nobody traces this child");
		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	blocked("no child that nobody traces");
}

static struct open_how *how;
static void flip_how(void) { how->flags = *flips % 2 ? O_RDONLY : O_WRONLY; }
static void opening2(void)
{
	static struct open_how h;
	how = &h;
	flips_by(flip_how);
	for (long i = 0; on(i); i++) {
		int fd = syscall(SYS_openat2, AT_FDCWD, world.file, how, sizeof *how);
		if (fd >= 0 && write(fd, "escaped\n", 8) == 8)
			escaped("the file outside was written to");
		close(fd);
	}
	blocked("no descriptor that can be written to");
}

static void open_thread(void) { opening(by_thread); }
static void open_child(void) { opening(by_child); }
static void open_mem(void) { opening(by_mem); }
static void open_vm(void) { opening(by_vm); }
static void connect_thread(void) { connecting(by_thread); }
static void connect_child(void) { connecting(by_child); }
static void connect_mem(void) { connecting(by_mem); }
static void connect_vm(void) { connecting(by_vm); }
static void sendto_thread(void) { sending(by_thread, SYS_sendto); }
static void sendto_child(void) { sending(by_child, SYS_sendto); }
static void sendmsg_thread(void) { sending(by_thread, SYS_sendmsg); }
static void sendmsg_mem(void) { sending(by_mem, SYS_sendmsg); }
static void sendmmsg_thread(void) { sending(by_thread, SYS_sendmmsg); }
static void sendmmsg_vm(void) { sending(by_vm, SYS_sendmmsg); }
static void bind_thread(void) { binding(by_thread); }
// shut ends the attempt if the file outside has got another mode.
static void shut(void)
{
	struct stat st;
	if (stat(world.file, &st) == 0 && (st.st_mode & 0777) != 0777)
		escaped("the file outside has the mode %o", st.st_mode & 0777);
}

static void chmod_thread(void)
{
	char *path = racing(by_thread, "G/file", 0);
	for (long i = 0; on(i); i++) {
		chmod(path, 0700);
		shut();
	}
	blocked("no mode was changed outside");
}

// exchanged is a descriptor that is open on the file outside by turns.
static int exchanged[3];

static void exchanges(void)
{
	dup2(exchanged[1], exchanged[0]);
	dup2(exchanged[2], exchanged[0]);
}

static void fchmod_thread(void)
{
	exchanged[0] = NEED(open("G/file", O_RDONLY));
	exchanged[1] = NEED(open("G/file", O_RDONLY));
	exchanged[2] = NEED(open(world.file, O_RDONLY));
	flips_by(exchanges);
	for (long i = 0; i < 20000; i++) {
		fchmod(exchanged[0], 0700);
		shut();
	}
	blocked("no mode was changed outside");
}

static void mkdir_thread(void) { changing(by_thread, SYS_mkdir, "d"); }
static void symlink_thread(void) { changing(by_thread, SYS_symlink, "f"); }
static void link_thread(void) { changing(by_thread, SYS_link, "f"); }
static void mknod_thread(void) { changing(by_thread, SYS_mknod, "f"); }
static void rename_thread(void) { changing(by_thread, SYS_rename, "f"); }
static void creat_thread(void) { changing(by_thread, SYS_creat, "f"); }
static void truncate_thread(void) { truncating(by_thread); }

const struct attempt races[] = {
	{"race-open-thread", open_thread, LANDLOCK}, {"race-open-child", open_child, LANDLOCK}, {"race-open-mem", open_mem, LANDLOCK}, {"race-open-vm", open_vm, LANDLOCK},
	{"race-connect-thread", connect_thread, 0}, {"race-connect-child", connect_child, 0}, {"race-connect-mem", connect_mem, 0}, {"race-connect-vm", connect_vm, 0},
	{"race-sendto-thread", sendto_thread, 0}, {"race-sendto-child", sendto_child, 0}, {"race-sendmsg-thread", sendmsg_thread, 0}, {"race-sendmsg-mem", sendmsg_mem, 0},
	{"race-sendmmsg-thread", sendmmsg_thread, 0}, {"race-sendmmsg-vm", sendmmsg_vm, 0}, {"race-bind-thread", bind_thread, LANDLOCK},
	{"race-chmod-thread", chmod_thread, LANDLOCK}, {"race-fchmod-thread", fchmod_thread, LANDLOCK},
	{"race-mkdir-thread", mkdir_thread, LANDLOCK}, {"race-symlink-thread", symlink_thread, LANDLOCK}, {"race-link-thread", link_thread, LANDLOCK},
	{"race-mknod-thread", mknod_thread, LANDLOCK}, {"race-rename-thread", rename_thread, LANDLOCK}, {"race-creat-thread", creat_thread, LANDLOCK},
	{"race-truncate-thread", truncate_thread, LANDLOCK}, {"race-clone3", cloning, 0}, {"race-openat2", opening2, LANDLOCK},
	END,
};
