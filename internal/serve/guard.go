package serve

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// hosts are the names by which an endpoint may be called. A page of a stranger
// that makes its own name point here (DNS rebinding) calls it by another.
func hosts(addr net.Addr, also []string) []string {
	out := []string{"localhost", "127.0.0.1", "::1"}
	if a, err := netip.ParseAddrPort(addr.String()); err == nil && !a.Addr().IsUnspecified() {
		out = append(out, a.Addr().Unmap().String())
	}
	for _, name := range also {
		out = append(out, strings.ToLower(name))
	}
	return out
}

// guard refuses what comes from pages of others, or under another name.
func (h *handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case !slices.Contains(h.hosts, bare(r.Host)):
			refuse(w, http.StatusMisdirectedRequest, "host %q is not this service: name it with --host if it is", r.Host)
		case foreign(r):
			refuse(w, http.StatusForbidden, "requests from pages of other origins are refused")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// bare is a host without its port.
func bare(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// foreign says whether a browser sent it for a page from elsewhere.
func foreign(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}
