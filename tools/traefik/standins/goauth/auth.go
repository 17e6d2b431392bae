// Package auth stands in for the library of the same path in Traefik's middlewares for passwords, which no route of ours uses.
// Nobody is let in.
package auth

import "net/http"

// BasicAuth lets nobody in.
type BasicAuth struct {
	Realm   string
	Secrets func(user, realm string) string
}

// RequireAuth refuses.
func (*BasicAuth) RequireAuth(w http.ResponseWriter, _ *http.Request) { refuse(w) }

// DigestAuth lets nobody in.
type DigestAuth struct{}

// NewDigestAuthenticator makes one.
func NewDigestAuthenticator(string, func(user, realm string) string) *DigestAuth {
	return &DigestAuth{}
}

// CheckAuth finds no user.
func (*DigestAuth) CheckAuth(*http.Request) (string, *string) { return "", nil }

// RequireAuth refuses.
func (*DigestAuth) RequireAuth(w http.ResponseWriter, _ *http.Request) { refuse(w) }

// RequireAuthStale refuses.
func (*DigestAuth) RequireAuthStale(w http.ResponseWriter, _ *http.Request) { refuse(w) }

// DigestAuthParams reads nothing.
func DigestAuthParams(string) map[string]string { return nil }

// CheckSecret takes no password for right.
func CheckSecret(string, string) bool { return false }

func refuse(w http.ResponseWriter) {
	http.Error(w, "this build knows no passwords", http.StatusUnauthorized)
}
