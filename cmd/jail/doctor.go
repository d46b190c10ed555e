// jail doctor

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"jail/engines"
	"jail/policy"
	"jail/supervisor/confine"
	"jail/supervisor/launch"
)

const doctorHelp = `Doctor says what this kernel, and the container around jail, give to it: what is missing, why, what that costs (which keys of the
policy language need it), and what to do about it. Then it says whether programs would start under a policy here, and, if
they would, starts one: "jail version". It makes namespaces, a cgroup and a folder to see whether it can, and removes them.

Exit codes:
  0  ci-build, or the policy of --policy, can be held soundly here
  1  it can't: nothing would start under it, or, with enforce: best-effort, only with what is listed left out; or it has mistakes`

func doctorCommand() *cobra.Command {
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [--policy NAME|FILE] [--json]",
		Short: "Say what this kernel and container give, what is missing, and what to do about it",
		Long:  doctorHelp,
		Args:  nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := diagnose(confine.Probe(), name, try)
			if err != nil {
				return mistakes(err)
			}
			if err := d.write(cmd.OutOrStdout(), asJSON); err != nil {
				return err
			}
			if !d.Sound {
				return &exitError{code: 1}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&name, "policy", "ci-build", "built-in policy, or file, to ask about")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// diagnosis is what doctor says.
type diagnosis struct {
	Kernel       string    `json:"kernel"`
	Architecture string    `json:"architecture"`
	Root         bool      `json:"root"`
	LandlockABI  int       `json:"landlockABI"`
	Findings     []finding `json:"findings"`

	Policy string      `json:"policy"`
	Unmet  []unmetRule `json:"unmet,omitempty"` // rules of it that can't be held here
	Starts bool        `json:"starts"`          // jail run starts programs under it here
	Sound  bool        `json:"sound"`           // with all of its rules held
	Tried  bool        `json:"tried"`           // one was really started
	Failed string      `json:"failed,omitempty"`
}

// finding is one thing that a kernel has or lacks.
type finding struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Missing string `json:"missing,omitempty"` // why it is not there
	For     string `json:"for"`               // what needs it: keys of the language
	Lost    string `json:"lost,omitempty"`    // what is lost without it
	Do      string `json:"do,omitempty"`      // what to do about it
}

// diagnose finds out what a kernel means for a policy; trial starts a program under it.
func diagnose(k confine.Kernel, name string, trial func(policy string) error) (*diagnosis, error) {
	d := &diagnosis{Kernel: k.Release, Architecture: k.Architecture, Root: k.Root, LandlockABI: k.LandlockABI, Findings: findings(k), Policy: name}
	plan, err := loadPlan(name)
	if err != nil {
		return nil, err
	}
	_, unmet, _, err := examine(plan, k)
	if err != nil {
		return nil, err
	}
	for _, u := range unmet {
		origin, rule := u.Of(plan)
		d.Unmet = append(d.Unmet, unmetRule{origin, rule, u.Missing, u.Holds, u.Instead, launch.UnmetText(plan, u)})
	}
	d.Starts = k.Seccomp.OK() && k.Ptrace.OK() && (len(engines.Unsound(unmet)) == 0 || plan.Enforce != policy.EnforceStrict)
	if d.Starts {
		d.Tried = true
		if err := trial(name); err != nil {
			d.Starts, d.Failed = false, err.Error()
		}
	}
	d.Sound = d.Starts && len(engines.Unsound(unmet)) == 0
	return d, nil
}

// try starts "jail version" under a policy, by a jail of its own. What the program makes of the policy is no matter.
func try(name string) error {
	const self = "/proc/self/exe"
	var said strings.Builder
	cmd := exec.Command(self, "run", "--policy", name, "--", self, "version")
	cmd.Stderr = &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) && exit.ExitCode() != exitJail {
		return nil
	}
	if text := strings.TrimSpace(said.String()); text != "" {
		return errors.New(text)
	}
	return err
}

// write prints it.
func (d *diagnosis) write(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(d)
	}
	var b strings.Builder
	who := "a user"
	if d.Root {
		who = "root"
	}
	fmt.Fprintf(&b, "Linux %s on %s, as %s\n\n", d.Kernel, d.Architecture, who)
	said := make(map[string]string) // by the text of a line: which finding has it already
	for _, f := range d.Findings {
		if f.OK {
			fmt.Fprintf(&b, "  yes      %-24s %s\n", f.Name, f.For)
			continue
		}
		fmt.Fprintf(&b, "  MISSING  %-24s %s\n", f.Name, f.For)
		for _, line := range [][2]string{{"why", f.Missing}, {"lost", f.Lost}, {"do", f.Do}} {
			text := line[1]
			if at, again := said[text]; again {
				text = "as for " + at
			}
			if text != "" {
				said[line[1]] = f.Name
				fmt.Fprintf(&b, "             %-5s %s\n", line[0]+":", text)
			}
		}
	}
	d.verdict(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// verdict says what all that means for the policy.
func (d *diagnosis) verdict(b *strings.Builder) {
	fmt.Fprintf(b, "\npolicy %s: ", d.Policy)
	switch {
	case d.Failed != "":
		fmt.Fprintf(b, "a program was started under it, and that failed:\n  %s\n", strings.ReplaceAll(d.Failed, "\n", "\n  "))
	case d.Sound && len(d.Unmet) > 0:
		b.WriteString("nothing is let through that it refuses, and more is refused; a program was started under it\n")
	case d.Sound:
		b.WriteString("all of its rules can be held here; a program was started under it\n")
	case d.Starts:
		b.WriteString("programs start under it here, since it says enforce: best-effort, but without\n")
	case len(d.Unmet) > 0:
		b.WriteString("nothing would start under it here\n")
	default:
		b.WriteString("nothing starts here, whatever the policy\n")
	}
	for _, u := range d.Unmet {
		fmt.Fprintf(b, "  %s\n", u.text)
	}
}
