// Command load is both ends of the benchmark of gateways: a backend, and clients that count and time.
//
// What is sent looks like HTTP/1.1, cut down to what costs least: requests and answers are constant, so that neither end
// parses more than it must and the gateways between them are what is measured.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

const usage = `usage:
  load serve -listen HOST:PORT
  load requests    TARGET [-clients 32] [-seconds 3]               as many as it can, on connections that are kept
  load rate        TARGET [-clients 32] [-seconds 3] [-rate 2000]  at a fixed rate, on connections that are kept
  load connections TARGET [-clients 32] [-seconds 3]               a new connection for each request
  load stream      TARGET [-seconds 3]                             one answer without an end
  load idle        TARGET [-clients 1000]                          one request each, then silence until standard input ends
TARGET is -host IP -first PORT -last PORT: connections go to these ports by turns.
All print "begin" when the measured part begins, and a line of JSON at its end.
`

// plan is what a measurement is told.
type plan struct {
	target  target
	clients int
	warmUp  time.Duration
	length  time.Duration
	rate    float64
}

// result is what a measurement prints; what was not measured is left out.
type result struct {
	Seconds float64 `json:"seconds"`
	// Requests, connections or bytes.
	Count  int64   `json:"count"`
	Errors int64   `json:"errors"`
	First  string  `json:"firstError,omitempty"`
	P50    float64 `json:"p50,omitempty"` // milliseconds
	P99    float64 `json:"p99,omitempty"`
}

func main() {
	kinds := map[string]func(*plan) result{
		"requests": requests, "rate": fixedRate, "connections": connections, "stream": stream, "idle": idle,
	}
	if len(os.Args) < 2 {
		fail(usage)
	}
	if os.Args[1] == "serve" {
		flags := flag.NewFlagSet("serve", flag.ExitOnError)
		listen := flags.String("listen", "", "")
		_ = flags.Parse(os.Args[2:]) // ExitOnError
		fail(fmt.Sprintln("load serve:", serve(*listen)))
	}
	measure := kinds[os.Args[1]]
	if measure == nil {
		fail(usage)
	}
	if err := json.NewEncoder(os.Stdout).Encode(measure(parse(os.Args[2:]))); err != nil {
		fail(fmt.Sprintln("load:", err))
	}
}

func parse(args []string) *plan {
	p := &plan{}
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	flags.StringVar(&p.target.host, "host", "127.0.0.1", "")
	flags.Int64Var(&p.target.first, "first", 0, "")
	flags.Int64Var(&p.target.last, "last", 0, "")
	flags.IntVar(&p.clients, "clients", 32, "")
	flags.Float64Var(&p.rate, "rate", 2_000, "")
	seconds := flags.Float64("seconds", 3, "")
	_ = flags.Parse(args) // ExitOnError
	p.length = time.Duration(*seconds * float64(time.Second))
	p.warmUp = min(p.length/10, 300*time.Millisecond)
	return p
}

// begin tells who waits that what follows is measured.
func begin() { fmt.Println("begin") }

func fail(message string) {
	fmt.Fprint(os.Stderr, message)
	os.Exit(1)
}
