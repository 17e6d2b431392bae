package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

const nodeNamespaces = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID |
	syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC

func init() {
	// A parent-death signal is sent when the *thread* that forked dies: keep main on the main thread.
	runtime.LockOSThread()
}

// guard runs one node per name and prints {name: pid} once all have started. It ends, and removes every trace,
// when all nodes have ended, on SIGTERM, or when its stdin closes, which the kernel does when the process that
// holds the other end dies. A byte on stdin detaches it: it then outlives that process.
// Nodes die with the guard even when it is killed; namespaces, links and mounts go with the nodes.
func guard(dir, cgroup string, names []string) error {
	nodes := map[string]*exec.Cmd{}
	ended := make(chan string)
	for _, name := range names {
		node, err := startNode(dir, name)
		if err != nil {
			return err // and the nodes already started die with us
		}
		nodes[name] = node
		go func() {
			_ = node.Wait() // being killed is how a node ends
			ended <- name
		}()
	}
	if err := printPids(nodes); err != nil {
		return err
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	go watchOwner(stop)

	for len(nodes) > 0 {
		select {
		case <-stop:
			for _, node := range nodes {
				_ = node.Process.Kill()
			}
		case name := <-ended:
			delete(nodes, name)
			if err := clean(filepath.Join(dir, name), filepath.Join(cgroup, name)); err != nil {
				return err
			}
		}
	}
	// The kernel would do it, but some time after we have ended.
	_ = exec.Command("ip", "link", "delete", "uplink").Run()
	return clean(dir, cgroup)
}

func startNode(dir, name string) (*exec.Cmd, error) {
	log, err := os.Create(filepath.Join(dir, name, "init.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	node := exec.Command("/proc/self/exe", "init", filepath.Join(dir, name), name)
	node.Stdout, node.Stderr = log, log
	node.SysProcAttr = &syscall.SysProcAttr{Cloneflags: nodeNamespaces, Pdeathsig: syscall.SIGKILL}
	return node, node.Start()
}

func printPids(nodes map[string]*exec.Cmd) error {
	pids := map[string]int{}
	for name, node := range nodes {
		pids[name] = node.Process.Pid
	}
	return json.NewEncoder(os.Stdout).Encode(pids)
}

func watchOwner(stop chan<- os.Signal) {
	if n, _ := os.Stdin.Read(make([]byte, 1)); n == 0 {
		stop <- syscall.SIGTERM
	}
}
