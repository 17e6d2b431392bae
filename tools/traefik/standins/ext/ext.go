// Package ext stands in for a part of Traefik that its module leaves out: fields that extensions add.
package ext

// HTTP has none.
type HTTP struct{}

// Router has none.
type Router struct{}
