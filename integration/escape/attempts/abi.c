// Other ways into the kernel: the 32-bit table, x32's numbers, numbers with more bits than the kernel looks at, numbers that lists lack.

#include "attempt.h"
#include <elf.h>
#include <linux/prctl.h>

// int80 makes a call by the number that it has on i386.
static long int80(long nr, long a, long b, long c)
{
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	if ((int)r < 0 && (int)r > -4096) {
		errno = -(int)r;
		return -1;
	}
	return (int)r;
}

// low is memory that a 32-bit pointer reaches: the program is linked at low addresses.
static char low[PATH_MAX];

static void int80_kill(void) { RESULT(int80(37, world.victim, SIGUSR1, 0)); }

static void int80_open(void)
{
	strcpy(low, world.file);
	wrote(int80(5, (long)low, O_WRONLY, 0));
}

static void int80_openat(void)
{
	strcpy(low, world.file);
	wrote(int80(295, AT_FDCWD, (long)low, O_WRONLY));
}

static void int80_ptrace(void) { RESULT(int80(26, PTRACE_ATTACH, world.victim, 0)); }

static void int80_socketcall(void) // socket(AF_INET, SOCK_RAW or _STREAM) by its multiplexer
{
	static int args[3] = {AF_INET, SOCK_STREAM, 0};
	RESULT(int80(102, 1, (long)args, 0));
}

static void int80_ipc(void) // shmget of what is there: ipc(SHMCTL, IPC_STAT)
{
	static char buf[256];
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(117L), "b"(24L), "c"((long)world.shm), "d"(0x102L), "S"(0L), "D"((long)buf) : "memory", "r8", "r9", "r10", "r11");
	errno = -(int)r;
	RESULT((int)r < 0 ? -1 : r);
}

static void int80_mkdir(void)
{
	snprintf(low, sizeof low, "%s/new", world.out);
	RESULT(int80(39, (long)low, 0777, 0));
}

// in_compat runs in the 32-bit code segment, by a far return, and comes back.
static void cs23_kill(void)
{
	static const unsigned char code[] = {0xb8, 37, 0, 0, 0, 0xcd, 0x80, 0xcb}; // mov $37,%eax; int $0x80; lret
	unsigned char *page = NEED(mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
	memcpy(page, code, sizeof code);
	char *stack = (char *)page + 8000;
	long r;
	__asm__ volatile(
		"mov %%rsp, %%r12\n\tmov %[stack], %%rsp\n\t"
		"lea 1f(%%rip), %%rdx\n\tmovl %%edx, (%%rsp)\n\tmovl $0x33, 4(%%rsp)\n\t" // where lret of the code goes: 32-bit offset, selector
		"sub $8, %%rsp\n\tmovl %[page], (%%rsp)\n\tmovl $0x23, 4(%%rsp)\n\t"
		"lretl\n"
		"1:\n\tmov %%r12, %%rsp"
		: "=a"(r) : [stack] "r"(stack), [page] "r"((unsigned)(long)page), "b"((long)world.victim), "c"((long)SIGUSR1)
		: "rdx", "r12", "r8", "r9", "r10", "r11", "memory", "cc");
	errno = -(int)r;
	RESULT((int)r < 0 ? -1 : r);
}

// elf32 executes a 32-bit program, which is 32-bit from its first instruction.
static void elf32(void)
{
	struct { Elf32_Ehdr e; Elf32_Phdr p; unsigned char code[32]; } image = {
		.e = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_EXEC, .e_machine = EM_386, .e_version = 1,
			.e_entry = 0x8048000 + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr), .e_phoff = sizeof(Elf32_Ehdr), .e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1},
		.p = {.p_type = PT_LOAD, .p_vaddr = 0x8048000, .p_filesz = sizeof image, .p_memsz = sizeof image, .p_flags = PF_R | PF_X, .p_align = 4096},
	};
	unsigned char code[] = {0xb8, 37, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0xb9, SIGUSR1, 0, 0, 0, 0xcd, 0x80, // kill(victim, SIGUSR1)
		0x89, 0xc3, 0xb8, 1, 0, 0, 0, 0xcd, 0x80};                                                   // exit(what it gave)
	memcpy(code + 6, &world.victim, 4);
	memcpy(image.code, code, sizeof code);
	int fd = NEED(open("elf32", O_WRONLY | O_CREAT | O_CLOEXEC, 0755)), status;
	NEED(write(fd, &image, sizeof image));
	close(fd);
	pid_t pid = NEED(fork());
	if (pid == 0) {
		execl("elf32", "elf32", NULL);
		_exit(errno == ENOEXEC ? 98 : 97);
	}
	NEED(waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 98)
		skip("this kernel runs no 32-bit programs");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		escaped("the 32-bit program sent a signal");
	blocked("the 32-bit program ended with %#x", status);
}

