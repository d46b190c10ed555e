// What people would use instead.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A peer is another sandbox or tracer. What they do differs: bubblewrap and firejail watch nothing, strace only tells.
type peer struct {
	name    string
	program string
	debian  string // its package
	module  string // else: the Go package it is built from, and
	version string // of which version
	words   func(program, dir string) []string
}

func peers() []peer {
	plain := func(flags ...string) func(string, string) []string {
		return func(program, _ string) []string { return append([]string{program}, flags...) }
	}
	return []peer{
		{name: "bwrap", program: "bwrap", debian: "bubblewrap", words: func(program, dir string) []string {
			return []string{program, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--bind", dir, dir, "--"}
		}},
		{name: "firejail", program: "firejail", debian: "firejail", words: plain("--quiet", "--noprofile", "--caps.drop=all", "--seccomp", "--net=none", "--")},
		{name: "strace --seccomp-bpf -f, exec and exit", program: "strace", debian: "strace",
			words: plain("--seccomp-bpf", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=execve,execveat,exit_group")},
		{name: "strace -f", program: "strace", debian: "strace", words: plain("-f", "-qqq", "-o", "/dev/null")},
		{name: "proot", program: "proot", debian: "proot", words: plain()},
		{name: "runsc do", program: "runsc", module: "gvisor.dev/gvisor/runsc", version: "go",
			words: func(program, dir string) []string {
				return []string{program, "--network=none", "--ignore-cgroups", "do", "-force-overlay=false", "-cwd", dir}
			}},
		{name: "go-sandbox", program: "runprog", module: "github.com/criyle/go-sandbox/cmd/runprog", version: "latest",
			words: plain("-unsafe", "-allow-proc", "-tl", "1000", "-ml", "8192", "-sl", "64", "-ol", "4096", "-res", "/dev/null")},
	}
}

// peerWrappers finds the peers' programs, or notes that they are absent.
func (b *bench) peerWrappers() []wrapper {
	var all []wrapper
	for _, p := range peers() {
		w := wrapper{name: p.name, peer: true}
		path, err := b.find(p)
		if err != nil {
			w.absent = "not installed"
		}
		w.words = func(dir string) []string { return p.words(path, dir) }
		all = append(all, w)
	}
	return all
}

// find is where the program of a peer is: where programs are, or where install has put it.
func (b *bench) find(p peer) (string, error) {
	if path, err := exec.LookPath(p.program); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join(b.peerDir(), p.program))
}

// peerDir is where programs are built that Go's module proxy serves.
func (b *bench) peerDir() string {
	store, err := b.sources()
	if err != nil {
		return b.work
	}
	return filepath.Join(store.Dir(), "build-peers")
}

// install installs the peers that are absent: packages with apt-get, which takes root, and Go programs in the folder of sources.
// What can't be had is told in notes.
func (b *bench) install(ctx context.Context) (notes []string) {
	updated := false
	for _, p := range peers() {
		if _, err := b.find(p); err == nil {
			continue
		}
		fmt.Fprintf(b.log, "installing %s\n", p.name)
		var err error
		switch {
		case p.module != "":
			err = b.installModule(ctx, p)
		case !updated:
			updated = true
			if err = tool(ctx, "apt-get", "update", "-qq"); err != nil {
				break
			}
			fallthrough
		default:
			err = tool(ctx, "apt-get", "install", "-y", "-qq", "--no-install-recommends", p.debian)
		}
		if err != nil {
			lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
			notes = append(notes, fmt.Sprintf("%s could not be installed: %s", p.name, strings.TrimSpace(lines[len(lines)-1])))
		}
	}
	return notes
}

func (b *bench) installModule(ctx context.Context, p peer) error {
	c := exec.CommandContext(ctx, "go", "install", p.module+"@"+p.version)
	c.Dir = b.work // so that it is no part of this module
	c.Env = append(os.Environ(), "GOBIN="+b.peerDir(), "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(out))
	}
	return nil
}
