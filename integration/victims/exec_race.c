// Runs a program over and over, while another thread exchanges what it is to run.
#include "victim.h"
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *good, *bad, *dir, *mark;
static char path[PATH_MAX], other[PATH_MAX], first[16], variable[64];
static char *argv[4], *environment[3];
static int from = AT_FDCWD, flags, goodfd, badfd;
static atomic_int over;
static struct { void *data; size_t size; } contents[2];

static void in(char *out, const char *name) { snprintf(out, PATH_MAX, "%s/%s", dir, name); }

// What the thread does in turn with 0 and 1.
static void swap_path(int i) { memcpy(path, i ? bad : good, strlen(good)); }
static void swap_argument(int i) { memcpy(first, i ? "evil" : "fine", 4); }
static void swap_pointer(int i) { argv[1] = i ? "evil" : "fine"; }
static void swap_variable(int i) { memcpy(variable, i ? "LD_X" : "XX_X", 4); }
static void swap_names(int i) { (void)i; syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE); }
static void swap_descriptor(int i) { dup2(i ? badfd : goodfd, from); }
static void swap_folder(int i) { if (chdir(i ? other : dir)) die("chdir"); }

static void swap_contents(int i)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return; // ETXTBSY: it runs
	if (pwrite(fd, contents[i].data, contents[i].size, 0) < 0)
		die("pwrite");
	close(fd);
}

static void load(int i, const char *name)
{
	int fd = MUST(open(name, O_RDONLY | O_CLOEXEC));
	struct stat st;
	MUST(fstat(fd, &st));
	contents[i].size = st.st_size;
	contents[i].data = mmap(0, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
}

// Both programs of one length, so that one written over the other is the other.
static void load_both(void)
{
	load(0, good);
	load(1, bad);
	size_t most = contents[0].size > contents[1].size ? contents[0].size : contents[1].size;
	for (int i = 0; i < 2; i++) {
		char *copy = MUST(mmap(0, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		memcpy(copy, contents[i].data, contents[i].size);
		contents[i].data = copy, contents[i].size = most;
	}
}

static void two_links(void)
{
	in(path, "link-1"), in(other, "link-2");
	MUST(symlink(good, path)), MUST(symlink(bad, other));
}

static void two_names(void)
{
	in(path, "name-1"), in(other, "name-2");
	MUST(link(good, path)), MUST(link(bad, other));
}

static void descriptor(void)
{
	goodfd = MUST(open(good, O_PATH | O_CLOEXEC)), badfd = MUST(open(bad, O_PATH | O_CLOEXEC));
	from = MUST(dup(goodfd));
}

static void by_descriptor(void) { descriptor(), path[0] = 0, flags = AT_EMPTY_PATH; }
static void by_proc(void) { descriptor(), snprintf(path, sizeof path, "/proc/self/fd/%d", from); }

static void two_folders(void)
{
	char name[2 * PATH_MAX];
	in(other, "folder");
	MUST(mkdir(other, 0700));
	snprintf(name, sizeof name, "%s/run", dir), MUST(link(good, name));
	snprintf(name, sizeof name, "%s/run", other), MUST(link(bad, name));
	strcpy(path, "./run");
}

static void one_file(void)
{
	load_both();
	in(path, "file");
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
	if (write(fd, contents[0].data, contents[0].size) < 0)
		die("write");
	close(fd);
}

static void nothing(void) {}

static const struct way { const char *name; void (*prepare)(void), (*swap)(int); } ways[] = {
	{"path", nothing, swap_path}, {"argument", nothing, swap_argument}, {"pointer", nothing, swap_pointer},
	{"variable", nothing, swap_variable}, {"symlink", two_links, swap_names}, {"rename", two_names, swap_names},
	{"descriptor", by_descriptor, swap_descriptor}, {"proc", by_proc, swap_descriptor}, {"folder", two_folders, swap_folder},
	{"contents", one_file, swap_contents},
};

static void *swapper(void *way)
{
	for (int i = 0; !over; i ^= 1)
		((const struct way *)way)->swap(i);
	return 0;
}

static int child(void *at)
{
	int dirfd = from;
	if (!(flags & AT_EMPTY_PATH))
		dirfd = AT_FDCWD;
	syscall(SYS_execveat, dirfd, at, argv, environment, flags);
	_exit(77);
}

static int marked(void)
{
	struct stat st;
	return stat(mark, &st) == 0 && st.st_size > 0;
}

// exec_race WAY TRIES UNTIL GOOD BAD DIR: with UNTIL 1 it ends when the mark is there.
int main(int argc, char **args)
{
	static char stack[1 << 16] __attribute__((aligned(16))), variable_mark[PATH_MAX];
	if (argc < 7)
		die("arguments");
	const struct way *way = 0;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, args[1]) == 0)
			way = &ways[i];
	good = args[4], bad = args[5], dir = args[6], mark = getenv("MARK");
	if (!way || !mark || strlen(good) != strlen(bad))
		die("way");
	snprintf(variable_mark, sizeof variable_mark, "MARK=%s", mark);
	strcpy(path, good), strcpy(first, "fine"), strcpy(variable, "XX_X=1");
	argv[0] = "prog", argv[1] = first, environment[0] = variable_mark, environment[1] = variable;
	way->prepare();
	pthread_t thread;
	MUST0(pthread_create(&thread, 0, swapper, (void *)way));
	int ran = 0, refused = 0, killed = 0, odd = 0;
	for (int i = 0; i < atoi(args[2]) && !(atoi(args[3]) && marked()); i++) {
		int status;
		// Memory, folder and descriptors are those of the thread.
		pid_t pid = MUST(clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FS | CLONE_FILES | SIGCHLD, path));
		MUST(waitpid(pid, &status, 0));
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			killed++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			ran++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			refused++;
		else
			odd++;
	}
	over = 1;
	pthread_join(thread, 0);
	say("ran %d, refused %d, killed %d, odd %d\n", ran, refused, killed, odd);
	return 0;
}
