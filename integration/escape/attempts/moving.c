// Races on what a path means: links, folders, working folders and descriptors that change between the check and the kernel's look.

#include "race.h"

// The names, whose meaning changes: a link, a folder, and a number.
#define NUMBER 50

static void flip_link(void) // link leads to G, then to E
{
	(void)!symlink(*flips % 2 ? "G" : "E", "next");
	rename("next", "link");
}
static void flip_folder(void) { renameat2(AT_FDCWD, "folder", AT_FDCWD, "E", RENAME_EXCHANGE); } // what was a folder is a link
static void flip_cwd(void)
{
	(void)!chdir(*flips % 2 ? "../work" : "E");
}
static int inside, outside;
static void flip_number(void) { dup2(*flips % 2 ? inside : outside, NUMBER); }

static void prepare_folder(void)
{
	NEED(mkdir("folder", 0777));
	close(NEED(open("folder/file", O_WRONLY | O_CREAT, 0666)));
}
static void prepare_number(void)
{
	inside = NEED(open("G", O_PATH | O_DIRECTORY)), outside = NEED(open("E", O_PATH | O_DIRECTORY));
	NEED(dup2(inside, NUMBER));
}

static void __attribute__((noreturn)) opens(int at, const char *path, void (*flip)(void))
{
	flips_by(flip);
	for (long i = 0; on(i); i++)
		wrote_outside(openat(at, path, O_WRONLY));
	blocked("no file of outside was opened");
}

static void __attribute__((noreturn)) connects(const char *path, void (*flip)(void))
{
	char text[64];
	flips_by(flip);
	for (long i = 0; on(i); i++) {
		int fd = local_connect(SOCK_STREAM | SOCK_CLOEXEC, path, 0);
		if (fd >= 0)
			shows(text, recv(fd, text, sizeof text, 0));
	}
	blocked("the victim was not met");
}

static void open_link(void) { opens(AT_FDCWD, "link/file", flip_link); }
static void open_folder(void) { prepare_folder(); opens(AT_FDCWD, "folder/file", flip_folder); }
static void open_cwd(void) { close(NEED(open("file", O_WRONLY | O_CREAT, 0666))); opens(AT_FDCWD, "file", flip_cwd); }
static void open_number(void) { prepare_number(); opens(NUMBER, "file", flip_number); }
static void connect_link(void) { connects("link/sock", flip_link); }
static void connect_folder(void) { prepare_folder(); connects("folder/sock", flip_folder); }
static void connect_cwd(void) { connects("sock", flip_cwd); }
static void connect_root(void) { connects("/proc/thread-self/cwd/sock", flip_cwd); }

static _Atomic pid_t born;
static void flip_pid(void) // a number that is a child, dies, and may be somebody else
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	born = pid;
	waitpid(pid, NULL, 0);
}
static void reused_number(void) // the victim's number, given in a word that changes: what is looked at is a child
{
	flips_by(flip_pid);
	for (long i = 0; i < 50; i++) {
		pid_t pid = i % 2 ? born : world.victim;
		if (kill(pid, SIGUSR1) == 0 && pid == world.victim)
			escaped("a signal to the victim");
	}
	blocked("no signal to the victim");
}

const struct attempt moving[] = {
	{"moving-link", open_link, LANDLOCK}, {"moving-folder", open_folder, LANDLOCK}, {"moving-cwd", open_cwd, LANDLOCK}, {"moving-number", open_number, LANDLOCK},
	{"moving-link-connect", connect_link, 0}, {"moving-folder-connect", connect_folder, 0}, {"moving-cwd-connect", connect_cwd, 0},
	{"moving-root-connect", connect_root, 0}, {"moving-pid", reused_number, LANDLOCK},
	END,
};
