// The helper program that is run under jail.

package cli_test

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// victim is a helper program; its first argument says what it does.
func victim() {
	switch os.Args[1] {
	case "count":
		count(unix.SignalNum(os.Args[2]))
	case "cat":
		fmt.Println("ready")
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			fmt.Println("cat:", in.Text())
		}
	case "stop":
		_ = unix.Kill(os.Getpid(), unix.SIGSTOP)
		fmt.Println("went on")
	case "fds":
		for fd := range 20 {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
				fmt.Println("open", fd)
			}
		}
	default:
		fmt.Fprintf(os.Stderr, "victim: what is %q?\n", os.Args[1])
		os.Exit(2)
	}
	os.Exit(0)
}

// count tells of each signal of a kind, and exits with their number when it reads a line.
func count(sig unix.Signal) {
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, sig)
	lines := make(chan struct{})
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		close(lines)
	}()
	fmt.Println("ready")
	n := 0
	for {
		select {
		case <-signals:
			n++
			fmt.Println(unix.SignalName(sig), n)
		case <-lines:
			os.Exit(n)
		}
	}
}
