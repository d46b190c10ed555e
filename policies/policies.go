// Package policies holds the policies that jail knows by name: observe,
// no-network, read-only, ci-build, ci-build-network, agent-workspace and
// strict. Each is a file of the policy language with comments, to be read,
// copied and extended; [Lookup] is what policy.Loader asks for the latter.
package policies

import (
	"embed"
	"slices"
	"strings"
)

// files are the policies; the embed package keeps them from being changed.
//
//go:embed *.yaml
var files embed.FS

const ending = ".yaml"

// Lookup finds a built-in policy by its name, for example "ci-build". data is
// the text of the policy, the caller's own copy, and file a name for it in
// messages, such as "ci-build.yaml". ok is false if there is no such policy. It
// may be called from any goroutine.
func Lookup(name string) (data []byte, file string, ok bool) {
	if !isName(name) {
		return nil, "", false
	}
	file = name + ending
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, "", false
	}
	return data, file, true
}

// Names lists the names of the built-in policies, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // cannot be: the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ending))
	}
	slices.Sort(names)
	return names
}

// isName tells names of policies from paths of files.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
