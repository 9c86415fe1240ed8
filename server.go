package onebot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"github.com/onebot-go/onebot/internal/backoff"
)

// ServerInfo is what get_version_info tells.
type ServerInfo struct {
	// Name is app_name ("NapCat.Onebot"), Version app_version, Protocol protocol_version ("v11").
	Name, Version, Protocol string
	// Dialect is that of Name, or the one given by WithDialect.
	Dialect Dialect
}

// serverCache holds the answer for the life of one connection: behind the same address another server may stand tomorrow.
type serverCache struct {
	mu      sync.Mutex
	info    ServerInfo
	ok      bool
	quiet   silence       // where not ok: how it has let a question go unanswered
	expires time.Time     // of either; zero: does not, as the transport tells when a connection ends
	asking  chan struct{} // closed when the question under way has its answer
	epoch   int
	agent   Dialect // what the server's handshake says, where it dialled; Standard for nothing
}

// hint keeps what a handshake says.
func (s *serverCache) hint(d Dialect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agent = d
}

// silence is how a server has not answered.
type silence uint8

const (
	talks    silence = iota
	noneSoon         // no answer within versionWait
	noAnswer         // none before the call's timeout
)

// told gives what can be told without asking: known says that there is no use in a question, as the answer is there or there will
// be none, not within versionWait where soon is set. epoch is for unanswered.
func (s *serverCache) told(soon bool) (d Dialect, known bool, epoch int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.agent != Standard:
		return s.agent, true, s.epoch
	case s.fresh():
		return s.info.Dialect, true, s.epoch
	}
	quiet := time.Now().Before(s.expires) && (s.quiet == noAnswer || s.quiet == noneSoon && soon)
	return Standard, quiet, s.epoch
}

// fresh tells whether the answer is there and holds. It needs the lock.
func (s *serverCache) fresh() bool {
	return s.ok && (s.expires.IsZero() || time.Now().Before(s.expires))
}

// unanswered notes it for the connection, and for no longer than an answer would hold.
func (s *serverCache) unanswered(how silence, epoch int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch == epoch && !s.fresh() {
		s.ok, s.quiet, s.expires = false, max(s.quiet, how), time.Now().Add(withoutConnection)
	}
}

const withoutConnection = 5 * time.Minute

// forget makes the next one who needs to know ask again.
func (s *serverCache) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.info, s.ok, s.quiet = ServerInfo{}, false, talks
	s.epoch++
}

// known gives what is known without asking, the zero value when nothing is.
func (s *serverCache) known() ServerInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := s.info
	if s.agent != Standard {
		info.Dialect = s.agent
	}
	return info
}

// Server tells which server it is, asked once per connection, and where the transport tells of none, as over HTTP, again after five
// minutes. Where the server has no get_version_info the names stay empty and the Dialect is Standard, or the one given by WithDialect; only
// a call that got no answer gives an error.
//
// OneBot action: get_version_info (OneBot 11, api/public.md).
func (c *Client) Server(ctx context.Context) (ServerInfo, error) {
	s := &c.server
	for {
		s.mu.Lock()
		if s.fresh() {
			info := s.info
			s.mu.Unlock()
			return info, nil
		}
		if wait := s.asking; wait != nil {
			s.mu.Unlock()
			select {
			case <-wait:
				continue // it may have failed for its caller's reasons: then ask ourselves
			case <-ctx.Done():
				return ServerInfo{}, fmt.Errorf("onebot: get_version_info: %w: %w", ErrNotSent, ctx.Err())
			}
		}
		asking, epoch := make(chan struct{}), s.epoch
		s.asking = asking
		s.mu.Unlock()
		return c.askFor(ctx, asking, epoch)
	}
}

// askFor asks, and lets go on who waits for the answer, also where an interceptor does not return.
func (c *Client) askFor(ctx context.Context, asking chan struct{}, epoch int) (info ServerInfo, err error) {
	s, returned := &c.server, false
	defer func() {
		s.mu.Lock()
		s.asking = nil
		if returned && err == nil && s.epoch == epoch {
			s.info, s.ok, s.quiet = info, true, talks
			if s.expires = (time.Time{}); !c.watched.Load() {
				s.expires = time.Now().Add(withoutConnection)
			}
		}
		s.mu.Unlock()
		close(asking)
	}()
	info, err = c.askVersion(ctx)
	returned = true
	return info, err
}

// askVersion takes every answer for one: a server that says nothing that can be understood is a server too.
func (c *Client) askVersion(ctx context.Context) (ServerInfo, error) {
	var info ServerInfo
	resp, err := c.Call(ctx, "get_version_info", nil)
	var refused *ActionError
	switch {
	case errors.As(err, &refused):
	case err != nil:
		return ServerInfo{}, err
	default:
		said := gjson.ParseBytes(resp.Data)
		info = ServerInfo{
			Name: said.Get("app_name").String(), Version: said.Get("app_version").String(), Protocol: said.Get("protocol_version").String(),
		}
		info.Dialect = DialectOf(info.Name)
	}
	if c.cfg.hasDialect {
		info.Dialect = c.cfg.dialect
	}
	return info, nil
}

// dialectOf gives the dialect, asking the server only where neither an option nor its handshake said it. One that does not answer
// counts as Standard from then on.
func (c *Client) dialectOf(ctx context.Context) (Dialect, error) { return c.askDialect(ctx, 0) }

// versionWait is how long an answer is waited for that nothing but the library's own bookkeeping needs.
const versionWait = 3 * time.Second

// dialectSoon is dialectOf for who can do without: it takes no longer than versionWait.
func (c *Client) dialectSoon(ctx context.Context) (Dialect, error) {
	return c.askDialect(ctx, versionWait)
}

func (c *Client) askDialect(ctx context.Context, within time.Duration) (Dialect, error) {
	if c.cfg.hasDialect {
		return c.cfg.dialect, nil
	}
	d, known, epoch := c.server.told(within > 0)
	if known {
		return d, nil
	}
	asking, how := ctx, noAnswer
	if within > 0 {
		var cancel context.CancelFunc
		asking, cancel = context.WithTimeout(ctx, within)
		defer cancel()
		how = noneSoon
	}
	info, err := c.Server(asking)
	if errors.Is(err, ErrOutcomeUnknown) && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		c.server.unanswered(how, epoch)
		return Standard, nil
	}
	return info.Dialect, err
}

// Self gives the account's number: from the stream of events where one has been seen, else from get_login_info.
//
// OneBot action: get_login_info (OneBot 11, api/public.md).
func (c *Client) Self(ctx context.Context) (UserID, error) {
	if id := c.self.Load(); id != 0 {
		return UserID(id), nil
	}
	data, err := Do[struct {
		UserID UserID `json:"user_id"`
	}](ctx, c, "get_login_info", nil)
	if err != nil {
		return 0, err
	}
	if data.UserID == 0 {
		return 0, fmt.Errorf("onebot: get_login_info: no user_id in the answer: %w", ErrOutcomeUnknown)
	}
	c.self.CompareAndSwap(0, int64(data.UserID))
	return data.UserID, nil
}

// probe asks an HTTP server for its version. Every answer proves that a OneBot server is there.
func (c *Client) probe(ctx context.Context) error {
	if _, err := c.Server(ctx); err != nil {
		return err
	}
	return nil
}

// pause waits before the next attempt, and reports false where ctx ended first.
func pause(ctx context.Context, waits *backoff.Sequence) bool {
	timer := time.NewTimer(waits.Next())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
