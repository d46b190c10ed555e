// A jail: the settings of runs.

package jailtest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jail/engines/clock"
	"jail/engines/fault"
	"jail/policies"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/harness"
)

// A Jail is what runs of a test have in common. It belongs to the test's goroutine.
type Jail struct {
	t     testing.TB
	cfg   harness.Config
	maybe []bool // by the index of a fault: it need not come
	left  bool   // processes may be left
}

// An Option is a setting of New.
type Option func(*Jail) error

// New makes a Jail for a test. Without options programs run under the policy observe, with the test's environment, in its working
// folder, with an empty standard input, for DefaultTimeout at most. An option that means nothing fails the test at once.
func New(t testing.TB, options ...Option) *Jail {
	t.Helper()
	j := &Jail{t: t, cfg: harness.Config{Environ: os.Environ(), Timeout: DefaultTimeout}}
	j.cfg.Tell = func(err error) { t.Logf("jail: %v", err) }
	for _, o := range options {
		if err := o(j); err != nil {
			t.Fatalf("jailtest.New: %v", err)
		}
	}
	return j
}

// DefaultTimeout is how long a program may run if no Timeout is given.
const DefaultTimeout = harness.DefaultTimeout

// Policy has programs run under a built-in policy: observe, no-network, read-only, ci-build, … (package policies).
func Policy(name string) Option {
	return func(j *Jail) error {
		j.cfg.Policy = name
		return j.compile(policyNamed(name))
	}
}

// PolicyFile has programs run under the policy of a YAML file.
func PolicyFile(path string) Option {
	return func(j *Jail) error {
		j.cfg.Policy = path
		return j.compile(policy.Loader{BuiltIn: policies.Lookup}.Load(path))
	}
}

// PolicyText has programs run under a policy that stands in the test. It may extend built-in ones.
func PolicyText(yaml string) Option {
	return func(j *Jail) error {
		j.cfg.Policy = "policy.yaml"
		return j.compile(policy.Loader{BuiltIn: policies.Lookup}.Parse("policy.yaml", []byte(yaml)))
	}
}

func policyNamed(name string) (*policy.Policy, error) {
	p, ok, err := policy.Loader{BuiltIn: policies.Lookup}.Named(name)
	if !ok {
		hint := ""
		if near := seccomp.Nearest(name, policies.Names()); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return nil, errors.New("no built-in policy is named " + name + hint + "; there are " + strings.Join(policies.Names(), ", ") +
			"; jailtest.PolicyFile takes a file")
	}
	return p, err
}

func (j *Jail) compile(p *policy.Policy, err error) error {
	if err == nil {
		j.cfg.Plan, err = p.Compile(seccomp.Native())
	}
	return err
}

// Dir is the programs' working folder. A relative one is the test's.
func Dir(path string) Option {
	return func(j *Jail) (err error) {
		j.cfg.Dir, err = filepath.Abs(path)
		return err
	}
}

// Env adds variables, NAME=value, to the programs' environment, or replaces them. The policy's rules about the environment come after that.
func Env(vars ...string) Option {
	return func(j *Jail) error {
		for _, v := range vars {
			name, _, ok := strings.Cut(v, "=")
			if !ok || name == "" {
				return errors.New("Env: " + v + " is not NAME=value")
			}
			var kept []string
			for _, old := range j.cfg.Environ {
				if !strings.HasPrefix(old, name+"=") {
					kept = append(kept, old)
				}
			}
			j.cfg.Environ = append(kept, v)
		}
		return nil
	}
}

// NoEnv takes the test's environment away; Env after it adds to an empty one. Programs are searched in /bin and /usr/bin then.
func NoEnv() Option {
	return func(j *Jail) error { j.cfg.Environ = nil; return nil }
}

// Stdin is the programs' standard input.
func Stdin(text string) Option {
	return func(j *Jail) error { j.cfg.Stdin = []byte(text); return nil }
}

// Clock gives the programs another time of day: start when they begin, standing still, or as the Settings' Rate and Step say. Their Seed
// is that of Seed. docs/faults.md says what of time is changed and what is not.
func Clock(s clock.Settings) Option {
	return func(j *Jail) error {
		if c := j.clock(); c.Seed != nil && s.Seed == nil {
			s.Seed = c.Seed
		}
		j.cfg.Clock = &s
		_, err := clock.New(s)
		return err
	}
}

// Seed has getrandom, and the random bytes that the kernel gives each program, depend on a number: each run has the same.
func Seed(n uint64) Option {
	return func(j *Jail) error { j.clock().Seed = &n; return nil }
}

// clock are the settings, to be changed.
func (j *Jail) clock() *clock.Settings {
	if j.cfg.Clock == nil {
		j.cfg.Clock = new(clock.Settings)
	}
	return j.cfg.Clock
}

// MayLeave allows processes to run still when the first one has ended. All that is left is killed then,
// unless the policy says "survivors: wait"; without MayLeave that fails the test, at the line of its Run or Wait.
func MayLeave() Option {
	return func(j *Jail) error { j.left = true; return nil }
}

// Timeout is how long a program may run until it is killed and the test fails; 0 or less: for ever.
func Timeout(d time.Duration) Option {
	return func(j *Jail) error {
		if j.cfg.Timeout = d; d <= 0 {
			j.cfg.Timeout = -1
		}
		return nil
	}
}

// Trace says which calls the runs from here on tell of, instead of harness.DefaultTrace: names, classes (%file), groups
// (@network-io), patterns (open*), all, none; a ! before one takes it out. Calls of faults are told of anyhow.
func (j *Jail) Trace(calls ...string) {
	j.t.Helper()
	if calls == nil {
		calls = []string{"none"}
	}
	j.cfg.Trace = calls
}

// Traceable names calls that Run.Fault may ask for later though they are not traced: they stop from the start.
func (j *Jail) Traceable(calls ...string) { j.cfg.Traceable = append(j.cfg.Traceable, calls...) }

// Fault makes calls fail, be late, or do less than they were asked for, in the runs from here on. Calls are names, classes (%file),
// groups (@network-io), patterns (open*), with commas between them. With are, in any order:
//
//	conditions     Path, FD, Addr, Flags, Arg, Size, Program, Depth, Child: all must hold
//	an answer      an unix.Errno, or Answer: the call is not made; with AtExit it is made first
//	other effects  an unix.Signal, Short, After, Delay, DelayAfter, Instead, Set, SetPath, Poke, PokeAfter, Crash, CrashAfter
//	which of them  Nth, From, Range, Storm, Chance, Per; without one every matching call
//	Maybe          it need not come
//
// What is misspelt, contradicts itself, or can never happen, fails the test at once.
func (j *Jail) Fault(calls string, with ...any) {
	j.t.Helper()
	rule, maybe, err := faultOf(calls, with)
	if err == nil {
		err = checked(rule, nil) // without its place: the failure has that
		rule.Origin = caller(1)
	}
	if err != nil {
		j.t.Fatalf("jailtest: a fault of %s: %v", calls, err)
	}
	j.FaultRule(rule)
	j.maybe[len(j.maybe)-1] = maybe
}

// FaultRule is Fault for a rule that is there already, for example of fault.Parse.
func (j *Jail) FaultRule(rules ...fault.Rule) {
	j.cfg.Faults = append(j.cfg.Faults, rules...)
	j.maybe = append(j.maybe, make([]bool, len(rules))...)
}

// NoFaults takes all faults away: for a run without them, to compare.
func (j *Jail) NoFaults() { j.cfg.Faults, j.maybe = nil, nil }
