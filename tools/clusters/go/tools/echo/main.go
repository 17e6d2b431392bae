// Command echo is both ends of every conversation that the tests have through a mirror: an HTTP server and client,
// and a TCP protocol in which the server speaks first and either side can be the one that sends.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

const usage = `usage:
  echo serve [-http :8080] [-tcp :9000]
      HTTP answers with the host name; TCP as in protocol.go.
  echo get [-timeout 5s] URL
      Prints the body. Exit code 22 when the answer is not 2xx (as curl --fail), 7 when there is none.
  echo loop [-every 200ms] [-timeout 2s] [-count 0] URL
      Asks again and again, each time on a new connection; one line of JSON per answer.
  echo dial [-connections 1] [-up BYTES] [-down BYTES] [-over 0s] [-delay 0s] [-timeout 2m] HOST:PORT
      Talks the TCP protocol on that many connections at once and checks every byte; one line of JSON in all.
`

// exit is an error that chooses the program's exit code.
type exit struct {
	code int
	error
}

func main() {
	commands := map[string]func([]string) error{"serve": serve, "get": get, "loop": loop, "dial": dial}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	err := commands[os.Args[1]](os.Args[2:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "echo "+os.Args[1]+":", err)
	var chosen exit
	if errors.As(err, &chosen) {
		os.Exit(chosen.code)
	}
	os.Exit(1)
}

// parse reads flags and returns the one argument that follows them.
func parse(flags *flag.FlagSet, args []string) string {
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	_ = flags.Parse(args) // ExitOnError
	if flags.NArg() != 1 {
		flags.Usage()
		os.Exit(2)
	}
	return flags.Arg(0)
}
