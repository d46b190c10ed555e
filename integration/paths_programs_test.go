// Programs that know nothing of rules about names: what they do and say is what they do without.

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// pathsScripts are what is run in an empty folder, by the program that it needs.
var pathsScripts = map[string]string{
	"git": `export GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
git init -q -b main p && cd p && git config user.email a@b && git config user.name n && mkdir -p a/b && echo x >a/b/f && ln -s f a/b/l &&
git add -A && git commit -qm one && git mv a c && git commit -qm two && git log --format=%H && git gc -q && git clone -q . ../q && git -C ../q status --short && git -C ../q log --oneline`,
	"tar": `mkdir -p d/e && echo 1 >d/e/f && ln -s f d/e/l && ln d/e/f d/e/h && mkfifo d/p && chmod 640 d/e/f && tar cf t.tar d && mkdir x && tar xf t.tar -C x &&
find x | sort && stat -c '%a %h %F %n' x/d/e/* && cp -a x/d y && mv y z && rm -r x d && find . | sort`,
	"make": `mkdir src && printf 'int f(void){return 3;}\n' >src/f.c && printf 'int f(void);int main(void){return f();}\n' >src/m.c &&
printf 'p: b/f.o b/m.o\n\tcc -o $@ $^\nb/%%.o: src/%%.c | b\n\tcc -c -o $@ $<\nb:\n\tmkdir -p $@\n' >Makefile && make && ./p; echo $?; make`,
	"python3": `mkdir m && echo 'x = 1' >m/a.py && echo 'from m import a; print(a.x)' >r.py && python3 -m compileall -q m && python3 r.py && find . -name '*.py*' | sed 's/cpython-[0-9]*/V/' | sort
python3 - <<'END'
import os, tempfile, shutil
def show(f, *a, **k):
    try: print('ok', f(*a, **k))
    except OSError as e: print(e.errno)
d = tempfile.mkdtemp(dir='.'); os.symlink('none', d + '/l'); fd = os.open('.', os.O_RDONLY | os.O_DIRECTORY)
with open(d + '/l', 'w') as f: f.write('through a link')
print(open(d + '/none').read()); os.mkdir('q', 0o777, dir_fd=fd); os.rename('q', 'r', src_dir_fd=fd, dst_dir_fd=fd); print(oct(os.stat('r').st_mode)); os.rmdir('r', dir_fd=fd)
print(os.read(os.open('/proc/self/comm', 0), 9), sorted(os.listdir('/proc/self/task')) == [str(os.getpid())])
r, w = os.pipe(); os.write(os.open('/proc/self/fd/%d' % w, os.O_WRONLY), b'pipe'); print(os.read(os.open('/dev/fd/%d' % r, 0), 9))
o, c, x = os.O_WRONLY, os.O_CREAT, os.O_EXCL
for p, f in (('no/x', c | o), ('r.py/', 0), ('.', o), ('m/', c | o), ('r.py', c | x), ('a' * 300, 0), ('a/' * 3000, 0), ('', 0), ('/proc/self/fd/999', 0), (d + '/l', os.O_NOFOLLOW),
             (d + '/l', c | x), ('r.py/x', 0), ('no/../r.py', 0), ('m', os.O_TMPFILE | o), ('m', os.O_TMPFILE), ('r.py', os.O_DIRECTORY), (d + '/l', os.O_PATH | os.O_NOFOLLOW | os.O_TRUNC)):
    show(lambda: os.open(p, f, 0o600) > 0)
for f, a in ((os.mkdir, ('m',)), (os.mkdir, ('m/.',)), (os.mkdir, ('no/x',)), (os.mkdir, ('/',)), (os.rmdir, ('m',)), (os.rmdir, ('m/.',)), (os.rmdir, ('r.py',)), (os.unlink, ('m',)), (os.unlink, ('r.py/',)),
             (os.unlink, (d + '/l/',)), (os.rename, ('m', 'm/x')), (os.rename, ('no', 'x')), (os.rename, ('r.py', 'm')), (os.rename, ('m/', 'n/')), (os.rename, ('n', '..')), (os.symlink, ('', 'k')), (os.symlink, ('k', 'k')),
             (os.mkdir, ('k/',)), (os.open, ('k', 0)), (os.link, ('k', 'k2')), (os.link, ('n', 'n2')), (os.truncate, ('n', 0)), (os.truncate, ('r.py', 3)), (os.truncate, ('r.py', -1)), (os.mknod, ('f', 0o10644)), (os.mkdir, ('a' * 300,))):
    show(f, *a)
shutil.rmtree(d); print(sorted(os.listdir('.')))
END`,
}

func TestPathsAreTransparent(t *testing.T) {
	needsSealing(t)
	for program, script := range pathsScripts {
		t.Run(program, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				t.Skip("needs", program)
			}
			folder := func() string {
				dir, err := filepath.EvalSymlinks(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				return dir
			}
			native := exec.Command("sh", "-c", script)
			native.Dir = folder()
			native.Stdin = devNull(t)
			want, err := native.CombinedOutput()
			if err != nil {
				t.Fatal(err, string(want))
			}
			dir := folder()
			stdin, before := oldFile(t)
			r := startWith(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: pathsEngine(dir)}}, Dir: dir, Env: os.Environ()}, stdin, "/bin/sh", "-c", script).wait()
			if after := metadata(t, stdin); after != before {
				t.Errorf("standard input has now mode %#o and times %v, before %#o and %v", after.Mode, after.Mtim, before.Mode, before.Mtim)
			}
			if r.Status != (utrace.ExitStatus{}) || r.Output != string(want) {
				t.Errorf("%v\n%s\nwithout jail\n%s", r.Status, r.Output, want)
			}
		})
	}
}

// oldFile is an open file that nothing of what runs is about, and what it says of itself.
func oldFile(t *testing.T) (*os.File, unix.Stat_t) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(name, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, metadata(t, f)
}

// metadata is what a file says of itself.
func metadata(t *testing.T, f *os.File) (st unix.Stat_t) {
	t.Helper()
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	return st
}
