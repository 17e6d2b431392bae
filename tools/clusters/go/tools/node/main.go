// Command node is what a native test cluster needs below Kubernetes: the process that owns a set of nodes and
// cleans up after them, the first process of each node, and a controller for Services of type LoadBalancer.
package main

import (
	"fmt"
	"os"
)

const usage = `usage:
  node guard DIR CGROUP NAME...     run one node per NAME below DIR until stdin closes (or SIGTERM)
  node init DIR NAME                first process of a node; only guard runs it
  node clean DIR CGROUP             remove what a killed guard left: cgroups and DIR
  node loadbalancer URL PKI ADDRESS give every LoadBalancer Service ADDRESS; PKI holds ca.crt, admin.crt, admin.key
`

func main() {
	args := os.Args[1:]
	var err error
	switch {
	case len(args) > 3 && args[0] == "guard":
		err = guard(args[1], args[2], args[3:])
	case len(args) == 3 && args[0] == "init":
		err = initNode(args[1], args[2])
	case len(args) == 3 && args[0] == "clean":
		err = clean(args[1], args[2])
	case len(args) == 4 && args[0] == "loadbalancer":
		err = balance(args[1], args[2], args[3])
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "node "+args[0]+":", err)
		os.Exit(1)
	}
}
