package http

import (
	"context"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// hosts are those that a step may call.
type hosts struct {
	system   string
	open     bool     // some are named by variables that are not filled in
	named    []string // host:port, or host for the scheme's own port, in small letters
	networks []netip.Prefix
}

// newHosts reads the hosts of a system; getenv fills in variables, nil leaves
// them open.
func newHosts(s flow.NamedSystem, getenv func(string) string) hosts {
	h := hosts{system: s.Name}
	for _, host := range s.Hosts {
		if m := fromVariable.FindStringSubmatch(host); m != nil {
			if getenv == nil {
				h.open = true
				continue
			}
			host = strings.TrimSpace(getenv(m[1]))
		}
		host = strings.ToLower(host)
		if p, err := netip.ParsePrefix(host); err == nil {
			h.networks = append(h.networks, p.Masked())
			continue
		}
		h.named = append(h.named, host)
		name := host
		if n, _, err := net.SplitHostPort(host); err == nil {
			name = n
		}
		if name == "localhost" {
			h.networks = append(h.networks, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		} else if a, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
			h.networks = append(h.networks, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return h
}

// names says whether an address is at one of the hosts.
func (h hosts) names(address string) error {
	u, err := checkBase(address)
	if err != nil {
		return err
	}
	host := strings.ToLower(u.Host)
	bare := strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	for _, n := range h.named {
		if n == host || n == bare {
			return nil
		}
	}
	if h.open {
		return nil
	}
	return fmt.Errorf("the host %q is none of the system %q: the workflow names %s", u.Host, h.system, strings.Join(h.named, ", "))
}

// inside are the addresses that no public name leads to: of the machine
// itself, of private networks, and of the services that clouds give their
// machines' secrets by.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

var errInside = errors.New("is not public")

// reachable says whether a connection may be made to an address, whatever name
// led to it.
func (h hosts) reachable(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, p := range h.networks {
		if p.Contains(a) {
			return nil
		}
	}
	public := a.IsGlobalUnicast() && !a.IsPrivate()
	for _, p := range inside {
		public = public && !p.Contains(a)
	}
	if public {
		return nil
	}
	return fmt.Errorf("%s %w: name it, or its network, among the hosts of the system %q, if that is right", a, errInside, h.system)
}

// errRedirect is a redirect that is not followed.
var errRedirect = errors.New("redirects")

// client makes calls to these hosts alone. It goes through no proxy: a proxy
// would be the one to find the host's address.
func (h hosts) client() *nethttp.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return h.reachable(a.Addr())
	}}
	t := nethttp.DefaultTransport.(*nethttp.Transport).Clone()
	t.Proxy = nil
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 256
	t.MaxResponseHeaderBytes = 64 << 10
	return &nethttp.Client{Transport: t, CheckRedirect: func(req *nethttp.Request, via []*nethttp.Request) error {
		first := via[0]
		switch {
		case origin(req.URL) != origin(first.URL):
			return fmt.Errorf("it %w to another host, %q: refused", errRedirect, req.URL.Host)
		case req.Method != first.Method:
			return fmt.Errorf("it %w with a status that drops the question", errRedirect)
		case len(via) > 3:
			return fmt.Errorf("it %w in a circle", errRedirect)
		}
		return nil
	}}
}

func origin(u *url.URL) string { return u.Scheme + "://" + strings.ToLower(u.Host) }
