// jail policy: the built-in policies, as they are

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"jail/policies"
	"jail/supervisor/launch"
)

func policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Show built-in policies, and translate seccomp profiles of containers",
		Args:  noCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(policyListCommand(), policyShowCommand(), policyImportCommand(), policyExportCommand())
	return cmd
}

func policyListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the built-in policies",
		Args:  nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tab := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			for _, name := range policies.Names() {
				p, err := loadPolicy(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(tab, "%s\t%s\n", name, p.Description)
			}
			return tab.Flush()
		},
	}
}

func policyShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Print a built-in policy, to be read and copied",
		Args:  justOne("the name of a built-in policy"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return policies.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			data, _, ok := policies.Lookup(args[0])
			if !ok {
				var err error
				if launch.IsFile(args[0]) {
					err = fmt.Errorf("%s is a file, and show prints built-in policies", args[0])
				} else {
					_, err = loadPolicy(args[0])
				}
				return &exitError{code: 1, err: err}
			}
			_, err := cmd.OutOrStdout().Write(data)
			return err
		},
	}
}

// mistakes is the exit of a command whose input has mistakes, as that of jail check.
func mistakes(err error) error { return &exitError{code: 1, err: err} }
