package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// private directories hide the machine's own: everything a node writes there goes to its state directory
// (key: where, value: which subdirectory, or a tmpfs when empty).
var private = map[string]string{"/run": "", "/tmp": "", "/var/lib": "lib", "/var/log": "log"}

// sysctls are global to the machine, so the kubelet must not set them: it is shown the values that it wants.
var sysctls = map[string]string{
	"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
	"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}

// mountNode gives the node its own view of the file system. keep names directories that stay visible although a
// private directory would hide them.
func mountNode(dir string, keep []string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	for target, source := range private {
		if err := hide(target, source, dir, keep); err != nil {
			return err
		}
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	for name, value := range sysctls {
		if err := pinSysctl(filepath.Join(dir, "sysctl", name), "/proc/sys/"+name, value); err != nil {
			return err
		}
	}
	// The kubelet and runc propagate mounts from the root to the containers.
	return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "")
}

func hide(target, source, dir string, keep []string) error {
	var kept []*os.File
	for _, path := range keep {
		if !strings.HasPrefix(path, target+"/") {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		kept = append(kept, file)
	}
	if source == "" {
		if err := syscall.Mount("tmpfs", target, "tmpfs", 0, "mode=1777"); err != nil {
			return fmt.Errorf("mounting %s: %w", target, err)
		}
	} else if err := bind(filepath.Join(dir, source), target); err != nil {
		return err
	}
	for _, file := range kept {
		if err := os.MkdirAll(file.Name(), 0o755); err != nil {
			return err
		}
		if err := bind(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), file.Name()); err != nil {
			return err
		}
	}
	return nil
}

func pinSysctl(file, target, value string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(value+"\n"), 0o644); err != nil {
		return err
	}
	return bind(file, target)
}

func bind(source, target string) error {
	if err := syscall.Mount(source, target, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("binding %s to %s: %w", source, target, err)
	}
	return nil
}
