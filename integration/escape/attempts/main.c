// attempts NAME key=value…: one attempt to leave a jail. attempts --list names all of them; README.md says how to run one by hand.

#include "attempt.h"

struct world world;
const struct attempt *attempt;
char **arguments;

int victim_main(char **argv);
int keeper_main(char **argv);
int place_main(char **argv);

static void __attribute__((noreturn)) tell(const char *word, const char *format, va_list ap)
{
	char line[2048];
	int n = snprintf(line, sizeof line, "%s %s: ", word, attempt ? attempt->name : "?");
	n += vsnprintf(line + n, sizeof line - n - 2, format, ap);
	if (n > (int)sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	while (write(1, line, n) < 0 && errno == EINTR)
		;
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

#define TELL(word) do { va_list ap; va_start(ap, format); tell(word, format, ap); } while (0)
void escaped(const char *format, ...) { TELL("ESCAPED"); }
void blocked(const char *format, ...) { TELL("BLOCKED"); }
void skip(const char *format, ...) { TELL("SKIP"); }

static void __attribute__((noreturn)) say(const char *word, const char *format, ...) { va_list ap; va_start(ap, format); tell(word, format, ap); }
void done(void) { say("DONE", "all that there was to do"); }

void result(long r, const char *what)
{
	if (r == -1 && errno == ENOSYS && field("/proc/self/status", "Seccomp:") == 0)
		skip("this kernel has no such call: %s", what); // it is no filter that answers
	if (r == -1)
		blocked("%s: %s", what, strerror(errno));
	escaped("%s gave %ld", what, r);
}

// value reads one key=value of the world.
static void value(char *word)
{
	char *v = strchr(word, '=');
	if (v == NULL)
		return;
	*v++ = 0;
	const struct { const char *key; int *to; } numbers[] = {
		{"victim", &world.victim}, {"fd", &world.descriptor}, {"port", &world.port}, {"port6", &world.port6},
		{"udp", &world.udp}, {"shm", &world.shm}, {"msg", &world.msg}, {"sem", &world.sem},
	};
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(word, numbers[i].key) == 0)
			*numbers[i].to = atoi(v);
	if (strcmp(word, "memory") == 0)
		world.memory = strtoul(v, NULL, 0);
	if (strcmp(word, "poked") == 0)
		world.poked = strtoul(v, NULL, 0);
	if (strcmp(word, "out") == 0) {
		world.out = v;
		snprintf(world.file, PATH_MAX, "%s/file", v);
		snprintf(world.secret, PATH_MAX, "%s/denied/secret", v);
		snprintf(world.sock, PATH_MAX, "%s/sock", v);
		snprintf(world.dgram, PATH_MAX, "%s/dgram", v);
	}
}

static int list(void)
{
	for (const struct attempts *g = groups; g->name; g++)
		for (const struct attempt *a = g->attempts; a->name; a++) {
			printf("%s %s ", g->name, a->name);
			for (int bit = 0; "rlmtfud"[bit]; bit++)
				if (a->flags & 1 << bit)
					putchar("rlmtfud"[bit]);
			puts("-");
		}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--list") == 0)
		return list();
	if (strcmp(argv[1], "--victim") == 0)
		return victim_main(argv + 2);
	if (strcmp(argv[1], "--keeper") == 0)
		return keeper_main(argv + 2);
	if (strcmp(argv[1], "--place") == 0)
		return place_main(argv + 2);
	arguments = malloc((argc + 1) * sizeof *arguments); // as they were: value() cuts them
	for (int i = 0; i <= argc; i++)
		arguments[i] = argv[i] ? strdup(argv[i]) : NULL;
	for (int i = 2; i < argc; i++)
		value(argv[i]);
	world.supervisor = getppid();
	alarm(50); // whatever goes wrong
	snprintf(world.name, sizeof world.name, "@escape-%d", world.victim);
	for (const struct attempts *g = groups; g->name; g++)
		for (const struct attempt *a = g->attempts; a->name; a++)
			if (strcmp(a->name, argv[1]) == 0) {
				attempt = a;
				a->run();
				blocked("it came to its end");
			}
	fprintf(stderr, "no attempt %s\n", argv[1]);
	return 2;
}
