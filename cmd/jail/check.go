// jail check

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"jail/engines"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
	"jail/supervisor/launch"
)

// Exit codes of jail check.
const (
	exitMistakes = 1 // the policy has mistakes
	exitNotHere  = 2 // it has none, and jail run would start nothing under it here
)

const checkHelp = `Check loads policies, built-in ones by name or files, and prints their mistakes and what in them does nothing as
file:line:column: what is wrong; what would be right. For a policy without mistakes it prints who decides each rule, and what that
costs the program:

  bpf       the kernel, in the seccomp filter, by numbers and arguments
  landlock  the kernel, in a Landlock domain, by the file or port itself
  kernel    the kernel, by namespaces, resource limits, cgroups and capabilities; or jail, beside the program
  ptrace    jail, at an event that stops the program anyhow
  engine    jail, at a stop of its own

A rule is "sound" if no program can get round it, however hostile; "advisory" if one can: then its last column says how; and
"not here" if this kernel, or the container around jail, can't hold it: then a line after the table says what is missing.
Paths are looked up in the current folder. Nothing is started, made or changed.

Exit codes:
  0  the policies are right, and jail run would start programs under each of them here
  1  one has mistakes
  2  none has mistakes, but one says "enforce: strict", as policies do that don't say, and has rules that can't be held here:
     jail run would start nothing under it (125)

With --json it prints one JSON object a policy, on a line of its own.`

func checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [--json] NAME|FILE…",
		Short: "Check policies, and say who decides each rule and at what cost",
		Long:  checkHelp,
		Args:  some("the file of a policy, or several"),
		RunE: func(cmd *cobra.Command, args []string) error {
			code := 0
			for _, name := range args {
				c := check(name, confine.ProbeOnly)
				if err := c.write(cmd.OutOrStdout(), asJSON); err != nil {
					return err
				}
				if code != exitMistakes && c.code() != 0 {
					code = c.code()
				}
			}
			if code != 0 {
				return &exitError{code: code}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a policy")
	return cmd
}

// checked is what is known of one policy.
type checked struct {
	Policy   string        `json:"policy"`
	File     string        `json:"file,omitempty"` // the built-in one's name for itself, or the file
	Enforce  string        `json:"enforce,omitempty"`
	Problems []problem     `json:"problems,omitempty"` // mistakes: the rest is empty then, but for warnings
	Warnings []problem     `json:"warnings,omitempty"`
	Rules    []checkedRule `json:"rules,omitempty"`
	Unmet    []unmetRule   `json:"unmet,omitempty"` // what this kernel can't hold soundly
	Starts   bool          `json:"starts"`          // jail run would start a program under it here
}

// problem is one mistake or warning.
type problem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`

	text string
}

// checkedRule is one rule.
type checkedRule struct {
	Origin    string `json:"origin"`
	Rule      string `json:"rule"`
	DecidedBy string `json:"decidedBy"`
	Sound     bool   `json:"sound"`
	Here      bool   `json:"here"` // this kernel can hold it
	Cost      string `json:"cost"`
	Why       string `json:"why,omitempty"`
}

// unmetRule is a rule that this kernel can't hold, and what is missing.
type unmetRule struct {
	Origin  string `json:"origin"`
	Rule    string `json:"rule"`
	Missing string `json:"missing"`
	Holds   string `json:"holds,omitempty"`
	Instead string `json:"instead,omitempty"`

	text string
}

// check finds out all about a policy; probe is confine.ProbeOnly but for tests. It starts nothing, and makes nothing but namespaces
// and a cgroup that are gone at once.
func check(name string, probe func(confine.Part) confine.Kernel) *checked {
	c := &checked{Policy: name}
	p, err := loadPolicy(name)
	if err != nil {
		c.Problems = problems(err)
		return c
	}
	for _, w := range p.Warnings() {
		c.Warnings = append(c.Warnings, problems(w)...)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		c.Problems = problems(err)
		return c
	}
	c.File, c.Enforce = plan.File, string(plan.Enforce)
	plan, unmet, warnings, err := examine(plan, probe(launch.Parts(plan)))
	if err != nil {
		c.Problems = problems(err)
		return c
	}
	for _, w := range warnings {
		c.Warnings = append(c.Warnings, problems(w)...)
	}
	c.add(plan, unmet)
	return c
}

// add fills in the rules.
func (c *checked) add(plan *policy.Plan, unmet []engines.Unmet) {
	missed := make(map[int]bool)
	for _, u := range unmet {
		missed[u.Rule] = true
		origin, rule := u.Of(plan)
		c.Unmet = append(c.Unmet, unmetRule{origin, rule, u.Missing, u.Holds, u.Instead, launch.UnmetText(plan, u)})
	}
	for i, r := range plan.Rules {
		c.Rules = append(c.Rules, checkedRule{r.Origin, r.Text, string(r.Layer), r.Sound, !missed[i], r.Cost, r.Why})
	}
	c.Starts = len(engines.Unsound(unmet)) == 0 || plan.Enforce != policy.EnforceStrict
}

// code is the exit code that the policy asks for.
func (c *checked) code() int {
	switch {
	case len(c.Problems) > 0:
		return exitMistakes
	case !c.Starts:
		return exitNotHere
	}
	return 0
}

// examine says which rules a kernel can't hold, with paths as they are found in the current folder, without making anything. held is
// the plan as it would be carried out.
func examine(plan *policy.Plan, has confine.Kernel) (held *policy.Plan, _ []engines.Unmet, _ []*policy.Error, _ error) {
	at, s, err := located(plan)
	if err != nil {
		return nil, nil, nil, err
	}
	private := plan.Files.Tmp == policy.TmpPrivate
	var warnings []*policy.Error
	for _, w := range at.Warnings {
		if !private || !strings.Contains(w.Msg, s.Tmp) {
			warnings = append(warnings, w)
		}
	}
	if private {
		s.Tmp = ""
	}
	_, unmet := engines.Confine(plan, s, at, has)
	return engines.Hold(plan, at), unmet, warnings, nil
}

// problems are the mistakes in an error.
func problems(err error) []problem {
	var many policy.Errors
	if errors.As(err, &many) {
		var all []problem
		for _, e := range many {
			all = append(all, problems(e)...)
		}
		return all
	}
	var one *policy.Error
	if errors.As(err, &one) {
		return []problem{{one.File, one.Line, one.Column, one.Msg, one.Hint, err.Error()}}
	}
	return []problem{{Message: err.Error(), text: err.Error()}}
}

// write prints it: mistakes and warnings to standard error, the table to w; or all of it to w, as JSON.
func (c *checked) write(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(c)
	}
	for _, p := range c.Problems {
		complain(errors.New(p.text))
	}
	for _, p := range c.Warnings {
		complain(errors.New(p.text))
	}
	if len(c.Problems) > 0 {
		return nil
	}
	if err := c.table(w); err != nil {
		return err
	}
	for _, u := range c.Unmet {
		complain(errors.New(u.text))
	}
	if !c.Starts {
		complain(fmt.Errorf("%s: jail run would start nothing under it here, since it does not say enforce: best-effort", c.Policy))
	}
	return nil
}

// table prints the rules, one a line.
func (c *checked) table(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tab, "ORIGIN\tRULE\tDECIDED BY\tSOUND\tCOST\tWHY")
	for _, r := range c.Rules {
		sound, why := "sound", ""
		if !r.Sound {
			sound, why = "advisory", r.Why
		}
		if !r.Here {
			sound = "not here"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Origin, r.Rule, r.DecidedBy, sound, r.Cost, why)
	}
	return tab.Flush()
}
