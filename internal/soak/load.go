package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// load is what keeps client and server busy, and what it has seen.
type load struct {
	s   settings
	srv *onebottest.Server
	c   *onebot.Client
	rng *rand.Rand // of spoil

	handled, failed, unclassed atomic.Uint64

	mu    sync.Mutex
	last  map[onebot.GroupID]int // the number of the last event of each group
	wrong []string
}

// firstGroup is the first of the groups that events come from.
const firstGroup = 200001

// speak lets the groups speak in turn, with a number that grows in each of them.
func (l *load) speak(ctx context.Context) {
	const beat = 20 * time.Millisecond
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	said, start := 0, time.Now()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		for due := int(time.Since(start).Seconds() * float64(l.s.rate)); said < due && ctx.Err() == nil; said++ {
			l.srv.Say(int64(firstGroup+said%l.s.chats), onebottest.Friend1, strconv.Itoa(said/l.s.chats+1))
		}
	}
}

// handle checks the order, and answers now and then. Numbers may be missing, as nobody repeats what was said while the
// connection was down; none may come twice or late.
func (l *load) handle(ctx context.Context, m *onebot.MessageEvent) error {
	l.handled.Add(1)
	n, err := strconv.Atoi(m.Message.PlainText())
	if err != nil {
		return err
	}
	l.mu.Lock()
	if n <= l.last[m.Chat.Group] && len(l.wrong) < 10 {
		l.wrong = append(l.wrong, fmt.Sprintf("group %d: event %d after %d", m.Chat.Group, n, l.last[m.Chat.Group]))
	}
	l.last[m.Chat.Group] = n
	l.mu.Unlock()
	if n%10 == 0 {
		_, err := m.Reply(ctx, onebot.Text("heard"))
		l.note(err)
	}
	return nil
}

// call asks for something all the time, with and without deadlines.
func (l *load) call(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		short, cancel := context.WithTimeout(ctx, time.Duration(1+i%2000)*time.Millisecond)
		_, err := l.c.Call(short, "get_status", nil)
		cancel()
		l.note(err)
		pause(ctx, 5*time.Millisecond)
	}
}

// note counts failures, and those that are of no class.
func (l *load) note(err error) {
	if err == nil {
		return
	}
	l.failed.Add(1)
	var refused *onebot.ActionError
	if !errors.Is(err, onebot.ErrNotSent) && !errors.Is(err, onebot.ErrOutcomeUnknown) && !errors.As(err, &refused) {
		l.unclassed.Add(1)
	}
}

// spoil makes one thing after the other go wrong.
func (l *load) spoil(ctx context.Context) {
	if l.s.trouble == 0 {
		return
	}
	faults := []onebottest.Fault{
		onebottest.DropBeforeAction(), onebottest.DropBeforeReply(), onebottest.DropAfterReply(), onebottest.Ignore(),
		onebottest.NoReply(), onebottest.Late(time.Second), onebottest.Double(), onebottest.ForeignEcho(),
		onebottest.Fail(0, "no"), onebottest.TimeoutAfterAction(), onebottest.Garble([]byte("{")), onebottest.Padded(1 << 20),
		onebottest.CloseWith(1001, ""), onebottest.CloseWith(1011, "oops"), onebottest.DropConn(), onebottest.RefuseConn(503),
	}
	for pause(ctx, time.Duration(l.rng.ExpFloat64()*float64(l.s.trouble))) {
		switch n := l.rng.IntN(len(faults) + 2); n {
		case len(faults):
			l.srv.DropAll()
		case len(faults) + 1:
			l.srv.Push("\xff no JSON {")
		default:
			l.srv.Fault(faults[n])
		}
	}
	l.srv.ClearFaults()
}

// verdict tells what must not have happened.
func (l *load) verdict() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, w := range l.wrong {
		errs = append(errs, errors.New(w))
	}
	if n := l.unclassed.Load(); n > 0 {
		errs = append(errs, fmt.Errorf("%d errors of no class", n))
	}
	if l.handled.Load() == 0 {
		errs = append(errs, errors.New("no event was handled"))
	}
	return errors.Join(errs...)
}

// pause waits, and reports false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