#define X32 0x40000000L

static void x32_kill(void) { result(syscall(X32 | SYS_kill, world.victim, SIGUSR1), "kill of x32"); }
static void x32_open(void) { result(syscall(X32 | SYS_open, world.file, O_WRONLY), "open of x32"); }
static void x32_ptrace(void) { result(syscall(X32 | 521, PTRACE_ATTACH, world.victim, 0, 0), "ptrace of x32"); }

// The kernel looks at the lower half of rax.
static void wide_kill(void) { RESULT(syscall(SYS_kill | 1L << 32, world.victim, SIGUSR1)); }
static void wide_x32(void) { RESULT(syscall(SYS_kill | (long)0xdeadbeef00000000, world.victim, SIGUSR1)); }
// … and at the lower half of what is an int.
static void wide_socket(void) { RESULT(syscall(SYS_socket, AF_INET | 1L << 32, SOCK_STREAM | 1L << 33, 0)); }
static void wide_pid(void) { RESULT(syscall(SYS_kill, world.victim | 1L << 40, SIGUSR1 | 1L << 41)); }
static void wide_flags(void) { wrote(syscall(SYS_openat, AT_FDCWD & 0xffffffffL, world.file, O_WRONLY | 1L << 35)); }
static void wide_prlimit(void)
{
	unsigned long none[2] = {0, 0};
	RESULT(syscall(SYS_prlimit64, world.victim | 1L << 32, 4 | 1L << 32, none, NULL)); // RLIMIT_CORE
}

// The newest numbers, which lists lack that were made for older kernels.
static void newest(long nr, const char *what, long a, long b, long c, long d, long e, long f)
{
	result(syscall(nr, a, b, c, d, e, f), what);
}

static void new_setxattrat(void)
{
	struct { uint64_t value; uint32_t size, flags; } args = {(uintptr_t)"x", 1, 0};
	newest(SYS_setxattrat, "setxattrat", AT_FDCWD, (long)world.file, 0, (long)"user.escape", (long)&args, sizeof args);
}

static void new_file_setattr(void)
{
	struct { uint64_t xflags; uint32_t extsize, nextents, projid, cowextsize; } attr = {.xflags = 0x40}; // FS_XFLAG_NOATIME
	newest(CALL_file_setattr, "file_setattr", AT_FDCWD, (long)world.file, (long)&attr, sizeof attr, 0, 0);
}

static void new_open_tree_attr(void) { newest(CALL_open_tree_attr, "open_tree_attr", AT_FDCWD, (long)world.out, 1 /* OPEN_TREE_CLONE */, 0, 0, 0); }

static void personality_exec(void) { RESULT(syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */ | 0x0100000 /* MMAP_PAGE_ZERO */)); }
static void iopl_ports(void) { RESULT(syscall(SYS_ioperm, 0x80, 1, 1)); }
static void ldt(void)
{
	struct { unsigned n, base, limit, bits; } seg = {0, 0, 0xfffff, 0x51}; // a code segment of one's own, 32-bit
	RESULT(syscall(SYS_modify_ldt, 0x11, &seg, sizeof seg));
}

const struct attempt abi[] = {
	{"int80-kill", int80_kill, 0},
	{"int80-open", int80_open, 0},
	{"int80-openat", int80_openat, 0},
	{"int80-ptrace", int80_ptrace, 0},
	{"int80-socketcall", int80_socketcall, 0},
	{"int80-ipc", int80_ipc, 0},
	{"int80-mkdir", int80_mkdir, 0},
	{"cs23-kill", cs23_kill, 0},
	{"elf32", elf32, 0},
	{"x32-kill", x32_kill, 0},
	{"x32-open", x32_open, 0},
	{"x32-ptrace", x32_ptrace, 0},
	{"wide-kill", wide_kill, LANDLOCK},
	{"wide-x32", wide_x32, LANDLOCK},
	{"wide-pid", wide_pid, LANDLOCK},
	{"wide-socket", wide_socket, 0},
	{"wide-flags", wide_flags, LANDLOCK},
	{"wide-prlimit", wide_prlimit, 0},
	{"new-setxattrat", new_setxattrat, LANDLOCK},
	{"new-file-setattr", new_file_setattr, LANDLOCK},
	{"new-open-tree-attr", new_open_tree_attr, ROOT},
	{"personality-exec", personality_exec, 0},
	{"ioperm", iopl_ports, ROOT},
	{"ldt", ldt, 0},
	END,
};
