// Command jail runs a program under a policy, with everything that it starts.
//
//	jail run --policy ci-build -- make -j2
//	jail check policy.yaml
//
// See jail run --help for exit codes.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"jail/internal/deepstack"
	"jail/supervisor/report"
)

// Exit codes of jail itself, in the manner of env(1) and timeout(1).
const (
	exitPolicy   = 123 // the policy killed the program
	exitJail     = 125 // jail itself failed
	exitNotExec  = 126 // the program was found and cannot be executed
	exitNotFound = 127 // the program was not found
)

// An exitError ends jail with a code; err is told, nil: everything was told already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func main() {
	// With one processor Go's monitor takes it away from the thread that waits after 20 microseconds, though nobody else wants it, and the
	// next stop has to fetch it back, which costs more than the stop. Where a second one is idle it lets that be.
	if runtime.GOMAXPROCS(0) == 1 {
		runtime.GOMAXPROCS(2)
	}
	os.Exit(jail(os.Args[1:]))
}

// jail is the whole command; it answers the exit code.
func jail(args []string) int {
	deepstack.Grow()
	if err := spareDescriptors(); err != nil {
		complain(err)
		return exitJail
	}
	root := commandFor(args)
	root.SetArgs(args)
	out := new(output)
	root.SetOut(out)
	err := root.Execute()
	if out.err != nil { // it is what matters, and help, which the library prints, keeps silent about it
		err = &exitError{code: exitJail, err: out.err}
	}
	if err == nil {
		return 0
	}
	exit := exitOf(err)
	if exit.err != nil {
		complain(exit.err)
	}
	return exit.code
}

// commandFor is jail with the command that is called, if its name comes first, and no others: to make them all takes longer than to run
// /bin/true. It is the whole of jail otherwise.
func commandFor(args []string) *cobra.Command {
	if len(args) > 0 {
		if made, ok := commands()[args[0]]; ok {
			root := bareCommand()
			root.CompletionOptions.DisableDefaultCmd = true // its names would be incomplete
			root.AddCommand(made())
			return root
		}
	}
	return rootCommand()
}

// commands are jail's, by name.
func commands() map[string]func() *cobra.Command {
	return map[string]func() *cobra.Command{
		"run": runCommand, "trace": traceCommand, "test": testCommand, "check": checkCommand, "explain": explainCommand,
		"doctor": doctorCommand, "policy": policyCommand, "version": versionCommand,
	}
}

// rootCommand is jail with all its commands.
func rootCommand() *cobra.Command {
	root := bareCommand()
	for _, made := range commands() {
		root.AddCommand(made())
	}
	return root
}

// bareCommand is jail without commands.
func bareCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "jail",
		Short:         "Run programs under a policy of system calls and signals",
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// output is standard output, and keeps the first error of writing to it.
type output struct{ err error }

func (o *output) Write(p []byte) (int, error) {
	n, err := os.Stdout.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// complain tells of an error on stderr, each of its lines with jail's name before it.
func complain(err error) {
	_, _ = report.Terminal{FD: 2}.Write([]byte(prefixed(err.Error())))
}

// exitOf is the exit that an error asks for; of jail itself, if of none.
func exitOf(err error) *exitError {
	var exit *exitError
	if errors.As(err, &exit) {
		return exit
	}
	return &exitError{code: exitJail, err: err}
}
