// The command: what is started, with the engines that a plan needs.

package launch

import (
	"errors"
	"path/filepath"

	"jail/engines"
	"jail/internal/realpath"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/inside"
	"jail/supervisor/utrace"
)

// A Hearer hears what engines have to say beside their verdicts, on the jail's own thread: it must not block. Both may be nil.
type Hearer struct {
	Passed  engines.Notify                         // of what a rule lets pass and wants told
	Refused func(id utrace.TaskID, why utrace.Why) // of files that the kernel kept from the program
	All     bool                                   // also of files that were only to be read; each costs a stop
}

// Command is what starts the program at path, with the arguments args, its name first. It has no Sink, and the engines of the plan;
// further ones may be added, which are told of calls before them. It is for one start. With an error the folders of the
// Confinement are gone. Any goroutine.
func (c *Confinement) Command(path string, args []string, h Hearer) (*supervisor.Command, error) {
	if to := c.seen(path); to != path { // the caller has asked about the file that is covered
		if err := engines.Check(c.Plan, to, args...); err != nil {
			return nil, errors.Join(err, c.Spec.RemoveTmp())
		}
		path = to
	}
	cmd := &supervisor.Command{
		Path: path, Args: args, Env: c.Env, Dir: c.world.Dir, Files: c.world.Files, Confine: c.Spec,
		Filter: &c.Plan.Filter, Explain: engines.Explain(c.Plan), WaitSurvivors: c.Plan.Survivors == policy.SurvivorsWait,
	}
	built, err := engines.Build(c.Plan, h.Passed)
	if err != nil {
		return nil, errors.Join(err, c.Spec.RemoveTmp())
	}
	for _, b := range built {
		if err := c.tell(b); err != nil {
			return nil, errors.Join(err, c.Spec.RemoveTmp())
		}
		cmd.Engines = append(cmd.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
	}
	if h.Refused != nil {
		if b, ok := engines.Refusals(c.Plan, c.At, &c.Spec, h.All, h.Refused); ok {
			cmd.Engines = append(cmd.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
		}
	}
	return cmd, nil
}

// seen is what the program would find at a path: jail looks for it in the mounts as they are outside.
func (c *Confinement) seen(path string) string {
	full := in(c.world.Dir, path)
	if abs, err := filepath.Abs(full); err == nil {
		full = abs
	}
	if real, err := realpath.Of(full); err == nil {
		if to, _ := engines.Redirected(c.At, c.Spec.Mounts, real); to != "" {
			return to
		}
	}
	return path
}

// tell tells an engine what it has to know of this run.
func (c *Confinement) tell(b engines.Built) error {
	if l, ok := b.Engine.(engines.Locator); ok {
		l.Locate(c.At, c.Spec.Mounts)
	}
	if i, ok := b.Engine.(engines.Insider); ok {
		domain, err := inside.New(&c.Spec)
		if err != nil {
			return err
		}
		i.Inside(domain)
	}
	return nil
}
