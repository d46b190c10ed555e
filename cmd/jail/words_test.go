// What is said of command lines that are wrong.

package main

import (
	"strings"
	"testing"
)

func TestWordsForCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"run --polcy x ls":                    "jail run has no flag --polcy; did you mean --policy?; jail run --help lists them",
		"run --nothing-like-it ls":            "jail run has no flag --nothing-like-it; jail run --help lists them",
		"run -x ls":                           "jail run has no flag -x; jail run --help lists them",
		"run --policy":                        "--policy needs a value after it",
		"trace -o":                            "-o needs a value after it",
		"trace -s x ls":                       `-s, --strings: "x" is no number`,
		"trace --pid 99999999999999999999 ls": `--pid: "99999999999999999999" is too large a number`,
		"run --summary=x ls":                  `--summary: "x" is neither true nor false`,
		"rnu":                                 `jail has no command "rnu"; it has check, doctor, explain, policy, run, test, trace, version; did you mean run?; programs are run with: jail run -- rnu`,
		"policy shwo":                         `jail policy has no command "shwo"; it has export, import, list, show; did you mean show?`,
		"policy show":                         "jail policy show needs the name of a built-in policy",
		"policy show a b":                     `jail policy show takes the name of a built-in policy, one at a time, and there is "b", too`,
		"doctor x":                            `jail doctor takes no arguments, and there is "x"`,
		"check":                               "jail check needs the file of a policy, or several",
		"test --run ( x.yaml":                 `--run: "(" is no regular expression: missing closing ) at "("`,
	} {
		root := rootCommand()
		root.SetArgs(strings.Fields(line))
		if err := root.Execute(); err == nil || err.Error() != want {
			t.Errorf("of %s it is said\n%v\nnot\n%s", line, err, want)
		}
	}
}
