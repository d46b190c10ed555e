// Opens what it may while its other threads make the path lead to what it may not. argv: what to do, a folder, how often.
// In the folder: ok.txt and a/x1 may be read, id.key and b/x1 may not.
#include "victim.h"
#include <sys/stat.h>

static atomic_int stop;
static int tries;
static char shared_path[64];
static int slot, folder_a, folder_b;

struct count { int in, out, leaks, odd, last; };

// note tells what a descriptor leads to by the first letter in it: "open", or "secret".
static void note(struct count *c, int fd)
{
	char first = 0;
	if (fd < 0) {
		if (errno == EACCES)
			c->out++;
		else
			c->odd++, c->last = errno;
		return;
	}
	if (read(fd, &first, 1) != 1)
		c->odd++;
	else if (first == 's')
		c->leaks++;
	else
		c->in++;
	close(fd);
}

static void exchange(const char *a, const char *b) { MUST(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE)); }

// The attacks: what one thread does all the time, and how the other opens.
static void flip_memory(unsigned i) { memcpy(shared_path, i & 1 ? "id.key" : "ok.txt", 6); }
static int open_memory(void) { return open(shared_path, O_RDONLY); }

static void flip_link(unsigned i) { (void)i, exchange("l1", "l2"); }
static int open_link(void) { return open("l1", O_RDONLY); }

static void flip_folder(unsigned i) { (void)i, exchange("r", "s"); } // a folder, and a link to b
static int open_folder(void) { return open("r/x1", O_RDONLY); }

static void flip_cwd(unsigned i) { MUST(fchdir(i & 1 ? folder_a : folder_b)); }
static int open_cwd(void) { return open("x1", O_RDONLY); }
static int open_proc_cwd(void) { return open("/proc/self/cwd/x1", O_RDONLY); }

static void flip_slot(unsigned i) { MUST(dup2(i & 1 ? folder_a : folder_b, slot)); }
static int open_slot(void) { return openat(slot, "x1", O_RDONLY); }
static int open_proc_slot(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d/x1", slot);
	return open(path, O_RDONLY);
}

static struct attack { const char *name; void (*flip)(unsigned); int (*open)(void); } attacks[] = {
	{"memory", flip_memory, open_memory}, {"link", flip_link, open_link}, {"folder", flip_folder, open_folder},
	{"cwd", flip_cwd, open_cwd}, {"proc-cwd", flip_cwd, open_proc_cwd}, {"dirfd", flip_slot, open_slot}, {"proc-fd", flip_slot, open_proc_slot}, {0}};

static void *flips(void *a)
{
	for (unsigned i = 0; !stop; i++)
		((struct attack *)a)->flip(i);
	return a;
}

static void play(struct attack *a)
{
	struct count c = {0};
	pthread_t t;
	strcpy(shared_path, "ok.txt");
	MUST0(pthread_create(&t, 0, flips, a));
	for (int i = 0; (i < tries || (!(c.in && c.out) && i < 50 * tries)) && !c.leaks; i++)
		note(&c, a->open());
	stop = 1;
	MUST0(pthread_join(t, 0));
	say("%s: leaks %d, both ways %d, odd %d (%s)\n", a->name, c.leaks, c.in && c.out, c.odd, strerrorname_np(c.last));
}

// opens opens a file n times, and tells how many nanoseconds that took.
static long opens(long n)
{
	struct timespec from, to;
	MUST(clock_gettime(CLOCK_MONOTONIC, &from));
	for (long i = 0; i < n; i++)
		close(MUST(open("ok.txt", O_RDONLY)));
	MUST(clock_gettime(CLOCK_MONOTONIC, &to));
	return (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("arguments");
	tries = atoi(argv[3]);
	MUST(chdir(argv[2]));
	folder_a = MUST(open("a", O_PATH | O_DIRECTORY)), folder_b = MUST(open("b", O_PATH | O_DIRECTORY));
	slot = MUST(dup(folder_a));
	if (!strcmp(argv[1], "speed")) { // no race: what opening costs
		opens(tries / 10);
		say("%ld\n", opens(tries));
		return 0;
	}
	for (struct attack *a = attacks; a->name; a++)
		if (!strcmp(a->name, argv[1])) {
			play(a);
			return 0;
		}
	die(argv[1]);
}
