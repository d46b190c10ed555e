// sources.go derives the store's apt sources lists from the machine's own, with
// source packages added, so that whatever mirror the machine uses is used.
package fetch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeSources fills dir from etc/sources.list and etc/sources.list.d.
func writeSources(etc, dir string) error {
	found, err := filepath.Glob(filepath.Join(etc, "sources.list.d", "*"))
	if err != nil {
		return fmt.Errorf("reading sources lists: %w", err)
	}
	found = append(found, filepath.Join(etc, "sources.list"))
	wrote := 0
	for _, from := range found {
		convert := converter(from)
		if convert == nil {
			continue
		}
		text, err := os.ReadFile(from)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading sources lists: %w", err)
		}
		to := filepath.Join(dir, filepath.Base(from))
		if err := os.WriteFile(to, []byte(convert(string(text))), 0o644); err != nil {
			return fmt.Errorf("writing sources lists: %w", err)
		}
		wrote++
	}
	if wrote == 0 {
		return fmt.Errorf("%s has no sources list: this is no Debian machine", etc)
	}
	return nil
}

// converter chooses by the file's name as apt does (sources.list(5)); nil for a
// file that apt would ignore.
func converter(path string) func(string) string {
	switch {
	case strings.HasSuffix(path, ".sources"):
		return addSourcesDeb822
	case strings.HasSuffix(path, ".list"):
		return addSourcesOneLine
	}
	return nil
}

// addSourcesDeb822 makes each "Types: deb" field "Types: deb deb-src".
func addSourcesDeb822(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(key, "Types") && strings.TrimSpace(value) == "deb" {
			lines[i] = "Types: deb deb-src"
		}
	}
	return strings.Join(lines, "\n")
}

// addSourcesOneLine adds a deb-src line after each deb line that has none yet.
func addSourcesOneLine(text string) string {
	have := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "deb-src") {
			have[strings.Join(strings.Fields(line), " ")] = true
		}
	}
	var out []string
	for _, line := range strings.Split(text, "\n") {
		out = append(out, line)
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "deb" {
			continue
		}
		words[0] = "deb-src"
		if src := strings.Join(words, " "); !have[src] {
			out = append(out, src)
		}
	}
	return strings.Join(out, "\n")
}
