// Soak runs programs that make random system calls under jail, for as long as it is told, and looks whether jail stays what it
// was: it does not fail, its memory and its descriptors stay bounded, and nothing of a run is left when it ends.
//
//	go run ./integration/soak -for 1h              # trinity(1), if it is installed, and calls.c in turns
//	go run ./integration/soak -for 1m -policy strict -seed 7
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed testdata/calls.c
var callsSource []byte

func main() {
	length := flag.Duration("for", time.Minute, "how long; the round that is under way is finished")
	policy := flag.String("policy", "ci-build", "the policy that the policy of the soak extends")
	seed := flag.Uint64("seed", 1, "what the random calls begin with; each round takes the next")
	only := flag.String("only", "", "calls or trinity: run this one only")
	flag.Parse()
	if err := soak(*length, *policy, *seed, *only); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak runs rounds until the time is over, and fails at the first one that is not as it should be.
func soak(length time.Duration, policy string, seed uint64, only string) error {
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &soaking{dir: dir, jail: filepath.Join(dir, "jail"), policy: filepath.Join(dir, "policy.yaml")}
	if err := s.build(policy); err != nil {
		return err
	}
	programs := s.programs(only)
	if len(programs) == 0 {
		return fmt.Errorf("there is no program %q to soak with", only)
	}
	began := time.Now()
	for n := 0; n == 0 || time.Since(began) < length; n++ {
		p := programs[n%len(programs)]
		r, err := s.round(p.args(seed + uint64(n)))
		if err != nil {
			return fmt.Errorf("round %d, %s, seed %d: %w", n, p.name, seed+uint64(n), err)
		}
		s.total.add(r)
		fmt.Printf("%8s round %d: %s, %s\n", time.Since(began).Round(time.Second), n, p.name, r)
	}
	fmt.Printf("all: %s\n", &s.total)
	return nil
}

// build makes jail, the program and the policy.
func (s *soaking) build(base string) error {
	source, program := filepath.Join(s.dir, "calls.c"), filepath.Join(s.dir, "calls")
	if err := os.WriteFile(source, callsSource, 0o644); err != nil {
		return err
	}
	text := fmt.Sprintf("version: 1\nextends: %s\nlimits: {wall-time: 2m, tasks: 400, file-size: 16MiB, grace: 1s}\n", base)
	if err := os.WriteFile(s.policy, []byte(text), 0o644); err != nil {
		return err
	}
	for _, args := range [][]string{{"go", "build", "-o", s.jail, "jail/cmd/jail"}, {"gcc", "-O1", "-pthread", "-o", program, source}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

// A program makes random calls.
type program struct {
	name string
	args func(seed uint64) []string
}

// programs are those that are here.
func (s *soaking) programs(only string) []program {
	all := []program{{"calls", func(seed uint64) []string {
		return []string{filepath.Join(s.dir, "calls"), fmt.Sprint(seed), "2000", "6"}
	}}}
	if path, err := exec.LookPath("trinity"); err == nil {
		all = append(all, program{"trinity", func(seed uint64) []string {
			return []string{path, "-q", "-l", "off", "-C", "4", "-N", "20000", "-s", fmt.Sprint(seed%100000 + 1), "--dangerous"}
		}})
	}
	var wanted []program
	for _, p := range all {
		if only == "" || only == p.name {
			wanted = append(wanted, p)
		}
	}
	return wanted
}
