// Makes, removes and renames what it may while another thread makes the path lead to what it may not. argv: what to do, a folder, how often.
// In the folder: a/x1 and r/x1 may be used, b/x1 may not; s is a link to b. Each try tells what it did.
#include "victim.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static atomic_int stop;
static int tries, root, folder_a, folder_b, slot;
static char shared_path[64];

static void flip_memory(unsigned i) { memcpy(shared_path, i & 1 ? "b/x1" : "a/x1", 4); }
static void flip_folders(unsigned i) { memcpy(shared_path, i & 1 ? "b" : "a", 1); }
static void flip_folder(unsigned i) { (void)i, MUST(renameat2(root, "r", root, "s", RENAME_EXCHANGE)); }
static void flip_cwd(unsigned i) { MUST(fchdir(i & 1 ? folder_a : folder_b)); }
static void flip_slot(unsigned i) { MUST(dup2(i & 1 ? folder_a : folder_b, slot)); }

// letter is the first one in a file: 'o' may be read, 's' not.
static char letter(int dir, const char *name)
{
	char c = 0;
	int fd = openat(dir, name, O_RDONLY);
	if (fd >= 0 && read(fd, &c, 1) != 1)
		c = '?';
	if (fd >= 0)
		close(fd);
	return c;
}

// What a try is: 1 did what it may, 0 was refused, -1 leaked.
static int got(int failed)
{
	if (failed)
		return 0;
	char c = letter(root, "got");
	MUST(unlinkat(root, "got", 0));
	return c == 's' ? -1 : 1;
}

static int link_memory(void) { return got(linkat(root, shared_path, root, "got", 0)); }
static int link_follow(void)
{
	return got(linkat(AT_FDCWD, "x1", root, "got", AT_SYMLINK_FOLLOW));
}
static int link_folder(void) { return got(linkat(root, "r/x1", root, "got", 0)); }
static int link_cwd(void) { return got(link("x1", "../got")); }
static int link_slot(void) { return got(linkat(slot, "x1", root, "got", 0)); }

