package onebot

import (
	"hash/maphash"
	"time"

	"github.com/onebot-go/onebot/transport"
)

// echoes are the events that connections have brought since a newer one began its handshake, and for retireWait after that. A server that
// pushes to two connections says the same on each.
type echoes struct {
	seed  maphash.Seed
	told  map[uint64]uint64 // the connection, by its born, that was the first to say it
	past  map[uint64]uint64 // the same of an echoSpan before
	began time.Time         // told
	until time.Time         // told counts no more, unless more may come again
	late  time.Time         // a late connection may be read until then
}

// echoSpan is how long it may take until the last connection that says something again is known and read.
const echoSpan = nameWait + retireMost

// echoesMax bounds told and past.
const echoesMax = 4 * setupEvents

// once takes an event of s, unless another connection has just said the same. It needs the lock.
func (a *account) once(s *session, f transport.Frame) {
	if !a.said(s, f) {
		a.accept(f)
	}
}

// said tells whether another connection than s has said f, and notes f while there may be one that will. What is said twice on the same
// connection is two.
func (a *account) said(s *session, f transport.Frame) bool {
	more := a.coming != nil || a.hub.dialled(a.self)
	if a.echoes == nil && !more { // as a rule
		return false
	}
	e, now := a.heard(), time.Now()
	if more = more || now.Before(e.late); !more && now.After(e.until) {
		a.echoes = nil
		return false
	}
	if now.Sub(e.began) > echoSpan { // else they would add up where diallers come and go all the time
		e.told, e.past, e.began = make(map[uint64]uint64), e.told, now
	}
	sum := maphash.Bytes(e.seed, f.Data)
	by, told := e.told[sum]
	if !told {
		by, told = e.past[sum]
	}
	switch {
	case told:
		return by != s.born
	case more && len(e.told) < echoesMax:
		e.told[sum], e.until = s.born, now.Add(retireWait)
	}
	return false
}

// heard needs the lock.
func (a *account) heard() *echoes {
	if a.echoes == nil {
		a.echoes = &echoes{seed: maphash.MakeSeed()}
	}
	return a.echoes
}
