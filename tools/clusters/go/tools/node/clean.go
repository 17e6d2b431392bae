package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// clean removes a directory and, in every hierarchy of cgroup v1 and in the one of v2, a tree of cgroups.
// What is not there is not an error.
func clean(dir, cgroup string) error {
	roots, err := filepath.Glob("/sys/fs/cgroup/*/" + cgroup)
	if err != nil {
		return err
	}
	for _, root := range append(roots, "/sys/fs/cgroup/"+cgroup) {
		if err := removeCgroup(root); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// removeCgroup removes cgroups from the leaves up; their files are not files that could be unlinked.
func removeCgroup(root string) error {
	var dirs []string
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for _, dir := range slices.Backward(dirs) {
		if err := removeWhenEmpty(dir); err != nil {
			return err
		}
	}
	return nil
}

// removeWhenEmpty waits, because a killed process leaves its cgroup only some milliseconds after it has been reaped.
func removeWhenEmpty(dir string) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Rmdir(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("cgroup %s: %w", dir, err)
		}
	}
}
