// The folder that a case runs in.

package testspec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// makeFolder makes a folder for one run, copies the case's into it, and writes its files. Its parent is to be removed.
func (c *Case) makeFolder() (dir string, err error) {
	parent, err := os.MkdirTemp("", "jail-test-")
	if err != nil {
		return "", err
	}
	if parent, err = filepath.EvalSymlinks(parent); err != nil { // paths in traces have no links in them
		return "", err
	}
	dir = filepath.Join(parent, "case")
	if err := c.fill(dir); err != nil {
		return "", errors.Join(err, os.RemoveAll(parent))
	}
	return dir, nil
}

func (c *Case) fill(dir string) error {
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	if c.Dir != "" {
		if err := os.CopyFS(dir, os.DirFS(c.Dir)); err != nil {
			return fmt.Errorf("the folder %s can't be copied: %w", c.Dir, err)
		}
	}
	for name, text := range c.Files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// removeFolder removes what makeFolder made. Folders that a program has made unreadable are opened again.
func removeFolder(dir string) error {
	parent := filepath.Dir(dir)
	if os.RemoveAll(parent) == nil {
		return nil
	}
	_ = filepath.WalkDir(parent, func(path string, d os.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700) // what is wrong shows below
		}
		return nil
	})
	return os.RemoveAll(parent)
}
