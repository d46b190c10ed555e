// What a denial says to write is written, and then the program runs.

package cli_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestAdvice runs testdata/advice/*.txtar. $ADDRESS is somebody who listens, and $SOCKET a local socket of theirs.
func TestAdvice(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/advice",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", os.Getenv(jailDir)+string(os.PathListSeparator)+env.Getenv("PATH"))
			inet, err := listening(env, "tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Setenv("ADDRESS", inet)
			local, err := listening(env, "unix", filepath.Join(env.WorkDir, "socket"))
			env.Setenv("SOCKET", local)
			return err
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"ends": ends, "advised": advised},
		RequireExplicitExec: true,
	})
}

// listening waits for connections until the script has ended, and says where.
func listening(env *testscript.Env, network, address string) (string, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return "", err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	env.Defer(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String(), nil
}

// advised FILE writes what the last command's only denial says to write: a whole policy, or a key of FILE, which is there then.
func advised(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: advised FILE")
	}
	all := regexp.MustCompile(`(?m)to allow it: +(.*)$`).FindAllStringSubmatch(ts.ReadFile("stderr"), -1)
	if len(all) != 1 {
		ts.Fatalf("%d times it is said what to write", len(all))
	}
	file, advice := ts.MkAbs(args[0]), all[0][1]
	if whole, ok := strings.CutPrefix(advice, "the policy "); ok {
		ts.Check(os.WriteFile(file, []byte(whole+"\n"), 0o644))
		return
	}
	key, ok := strings.CutPrefix(advice, fmt.Sprintf("in %s: ", args[0]))
	if !ok {
		ts.Fatalf("advice of a form that is not known: %s", advice)
	}
	text, err := os.ReadFile(file)
	ts.Check(err)
	ts.Check(os.WriteFile(file, append(text, key+"\n"...), 0o644))
}
