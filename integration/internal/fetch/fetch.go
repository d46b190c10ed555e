// Package fetch brings Debian source trees and unpacked packages into a cache
// directory, without touching the machine's own apt configuration and without
// being root.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

// ErrUnavailable is what every failure to obtain a package wraps: no apt, no
// registry, no such package. Test with errors.Is.
var ErrUnavailable = errors.New("not available on this machine")

// Store is a directory that holds what has been fetched so far. Its methods
// block on the network and on subprocesses. It may be used from one goroutine
// at a time; other processes are kept out with a lock file (flock(2)).
type Store struct {
	dir     string
	log     io.Writer
	etc     string // where the machine's sources lists are: /etc/apt
	updated bool
}

// Open makes the store at dir, creating the directory (mode 0755) when it is
// missing. Progress goes to log, one line a step.
func Open(dir string, log io.Writer) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cache directory: %w", err)
	}
	for _, sub := range []string{"", "apt/lists/partial", "apt/archives/partial", "apt/sources.d", "src", "pkg"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, fmt.Errorf("cache directory: %w", err)
		}
	}
	return &Store{dir: dir, log: log, etc: "/etc/apt"}, nil
}

// DefaultDir is where name is cached when nothing else is said:
// $XDG_CACHE_HOME/name, else /var/cache/name for root (whose home other users,
// as which tests may run, cannot enter), else the user's cache directory.
func DefaultDir(name string) (string, error) {
	if x := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(x) {
		return filepath.Join(x, name), nil
	}
	if os.Geteuid() == 0 {
		return filepath.Join("/var/cache", name), nil
	}
	d, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory (set XDG_CACHE_HOME): %w", err)
	}
	return filepath.Join(d, name), nil
}

// Dir is the store's directory. Callers may keep what they build in
// subdirectories of it named build-*.
func (s *Store) Dir() string { return s.dir }

// Source returns the directory of the unpacked, patched source tree of a
// Debian source package, fetched unless it is there already. apt checks the
// signatures and dpkg-source the checksums of what was downloaded. The tree is
// shared: build elsewhere, or in a copy.
func (s *Store) Source(ctx context.Context, name string) (string, error) {
	return s.once(ctx, filepath.Join(s.dir, "src", name), name, func(tmp string) error {
		if err := s.apt(ctx, tmp, "source", "--download-only", name); err != nil {
			return err
		}
		dsc, err := filepath.Glob(filepath.Join(tmp, "*.dsc"))
		if err != nil || len(dsc) != 1 {
			return fmt.Errorf("apt-get source %s left %d .dsc files, want 1", name, len(dsc))
		}
		tree := filepath.Join(tmp, "tree")
		return s.run(ctx, tmp, "dpkg-source", "--no-check", "-x", dsc[0], tree)
	}, "tree")
}

// Packages returns a directory into which the named binary packages, all of one
// release, have been unpacked (not installed: no scripts run, no dependencies
// follow). label names the set in the cache.
func (s *Store) Packages(ctx context.Context, label string, names ...string) (string, error) {
	return s.once(ctx, filepath.Join(s.dir, "pkg", label), label, func(tmp string) error {
		if err := s.apt(ctx, tmp, append([]string{"download"}, names...)...); err != nil {
			return err
		}
		debs, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
		if err != nil || len(debs) != len(names) {
			return fmt.Errorf("apt-get download left %d packages, want %d", len(debs), len(names))
		}
		sort.Strings(debs)
		for _, deb := range debs {
			if err := s.run(ctx, tmp, "dpkg-deb", "-x", deb, filepath.Join(tmp, "root")); err != nil {
				return err
			}
		}
		return nil
	}, "root")
}

// once fills final by way of a temporary directory beside it, so that a run
// that was cut short leaves nothing that looks complete.
func (s *Store) once(ctx context.Context, final, what string, fill func(tmp string) error, sub string) (string, error) {
	unlock, err := s.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	want := filepath.Join(final, sub)
	if isDir(want) {
		return want, nil
	}
	tmp, err := os.MkdirTemp(filepath.Dir(final), ".partial-")
	if err != nil {
		return "", fmt.Errorf("fetching %s: %w", what, err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", fmt.Errorf("fetching %s: %w", what, err)
	}
	fmt.Fprintf(s.log, "fetching %s\n", what)
	if err := fill(tmp); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("fetching %s: %w", what, ctx.Err())
		}
		return "", fmt.Errorf("fetching %s: %w: %w", what, ErrUnavailable, err)
	}
	if !isDir(filepath.Join(tmp, sub)) {
		return "", fmt.Errorf("fetching %s: %w: unpacking left no %s", what, ErrUnavailable, sub)
	}
	if err := os.RemoveAll(final); err != nil {
		return "", fmt.Errorf("fetching %s: %w", what, err)
	}
	if err := os.Rename(tmp, final); err != nil {
		return "", fmt.Errorf("fetching %s: %w", what, err)
	}
	return want, nil
}

// lock keeps a second process from filling the same store.
func (s *Store) lock() (func(), error) {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cache lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("cache lock %s: %w", f.Name(), err)
	}
	return func() { f.Close() }, nil
}

// apt runs apt-get in dir against the store's own lists, which are refreshed
// the first time.
func (s *Store) apt(ctx context.Context, dir string, args ...string) error {
	if !s.updated {
		if err := writeSources(s.etc, filepath.Join(s.dir, "apt/sources.d")); err != nil {
			return err
		}
		// A third-party entry without sources makes update fail although the
		// entries that matter are fine: only the later command decides.
		if err := s.run(ctx, s.dir, "apt-get", append(s.options(), "update")...); err != nil {
			fmt.Fprintf(s.log, "apt-get update: %v\n", err)
		}
		s.updated = true
	}
	return s.run(ctx, dir, "apt-get", append(s.options(), args...)...)
}

// options point apt-get at the store instead of the machine (apt.conf(5)).
func (s *Store) options() []string {
	apt := filepath.Join(s.dir, "apt")
	return []string{
		"-q",
		"-o", "Dir::Etc::sourcelist=/dev/null",
		"-o", "Dir::Etc::sourceparts=" + filepath.Join(apt, "sources.d"),
		"-o", "Dir::State::lists=" + filepath.Join(apt, "lists"),
		"-o", "Dir::Cache=" + apt,
		"-o", "APT::Sandbox::User=",
		"-o", "Acquire::Retries=2",
		"-o", "Acquire::http::Timeout=30",
	}
}

// run runs one command, with its output in the error when it fails.
func (s *Store) run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, args[len(args)-1], err, lastLine(out))
	}
	return nil
}

func lastLine(out []byte) string {
	lines := strings.Split(string(bytes.TrimSpace(out)), "\n")
	return lines[len(lines)-1]
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
