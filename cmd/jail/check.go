// jail check

package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"jail/policy"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check NAME|FILE…",
		Short: "Check policies, and say who decides each rule and at what cost",
		Long: `Check loads policies, built-in ones by name or files, and prints their mistakes as
file:line:column: what is wrong; what would be right. For a policy without mistakes it prints who decides each rule:
bpf (the kernel, at no cost), ptrace (at an event that stops the program anyhow) or engine (at a stop of its own); and
whether a hostile program can get round it: then the rule is advisory, and the last column says how.

It exits with 1 if a policy has mistakes.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			bad := false
			for _, name := range args {
				plan, err := loadPlan(name)
				if err != nil {
					complain(err)
					bad = true
					continue
				}
				if err := table(cmd.OutOrStdout(), plan); err != nil {
					return err
				}
			}
			if bad {
				return &exitError{code: 1}
			}
			return nil
		},
	}
}

// table prints the rules of a plan, one a line.
func table(w io.Writer, plan *policy.Plan) error {
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tab, "ORIGIN\tRULE\tDECIDED BY\tSOUND\tCOST\tWHY")
	for _, r := range plan.Rules {
		sound := "sound"
		if !r.Sound {
			sound = "advisory"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Origin, r.Text, r.Layer, sound, r.Cost, r.Why)
	}
	return tab.Flush()
}
