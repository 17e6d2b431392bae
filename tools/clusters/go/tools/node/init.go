package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
)

// initNode is process 1 of a node. It prepares the file system, then starts and kills the node's programs as told
// over HTTP on /run/control.sock: which programs, and in which order, is the caller's business.
func initNode(dir, name string) error {
	executable, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	for _, source := range private {
		if err := os.MkdirAll(filepath.Join(dir, source), 0o755); err != nil {
			return err
		}
	}
	programs := filepath.Dir(filepath.Dir(executable)) // those of Kubernetes lie beside ours
	if err := mountNode(dir, []string{dir, programs}); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte(name)); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return err
	}
	listener, err := net.Listen("unix", "/run/control.sock")
	if err != nil {
		return err
	}
	return http.Serve(listener, newPrograms(filepath.Join(dir, "log")))
}
