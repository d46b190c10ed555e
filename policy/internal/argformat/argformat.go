// Package argformat reads from tracefs what the running kernel says about the
// types of its system calls' arguments.
package argformat

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Read returns a letter for each argument of each call that the tracefs at
// root describes: i for 32 bits, m for 16, l for a whole register, p for a
// pointer. Calls without arguments are left out.
func Read(root string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "events/syscalls/sys_enter_*/format"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s describes no system calls: is it a tracefs, and may it be read?", root)
	}
	kinds := make(map[string]string)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(filepath.Base(filepath.Dir(f)), "sys_enter_")
		k, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if k != "" {
			kinds[callOf(name)] = k
		}
	}
	return kinds, nil
}

// callOf is the call's name in the tables: some functions of the kernel are
// called otherwise.
func callOf(function string) string {
	switch function {
	case "newstat", "newfstat", "newlstat", "newuname":
		return strings.TrimPrefix(function, "new")
	case "umount":
		return "umount2"
	case "sendfile64":
		return "sendfile"
	default:
		return function
	}
}

// parse reads one format file, whose lines are like
//
//	field:unsigned int flags;	offset:24;	size:8;	signed:0;
func parse(text string) (string, error) {
	var kinds strings.Builder
	for _, m := range regexp.MustCompile(`(?m)^\s*field:([^;]*);`).FindAllStringSubmatch(text, -1) {
		typ, name := split(m[1])
		if strings.HasPrefix(name, "common_") || name == "__syscall_nr" {
			continue
		}
		k := kindOf(typ)
		if k == 0 {
			return "", fmt.Errorf("unknown type %q of %s", typ, name)
		}
		kinds.WriteByte(k)
	}
	return kinds.String(), nil
}

// split parts "unsigned int flags" before the name.
func split(decl string) (typ, name string) {
	i := strings.LastIndex(decl, " ")
	if i < 0 {
		return "", decl
	}
	return strings.TrimSpace(strings.ReplaceAll(" "+decl[:i], " const ", " ")), decl[i+1:]
}

// kindOf is the letter of a type, and 0 if it is not known. How much of a
// register the kernel looks at is what the type of SYSCALL_DEFINE says: the
// wrapper casts to it.
func kindOf(typ string) byte {
	if strings.Contains(typ, "*") {
		return 'p'
	}
	switch typ {
	case "cap_user_header_t", "cap_user_data_t":
		return 'p'
	case "int", "unsigned int", "unsigned", "pid_t", "uid_t", "gid_t", "clockid_t", "timer_t", "mqd_t", "key_t",
		"rwf_t", "qid_t", "key_serial_t", "u32", "__u32", "__s32", "enum landlock_rule_type":
		return 'i'
	case "umode_t":
		return 'm'
	case "unsigned long", "size_t", "long", "loff_t", "off_t", "aio_context_t", "__u64":
		return 'l'
	default:
		return 0
	}
}
