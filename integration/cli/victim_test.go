// The helper program that is run under jail.

package cli_test

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
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
	case "connect":
		if _, err := net.Dial(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "validate":
		validate(os.Args[2])
	case "traced":
		traced(os.Args[2])
	case "chrome":
		chrome(os.Args[2])
	case "interfaces":
		interfaces()
	case "netlink":
		netlink(os.Args[2])
	case "elf":
		if err := os.WriteFile(os.Args[2], foreignELF(), 0o755); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
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
	barriers := make(chan os.Signal, 1)
	signal.Notify(barriers, unix.Signal(63))
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
		case <-barriers:
			fmt.Println("barrier")
		case <-lines:
			os.Exit(n)
		}
	}
}

// interfaces lists the network interfaces as Go's net does: by NETLINK_ROUTE.
func interfaces() {
	list, err := net.Interfaces()
	if err == nil {
		_, err = net.InterfaceAddrs()
	}
	fmt.Println(len(list) > 0, err)
}

// netlink tries to open a netlink socket of a protocol.
func netlink(protocol string) {
	n, err := strconv.Atoi(protocol)
	if err == nil {
		_, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, n)
	}
	fmt.Println(err)
}

// validate prints the events of a report's first run, and fails if a line is no JSON.
func validate(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var kinds []string
	for line := range strings.Lines(string(data)) {
		var e report.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.V != report.Version {
			fmt.Fprintf(os.Stderr, "%v: %s", err, line)
			os.Exit(1)
		}
		kinds = append(kinds, e.Event)
	}
	fmt.Println(strings.Join(kinds, " "))
}

// foreignELF is the start of a program for a machine that runs neither of those that jail runs on.
func foreignELF() []byte {
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_S390), Version: 1, Ehsize: 64, Phentsize: 56}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, h) // to a Buffer: it can't fail
	return b.Bytes()
}
