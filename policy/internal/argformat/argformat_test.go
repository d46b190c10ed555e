// Tests of reading tracefs, on a folder that looks like one.

package argformat

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const fields = `name: sys_enter_NAME
ID: 700
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
`

func tracefs(t *testing.T, calls map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, more := range calls {
		dir := filepath.Join(root, "events/syscalls/sys_enter_"+name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "format"), []byte(fields+more+"\nprint fmt: \"fd: 0x%08lx\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestRead(t *testing.T) {
	got, err := Read(tracefs(t, map[string]string{
		"openat":          "\tfield:int dfd;	offset:16;	size:8;	signed:0;\n\tfield:const char * filename;	offset:24;\n\tfield:int flags;	offset:32;\n\tfield:umode_t mode;	offset:40;\n",
		"newstat":         "\tfield:const char * filename;	offset:16;\n\tfield:struct stat * statbuf;	offset:24;\n",
		"kexec_file_load": "\tfield:const size_t len;	offset:16;\n\tfield:const __u32 flags;	offset:24;\n",
		"getpid":          "",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := (map[string]string{"openat": "ipim", "stat": "pp", "kexec_file_load": "li"}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReadWhatIsNotKnown(t *testing.T) {
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is it a tracefs") {
		t.Errorf("an empty folder: %v", err)
	}
	_, err := Read(tracefs(t, map[string]string{"new_call": "\tfield:frob_t frob;	offset:16;\n"}))
	if err == nil || err.Error() != `new_call: unknown type "frob_t" of frob` {
		t.Errorf("an unknown type: %v", err)
	}
}
