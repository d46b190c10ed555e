// jail explain

package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"jail/engines"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor"
)

const explainHelp = `Explain says what happens under a policy to a system call, a file or an address, and which line of the policy decides it.

  --syscall NAME  the rules that name it, in order, and what each answers; who looks at it after the filter; and the
                  instructions of the filter that the kernel runs for it, with the jumps that are taken. With --arg N=VALUE, once for each
                  argument that is known, for these arguments; without it for all cases. VALUE is a number, or names of constants
                  with | between them, as in a policy. --abi is the table of calls: x86_64, i386, x32, arm64, arm.
  --path FILE     what the program may do with a file: read, write, execute
  --connect ADDRESS:PORT[/udp]
                  whether it may connect there; a path is a local socket

Paths of the policy are looked up in the current folder. It exits with 1 if the policy or the question has mistakes, and with 125
if no policy is named or nothing is asked.`

type explainFlags struct {
	syscall, abi, path, connect string
	args                        []string
}

func explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain NAME|FILE --syscall NAME [--arg N=VALUE]… [--abi ABI] | --path FILE | --connect ADDRESS:PORT",
		Short: "Say what a policy does to one call, file or address, and why",
		Long:  explainHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one policy; try: jail explain ci-build --syscall mount")
			}
			return f.usage()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := explain(cmd.OutOrStdout(), args[0], f); err != nil {
				return mistakes(err)
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&f.syscall, "syscall", "", "a system call, by name or number")
	cmd.Flags().StringArrayVar(&f.args, "arg", nil, "one of its arguments: 2=O_WRONLY")
	cmd.Flags().StringVar(&f.abi, "abi", seccomp.Native().String(), "the ABI it is called by")
	cmd.Flags().StringVar(&f.path, "path", "", "a file or folder")
	cmd.Flags().StringVar(&f.connect, "connect", "", "an address with a port, or the path of a local socket")
	return cmd
}

// usage tells what is wrong with the flags, whatever the policy says.
func (f *explainFlags) usage() error {
	asked := 0
	for _, q := range []string{f.syscall, f.path, f.connect} {
		if q != "" {
			asked++
		}
	}
	switch {
	case asked != 1:
		return errors.New("ask one thing: --syscall NAME, --path FILE or --connect ADDRESS:PORT")
	case f.syscall == "" && len(f.args) > 0:
		return errors.New("--arg goes with --syscall")
	}
	return nil
}

func explain(w io.Writer, name string, f explainFlags) error {
	plan, err := loadPlan(name)
	if err != nil {
		return err
	}
	switch {
	case f.path != "":
		return explainPath(w, plan, f.path)
	case f.connect != "":
		return explainConnect(w, plan, f.connect)
	}
	q, err := newQuestion(plan, f)
	if err != nil {
		return err
	}
	return q.answer(w)
}

// bound is what is known of an argument.
type known struct {
	set   bool
	value uint64
	text  string
}

// question is what is asked of a filter.
type question struct {
	plan *policy.Plan
	abi  seccomp.ABI
	nr   int
	name string // "" if the ABI's table lacks the number
	args [6]known

	installed *seccomp.Program
	lookers   []looker
}

// looker is an engine that asks for the call.
type looker struct{ engine, when string }

// newQuestion reads the flags, and compiles the filter as jail run does.
func newQuestion(plan *policy.Plan, f explainFlags) (*question, error) {
	q := &question{plan: plan}
	var ok bool
	if q.abi, ok = seccomp.ParseABI(f.abi); !ok {
		return nil, fmt.Errorf("--abi %q is no ABI: there are x86_64, i386, x32, arm64 and arm", f.abi)
	}
	if err := q.call(f.syscall); err != nil {
		return nil, err
	}
	for _, a := range f.args {
		if err := q.arg(a); err != nil {
			return nil, err
		}
	}
	built, err := engines.Build(plan, nil)
	if err != nil {
		return nil, err
	}
	c := supervisor.Command{Filter: &plan.Filter}
	for _, b := range built {
		c.Engines = append(c.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
		q.look(b)
	}
	spec, err := c.Installed()
	if err != nil {
		return nil, err
	}
	q.installed, err = seccomp.Compile(&spec)
	return q, err
}

// call finds the number of a call.
func (q *question) call(text string) error {
	if nr, ok := q.abi.Number(text); ok {
		q.nr, q.name = nr, text
		return nil
	}
	var nr int32
	if _, err := fmt.Sscanf(text, "%v", &nr); err == nil && fmt.Sprint(nr) == text {
		q.nr = int(nr)
		q.name, _ = q.abi.Name(q.nr)
		return nil
	}
	hint := ""
	if near := seccomp.Suggest(text); near != "" {
		hint = fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Errorf("%v has no system call %q%s", q.abi, text, hint)
}

// arg reads "2=O_WRONLY".
func (q *question) arg(text string) error {
	n, value, ok := strings.Cut(text, "=")
	n = strings.TrimPrefix(strings.TrimSpace(n), "arg")
	if !ok || len(n) != 1 || n[0] < '0' || n[0] > '5' {
		return fmt.Errorf("--arg %q is not written like 2=O_WRONLY, with an argument from 0 to 5", text)
	}
	v, err := constant(value)
	if err != nil {
		return fmt.Errorf("--arg %q: %w", text, err)
	}
	q.args[n[0]-'0'] = known{true, v, strings.TrimSpace(value)}
	return nil
}

// constant reads a value as a condition of a policy has it, with the parser of policies.
func constant(text string) (uint64, error) {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_|+- ") != "" || strings.TrimSpace(text) == "" {
		return 0, errors.New("a value is a number or the names of constants with | between them")
	}
	p, err := policy.Parse("--arg", []byte("version: 1\ndefault: allow\nsyscalls:\n  - {syscalls: [mmap], when: [\"arg1:64 == "+text+"\"], action: errno EPERM}\n"))
	if err != nil {
		var e *policy.Error
		if errors.As(err, &e) {
			_, msg, _ := strings.Cut(e.Msg, "\": ")
			return 0, errors.New(strings.TrimSuffix(msg+"; "+e.Hint, "; "))
		}
		return 0, err
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		return 0, err
	}
	for _, r := range plan.Filter.Rules {
		if r.Tag == 0 && len(r.When) == 1 && len(r.Names) == 1 && r.Names[0] == "mmap" {
			return r.When[0].Value, nil
		}
	}
	return 0, errors.New("it is no value")
}
