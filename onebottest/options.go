package onebottest

import (
	"errors"
	"fmt"
	"time"
)

// config is what the options set.
type config struct {
	token      string
	self       int64
	format     format
	reportSelf bool
	network    *Network
	addr       string
	heartbeat  time.Duration
	packets    bool

	reverseDelay time.Duration
}

func defaultConfig() config {
	return config{self: Account, addr: "127.0.0.1:0", packets: true}
}

// Option sets up a [Server].
type Option func(*config) error

// WithToken sets the access token; without it everybody is let in.
func WithToken(token string) Option {
	return func(c *config) error {
		c.token = token
		return nil
	}
}

// WithAccount sets the number of the bot's account; the default is [Account]. It must be positive.
func WithAccount(self int64) Option {
	return func(c *config) error {
		if self <= 0 {
			return fmt.Errorf("onebottest: account %d is not positive", self)
		}
		c.self = self
		return nil
	}
}

// WithMessageFormat sets how messages are written: "array", the default, or "string" for CQ strings.
func WithMessageFormat(name string) Option {
	return func(c *config) error {
		switch name {
		case "array":
			c.format = arrayFormat
		case "string":
			c.format = stringFormat
		default:
			return fmt.Errorf("onebottest: unknown message format %q", name)
		}
		return nil
	}
}

// WithReportSelf pushes an event for every message that the bot sends. Servers do so only when told; Lagrange and the bare standard
// give such events the post type "message", the others "message_sent".
func WithReportSelf() Option {
	return func(c *config) error {
		c.reportSelf = true
		return nil
	}
}

// WithHeartbeat pushes a heartbeat to every event connection at this interval; zero, the default, pushes none.
func WithHeartbeat(interval time.Duration) Option {
	return func(c *config) error {
		if interval < 0 {
			return fmt.Errorf("onebottest: heartbeat interval %s is negative", interval)
		}
		c.heartbeat = interval
		return nil
	}
}

// WithAddr sets the address to listen on, "host:port"; the default is a free port of 127.0.0.1. A server that takes the address
// of a closed one plays its restart.
func WithAddr(addr string) Option {
	return func(c *config) error {
		c.addr = addr
		return nil
	}
}

// InMemory gives the server a [Network] of its own in place of sockets: [Server.DialContext] reaches it, nothing else does.
func InMemory() Option { return WithNetwork(NewNetwork()) }

// WithNetwork puts the server into a network in memory, which several servers may share; one that NewNetwork did not make is an error.
func WithNetwork(n *Network) Option {
	return func(c *config) error {
		if n == nil || n.listeners == nil {
			return errors.New("onebottest: a network that NewNetwork did not make")
		}
		c.network = n
		return nil
	}
}

// WithoutPackets plays a NapCat whose packet backend is off: answers to forward sends have no res_id and no forward_id. The
// other personas do not change.
func WithoutPackets() Option {
	return func(c *config) error {
		c.packets = false
		return nil
	}
}

// WithReverseDelay sets how long [Server.StayReverse] waits before it dials again, in place of the persona's 3 or 5 s.
func WithReverseDelay(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("onebottest: delay %s is not positive", d)
		}
		c.reverseDelay = d
		return nil
	}
}