static int made(int failed)
{
	struct stat st;
	if (!fstatat(folder_b, "x9", &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	unlinkat(folder_a, "x9", 0), unlinkat(folder_a, "x9", AT_REMOVEDIR);
	return !failed;
}

static int mkdir_cwd(void) { return made(mkdir("x9", 0700)); }
static int mkdir_slot(void) { return made(mkdirat(slot, "x9", 0700)); }
static int mknod_slot(void) { return made(mknodat(slot, "x9", S_IFREG | 0600, 0)); }
static int symlink_cwd(void) { return made(symlink("text", "x9")); }
static int create_cwd(void)
{
	int fd = open("x9", O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (fd >= 0)
		close(fd);
	return made(fd < 0);
}

static int lost(int failed)
{
	struct stat st;
	if (fstatat(folder_b, "x1", &st, AT_SYMLINK_NOFOLLOW) || !st.st_size)
		return -1;
	if (!fstatat(folder_a, "x1", &st, AT_SYMLINK_NOFOLLOW) && st.st_size)
		return !failed;
	int fd = MUST(openat(folder_a, "x1", O_CREAT | O_WRONLY, 0600));
	MUST(write(fd, "open", 4));
	close(fd);
	return !failed;
}

static int unlink_cwd(void) { return lost(unlink("x1")); }
static int unlink_slot(void) { return lost(unlinkat(slot, "x1", 0)); }
static int truncate_cwd(void) { return lost(truncate("x1", 0)); }
static int rename_cwd(void)
{
	int failed = renameat(AT_FDCWD, "x1", root, "got");
	if (!failed && letter(root, "got") == 's')
		return -1;
	if (!failed)
		MUST(unlinkat(root, "got", 0));
	return lost(failed);
}

// rename_folder takes a folder elsewhere, where no rule is about what is in it.
static int rename_folder(void)
{
	if (renameat(root, shared_path, root, "got"))
		return 0;
	if (letter(root, "got/x1") == 's')
		return -1;
	MUST(renameat(root, "got", root, "a"));
	return 1;
}

static int mode(int failed)
{
	struct stat st;
	if (fstatat(folder_b, "x1", &st, AT_SYMLINK_NOFOLLOW) || (st.st_mode & 0777) != 0644)
		return -1;
	return !failed;
}

static int mode_memory(void) { return mode(fchmodat(root, shared_path, 0600, 0)); }
static int mode_folder(void) { return mode(fchmodat(root, "r/x1", 0600, 0)); }
static int mode_cwd(void) { return mode(chmod("x1", 0600)); }
static int mode_slot(void) { return mode(fchmodat(slot, "x1", 0600, 0)); }

static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "a/x9"};
static void flip_address(unsigned i) { memcpy(address.sun_path, i & 1 ? "b" : "a", 1); }

// bind_to makes a socket by the name in address.
static int bind_to(const char *path)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	if (path)
		strcpy(address.sun_path, path);
	int failed = bind(fd, (struct sockaddr *)&address, sizeof address);
	close(fd);
	unlinkat(root, "r/x9", 0);
	return made(failed);
}

static int bind_memory(void)
{
	MUST(fchdir(root));
	return bind_to(0);
}
static int bind_folder(void)
{
	MUST(fchdir(root));
	return bind_to("r/x9");
}
static int bind_cwd(void) { return bind_to("x9"); }

static struct attack { const char *name; void (*flip)(unsigned); int (*try)(void); const char *start; } attacks[] = {
	{"link-memory", flip_memory, link_memory, "a/x1"}, {"link-folder", flip_folder, link_folder, ""}, {"link-cwd", flip_cwd, link_cwd, ""},
	{"link-dirfd", flip_slot, link_slot, ""}, {"link-follow", flip_cwd, link_follow, ""}, {"mkdir-cwd", flip_cwd, mkdir_cwd, ""},
	{"mkdir-dirfd", flip_slot, mkdir_slot, ""}, {"mknod-dirfd", flip_slot, mknod_slot, ""}, {"symlink-cwd", flip_cwd, symlink_cwd, ""},
	{"create-cwd", flip_cwd, create_cwd, ""}, {"unlink-cwd", flip_cwd, unlink_cwd, ""}, {"unlink-dirfd", flip_slot, unlink_slot, ""},
	{"truncate-cwd", flip_cwd, truncate_cwd, ""}, {"rename-cwd", flip_cwd, rename_cwd, ""}, {"rename-folder", flip_folders, rename_folder, "a"},
	{"mode-memory", flip_memory, mode_memory, "a/x1"}, {"mode-folder", flip_folder, mode_folder, ""}, {"mode-cwd", flip_cwd, mode_cwd, ""},
	{"mode-dirfd", flip_slot, mode_slot, ""}, {"bind-memory", flip_address, bind_memory, ""}, {"bind-folder", flip_folder, bind_folder, ""},
	{"bind-cwd", flip_cwd, bind_cwd, ""}, {0}};

static void *flips(void *a)
{
	for (unsigned i = 0; !stop; i++)
		((struct attack *)a)->flip(i);
	return a;
}

static void play(struct attack *a)
{
	int did = 0, refused = 0, leaks = 0;
	pthread_t t;
	strcpy(shared_path, a->start);
	MUST(fchdir(folder_a));
	MUST0(pthread_create(&t, 0, flips, a));
	for (int i = 0; (i < tries || (!(did && refused) && i < 50 * tries)) && !leaks; i++) {
		int r = a->try();
		did += r > 0, refused += r == 0, leaks += r < 0;
	}
	stop = 1;
	MUST0(pthread_join(t, 0));
	say("%s: leaks %d, both ways %d\n", a->name, leaks, did && refused);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("arguments");
	tries = atoi(argv[3]);
	root = MUST(open(argv[2], O_PATH | O_DIRECTORY));
	folder_a = MUST(openat(root, "a", O_PATH | O_DIRECTORY)), folder_b = MUST(openat(root, "b", O_PATH | O_DIRECTORY));
	slot = MUST(dup(folder_a));
	for (struct attack *a = attacks; a->name; a++)
		if (!strcmp(a->name, argv[1])) {
			play(a);
			return 0;
		}
	die(argv[1]);
}
