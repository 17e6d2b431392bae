// Command kindcheck loads a kind configuration exactly as `kind create cluster --config FILE --name NAME`
// would: strictly, with kind's defaults, then validated. It prints nothing and exits 0 when kind would accept the file.
//
// The module's path lies below sigs.k8s.io/kind because kind's loader is internal to that path.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kind/pkg/internal/apis/config/encoding"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: kindcheck FILE NAME")
		os.Exit(2)
	}
	cluster, err := encoding.Load(os.Args[1])
	if err == nil {
		cluster.Name = os.Args[2]
		err = cluster.Validate()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
