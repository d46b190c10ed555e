// Devices, terminals, and the files by which root tells the kernel what to do.

#include "attempt.h"
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

// opens ends by whether a file can be opened at all, or skips where the machine has none.
static void __attribute__((noreturn)) opens(const char *path, int flags)
{
	struct stat st;
	if (stat(path, &st) && field("/proc/self/status", "Seccomp:") == 0)
		skip("there is no %s", path);
	int fd = open(path, flags);
	if (fd < 0 && field("/proc/self/status", "Seccomp:") == 0 && (errno == ENODEV || errno == ENXIO || errno == EPERM || errno == EROFS))
		skip("%s: %s", path, strerror(errno));
	result(fd, path);
}

static void memory(void) { opens("/dev/mem", O_RDONLY); }
static void ports(void) { opens("/dev/port", O_RDWR); }
static void messages(void) { opens("/dev/kmsg", O_WRONLY); }
static void fuse(void) { opens("/dev/fuse", O_RDWR); }
static void kvm(void) { opens("/dev/kvm", O_RDWR); }
static void tunnel(void) { opens("/dev/net/tun", O_RDWR); }
static void loops(void) { opens("/dev/loop-control", O_RDWR); }
static void console(void) { opens("/dev/console", O_RDWR | O_NOCTTY); }
static void new_terminal(void) { opens("/dev/ptmx", O_RDWR | O_NOCTTY); }
static void rtc(void) { opens("/dev/rtc0", O_RDONLY); }
static void disk(void)
{
	static const char *const names[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/xvda", "/dev/loop0"};
	char text[512];
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		int fd = open(names[i], O_RDONLY);
		if (fd >= 0 && read(fd, text, sizeof text) == sizeof text)
			escaped("read %s", names[i]);
	}
	if (field("/proc/self/status", "Seccomp:") == 0)
		skip("there is no disk");
	blocked("no disk can be read");
}
static void own_disk(void) // a name of one's own for the disk that / is on
{
	struct stat st;
	NEED(stat("/", &st));
	NEED(mknod("disk", S_IFBLK | 0600, st.st_dev));
	opens("disk", O_RDONLY);
}
static void own_memory(void)
{
	NEED(mknod("mem", S_IFCHR | 0600, makedev(1, 1)));
	opens("mem", O_RDONLY);
}
static void own_null(void) { RESULT(mknodat(AT_FDCWD, "null", S_IFCHR | 0666, makedev(1, 3))); }

static void core_pattern(void) { opens("/proc/sys/kernel/core_pattern", O_WRONLY); }
static void modprobe(void) { opens("/proc/sys/kernel/modprobe", O_WRONLY); }
static void sysrq(void) { opens("/proc/sysrq-trigger", O_WRONLY); }
static void randomize(void) { opens("/proc/sys/kernel/randomize_va_space", O_WRONLY); }
static void binfmt(void) { opens("/proc/sys/fs/binfmt_misc/register", O_WRONLY); }
static void power(void) { opens("/sys/power/state", O_WRONLY); }
static void uevent(void) { opens("/sys/kernel/uevent_helper", O_WRONLY); }
static void cgroup(void) { opens("/sys/fs/cgroup/cgroup.procs", O_WRONLY); }
static void cgroup_freezer(void) { opens("/sys/fs/cgroup/freezer/tasks", O_WRONLY); }
static void core(void) { opens("/proc/kcore", O_RDONLY); }
static void kallsyms(void) { opens("/proc/kmsg", O_RDONLY | O_NONBLOCK); }

// typed ends by whether input could be put into the terminal.
static void __attribute__((noreturn)) typed(long r, const char *what)
{
	if (r == -1 && errno == EIO && field("/proc/self/status", "Seccomp:") == 0)
		skip("this kernel has dev.tty.legacy_tiocsti=0");
	result(r, what);
}
static void types(void) { typed(ioctl(0, TIOCSTI, "x"), "TIOCSTI"); }
static void types_wide(void) { typed(syscall(SYS_ioctl, 0, TIOCSTI | 1L << 32, "x"), "TIOCSTI with a high bit"); }
static void types_tty(void) { typed(ioctl(NEED(open("/dev/tty", O_RDWR)), TIOCSTI, "x"), "TIOCSTI on /dev/tty"); }
static void types_int80(void)
{
	static char x = 'x';
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(54L), "b"(0L), "c"((long)TIOCSTI), "d"((long)&x) : "memory", "r8", "r9", "r10", "r11");
	errno = -(int)r;
	typed((int)r < 0 ? -1 : 0, "TIOCSTI of i386");
}
static void types_child(void)
{
	pid_t pid = NEED(fork());
	if (pid == 0)
		types();
	child_tells(pid);
}
static void console_output(void) { RESULT(ioctl(0, TIOCCONS)); }

const struct attempt devices[] = {
	{"dev-mem", memory, ROOT | MOUNTS}, {"dev-port", ports, ROOT | MOUNTS}, {"dev-kmsg", messages, ROOT | MOUNTS}, {"dev-fuse", fuse, ROOT | MOUNTS}, {"dev-kvm", kvm, ROOT | MOUNTS}, {"dev-tun", tunnel, ROOT | MOUNTS},
	{"dev-loop", loops, ROOT | MOUNTS}, {"dev-console", console, ROOT | MOUNTS}, {"dev-ptmx", new_terminal, LANDLOCK}, {"dev-rtc", rtc, ROOT | MOUNTS}, {"disk", disk, ROOT | MOUNTS},
	{"own-disk", own_disk, ROOT}, {"own-mem", own_memory, ROOT}, {"own-null", own_null, ROOT}, {"core-pattern", core_pattern, ROOT | LANDLOCK},
	{"modprobe", modprobe, ROOT | LANDLOCK}, {"sysrq", sysrq, ROOT | LANDLOCK}, {"randomize", randomize, ROOT | LANDLOCK}, {"binfmt", binfmt, ROOT | LANDLOCK},
	{"power", power, ROOT | LANDLOCK}, {"uevent-helper", uevent, ROOT | LANDLOCK}, {"cgroup", cgroup, ROOT | LANDLOCK}, {"freezer", cgroup_freezer, ROOT | LANDLOCK},
	{"kcore", core, ROOT}, {"kmsg", kallsyms, ROOT}, {"tiocsti", types, TERMINAL}, {"tiocsti-wide", types_wide, TERMINAL}, {"tiocsti-tty", types_tty, TERMINAL},
	{"tiocsti-int80", types_int80, TERMINAL}, {"tiocsti-child", types_child, TERMINAL}, {"tioccons", console_output, ROOT | TERMINAL},
	END,
};
