// Other views of a file are found in mountinfo.

package ptrace

import (
	"slices"
	"testing"
)

const someMounts = `1 0 8:1 / / rw - ext4 /dev/a rw
2 1 8:2 / /home rw - ext4 /dev/b rw
3 1 8:2 /u /mnt/u\040x rw - ext4 /dev/b rw
4 1 8:2 /u/.ssh/keys /keys rw - ext4 /dev/b rw
5 1 8:2 /v /mnt/v rw - ext4 /dev/b rw
6 2 8:1 /srv /home/u/.ssh/srv rw - ext4 /dev/a rw
7 1 8:2 /u/.ssh-not /mnt/not rw - ext4 /dev/b rw
8 1 8:1 /srv /srv rw - ext4 /dev/a rw
9 1 8:2 /u /covered rw - ext4 /dev/b rw
10 9 8:2 /w /covered rw - ext4 /dev/b rw
`

func TestOtherViewsOfAMaskedFolder(t *testing.T) {
	list := mountPoints(someMounts)
	for path, want := range map[string][]string{
		"/home/u/.ssh":         {"/mnt/u x/.ssh", "/keys"},
		"/mnt/u x/.ssh":        {"/home/u/.ssh", "/keys"},
		"/keys":                {"/home/u/.ssh/keys", "/mnt/u x/.ssh/keys"},
		"/home/v":              {"/mnt/v"},
		"/home/w":              {"/covered"},
		"/home/x":              nil,
		"/etc/passwd":          nil,
		"/srv/x":               {"/home/u/.ssh/srv/x"},
		"/home/u/.ssh/srv":     {"/srv"},
		"/home/u/.ssh-not/f":   {"/mnt/u x/.ssh-not/f", "/mnt/not/f"},
		"/home/u/.ssh/keys/id": {"/mnt/u x/.ssh/keys/id", "/keys/id"},
	} {
		var got []string
		for _, s := range elsewhere(list, path) {
			got = append(got, s.path)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s is also seen at %q, want %q", path, got, want)
		}
	}
}
