// What is wrong with a command line, in words of jail's own: those of the libraries are for programmers.

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"jail/seccomp"
)

// flagError rewords what the library says of a flag.
func flagError(cmd *cobra.Command, err error) error {
	var named interface{ GetSpecifiedName() string }
	var value interface{ GetValue() string }
	var number *strconv.NumError
	help := "; " + cmd.CommandPath() + " --help lists them"
	switch text := err.Error(); {
	case errors.As(err, &value):
		_, flag, _ := strings.Cut(text, `for "`)
		flag, _, _ = strings.Cut(flag, `" flag`)
		reason := "means nothing"
		if errors.As(err, &number) {
			reason = notANumber(number)
		}
		return &reworded{fmt.Sprintf("%s: %q %s", flag, value.GetValue(), reason), err}
	case strings.HasPrefix(text, "unknown flag: ") && errors.As(err, &named):
		near := ""
		if n := seccomp.Nearest(named.GetSpecifiedName(), flagsOf(cmd)); n != "" {
			near = "; did you mean --" + n + "?"
		}
		return &reworded{fmt.Sprintf("%s has no flag --%s%s", cmd.CommandPath(), named.GetSpecifiedName(), near+help), err}
	case strings.HasPrefix(text, "unknown shorthand flag: "):
		_, flag, _ := strings.Cut(text, " in ")
		return &reworded{fmt.Sprintf("%s has no flag %s%s", cmd.CommandPath(), flag, help), err}
	case strings.HasPrefix(text, "flag needs an argument: "):
		flag := strings.TrimPrefix(text, "flag needs an argument: ")
		if _, short, ok := strings.Cut(flag, " in "); ok {
			flag = short
		}
		return &reworded{flag + " needs a value after it", err}
	}
	return err
}

// notANumber is why strconv did not read a value.
func notANumber(err *strconv.NumError) string {
	switch {
	case err.Func == "ParseBool":
		return "is neither true nor false"
	case errors.Is(err, strconv.ErrRange):
		return "is too large a number"
	}
	return "is no number"
}

// flagsOf are the names of a command's flags.
func flagsOf(cmd *cobra.Command) []string {
	var names []string
	for line := range strings.Lines(cmd.Flags().FlagUsages()) {
		if _, rest, ok := strings.Cut(line, "--"); ok {
			names = append(names, strings.FieldsFunc(rest, func(r rune) bool { return r <= ' ' || r == '[' })[0])
		}
	}
	return names
}

// noCommand is for a first word that is no command, of one that only has commands.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := ""
	if near := seccomp.Nearest(args[0], names); near != "" {
		hint = "; did you mean " + near + "?"
	}
	if !cmd.HasParent() {
		hint += "; programs are run with: jail run -- " + args[0]
	}
	return fmt.Errorf("%s has no command %q; it has %s%s", cmd.CommandPath(), args[0], strings.Join(names, ", "), hint)
}

// nothing is cobra.NoArgs in other words.
func nothing(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, and there is %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// justOne wants just one argument, which what names.
func justOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s needs %s", cmd.CommandPath(), what)
		case len(args) > 1:
			return fmt.Errorf("%s takes %s, one at a time, and there is %q, too", cmd.CommandPath(), what, args[1])
		}
		return nil
	}
}

// some wants one argument or more.
func some(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs %s", cmd.CommandPath(), what)
		}
		return nil
	}
}
