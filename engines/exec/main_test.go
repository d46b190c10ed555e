// Programs that the tests run: this test's own binary, told by its environment what to be.

package exec

import (
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// victim is the variable that makes the binary another program than a test.
const victim = "JAIL_EXEC_VICTIM"

func TestMain(m *testing.M) {
	switch os.Getenv(victim) {
	case "":
		goleak.VerifyTestMain(m)
	case "argv": // shows its arguments
		fmt.Println(strings.Join(os.Args, "\n"))
	case "sleep": // says that it runs, and ends when nobody listens any more
		fmt.Print("x")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "run": // runs its arguments as Go does, in a child that shares its memory, many times
		runMany(os.Args[1:])
	case "race": // runs a link that leads to one program now and to another the next moment
		race(os.Args[1], os.Args[2:])
	case "become": // runs its arguments in its own place
		err := unix.Exec(os.Args[1], os.Args[1:], os.Environ())
		fmt.Println(err)
		os.Exit(3)
	}
	os.Exit(0)
}

// runMany starts a program from several goroutines with small stacks, checks that their heap stays whole, and prints what
// the program wrote the last time.
func runMany(args []string) {
	const workers, rounds = 4, 10
	done := make(chan string)
	for w := range workers {
		go func() {
			var last string
			var kept [][]byte
			for range rounds {
				for range 200 { // memory all around that must not change
					block := make([]byte, 2048)
					for i := range block {
						block[i] = byte(w + 1)
					}
					kept = append(kept, block)
				}
				out, err := osexec.Command(args[0], args[1:]...).Output()
				if err != nil {
					out = []byte(err.Error() + "\n")
				}
				last = string(out)
			}
			for _, block := range kept {
				for _, b := range block {
					if b != byte(w+1) {
						last = "memory was changed\n"
					}
				}
			}
			done <- last
		}()
	}
	outputs := make(map[string]bool)
	for range workers {
		outputs[<-done] = true
	}
	for out := range outputs {
		fmt.Print(out)
	}
}

// race runs the link many times, while another thread changes where it leads.
func race(link string, targets []string) {
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			_ = os.Symlink(targets[i%len(targets)], link+".new")
			_ = os.Rename(link+".new", link)
		}
	}()
	for range 300 {
		out, _ := osexec.Command(link).Output()
		fmt.Print(string(out))
	}
	close(stop)
	<-stopped
	_ = os.Symlink(targets[0], link+".new")
	_ = os.Rename(link+".new", link)
	out, err := osexec.Command(link).Output()
	fmt.Print(string(out))
	if err != nil {
		fmt.Println(err)
	}
}
