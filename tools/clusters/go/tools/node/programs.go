package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
)

// programs are the children of process 1, by name. Process 1 inherits every orphan of the node, so it reaps with
// wait4(-1), and nothing here may use os/exec, which would wait for its own children.
type programs struct {
	*http.ServeMux
	logs    string
	mutex   sync.Mutex
	running map[string]*program
}

type program struct {
	pid   int
	ended chan struct{}
}

// newPrograms serves POST /start/NAME with a JSON array of arguments, and POST /kill/NAME, which answers when the
// program (if it runs at all) has ended. Output goes to logs/NAME.log.
func newPrograms(logs string) *programs {
	p := &programs{ServeMux: http.NewServeMux(), logs: logs, running: map[string]*program{}}
	p.HandleFunc("POST /start/{name}", p.start)
	p.HandleFunc("POST /kill/{name}", p.kill)
	exits := make(chan os.Signal, 1)
	signal.Notify(exits, syscall.SIGCHLD)
	go func() {
		for range exits {
			p.reap()
		}
	}()
	return p
}

func (p *programs) start(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	var argv []string
	if err := json.NewDecoder(r.Body).Decode(&argv); err != nil || len(argv) == 0 {
		http.Error(w, "the body must be a JSON array of arguments", http.StatusBadRequest)
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.running[name] != nil {
		http.Error(w, name+" already runs", http.StatusConflict)
		return
	}
	pid, err := spawn(argv, filepath.Join(p.logs, name+".log"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.running[name] = &program{pid: pid, ended: make(chan struct{})}
	fmt.Fprintln(w, pid)
}

func (p *programs) kill(_ http.ResponseWriter, r *http.Request) {
	p.mutex.Lock()
	target := p.running[r.PathValue("name")]
	p.mutex.Unlock()
	if target == nil {
		return
	}
	_ = syscall.Kill(target.pid, syscall.SIGKILL)
	<-target.ended
}

func (p *programs) reap() {
	// Held while reaping, so that a program which ends at once is recorded before its end is.
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 {
			return
		}
		for name, program := range p.running {
			if program.pid == pid {
				close(program.ended)
				delete(p.running, name)
			}
		}
	}
}

func spawn(argv []string, log string) (int, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return 0, err
	}
	defer output.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	return syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null.Fd(), output.Fd(), output.Fd()},
	})
}
