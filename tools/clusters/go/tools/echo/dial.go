package main

import (
	"encoding/json"
	"flag"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is the one line that dial prints.
type report struct {
	OK          bool     `json:"ok"`
	Connections int      `json:"connections"`
	Hosts       []string `json:"hosts"`    // the servers that answered, sorted
	Failures    []string `json:"failures"` // one message per failed connection
	Seconds     float64  `json:"seconds"`
}

func dial(args []string) error {
	flags := flag.NewFlagSet("dial", flag.ExitOnError)
	connections := flags.Int("connections", 1, "")
	up := flags.Int64("up", 0, "")
	down := flags.Int64("down", 0, "")
	over := flags.Duration("over", 0, "")
	delay := flags.Duration("delay", 0, "")
	timeout := flags.Duration("timeout", 2*time.Minute, "")
	address := parse(flags, args)

	started := time.Now()
	outcome := report{Connections: *connections, Hosts: []string{}, Failures: []string{}}
	var mutex sync.Mutex
	var all sync.WaitGroup
	for range *connections {
		all.Go(func() {
			greeting, err := exchange(address, *timeout, func(connection *net.TCPConn) (string, error) {
				return converse(connection, *up, *over, request{Down: *down, Delay: *delay})
			})
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				outcome.Failures = append(outcome.Failures, err.Error())
			} else {
				outcome.Hosts = append(outcome.Hosts, strings.TrimSpace(strings.TrimPrefix(greeting, "hello ")))
			}
		})
	}
	all.Wait()
	slices.Sort(outcome.Hosts)
	outcome.Hosts = slices.Compact(outcome.Hosts)
	outcome.OK = len(outcome.Failures) == 0
	outcome.Seconds = time.Since(started).Seconds()
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		return err
	}
	if !outcome.OK {
		os.Exit(1)
	}
	return nil
}

func exchange(address string, timeout time.Duration, talk func(*net.TCPConn) (string, error)) (string, error) {
	deadline := time.Now().Add(timeout)
	connection, err := (&net.Dialer{Deadline: deadline}).Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if err := connection.SetDeadline(deadline); err != nil {
		return "", err
	}
	return talk(connection.(*net.TCPConn))
}
