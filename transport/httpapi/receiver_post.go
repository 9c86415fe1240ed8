package httpapi

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

// post is one event whose sender waits for the reply.
type post struct {
	// key is what recents knows it by, zero where it does not.
	key [sha256.Size]byte
	// settled is closed when there is nothing left to wait for.
	settled chan struct{}

	mu   sync.Mutex
	over bool
	op   []byte
	bad  *refusal // why nobody gets it
}

func newPost() *post { return &post{settled: make(chan struct{})} }

// quick is the Quick of the post's frame.
func (p *post) quick(op []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return false
	}
	p.op = bytes.Clone(op)
	p.settle()
	return true
}

// done is the Done of the post's frame.
func (p *post) done(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return
	}
	switch {
	case errors.Is(err, transport.ErrOverflow):
		p.bad = errDropped
	case err != nil:
		p.bad = errNobody
	}
	p.settle()
}

func (p *post) settle() {
	p.over = true
	close(p.settled)
}

// close ends the wait and tells what came of it. No quick operation is taken afterwards.
func (p *post) close() (op []byte, bad *refusal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	return p.op, p.bad
}

const (
	repeatWithin = time.Minute
	// maxRecent bounds what is remembered; beyond it the oldest posts are forgotten before their minute is over.
	maxRecent = 4096
)

// goCQHTTP begins the User-Agent of go-cqhttp's posts.
const goCQHTTP = "CQHttp/"

// repeatable tells whether a second post with the same body is the same event. A message is told by its id, whoever posts it
// again: the server, or a proxy in between. Of what has no id of its own, or that of another event, two can be equal and still
// be two: pokes, or a reaction that is taken back and given again, within the second that their time counts. Only go-cqhttp
// posts again, so only its posts are taken for one then, rather than that a notice is handled twice; NapCat, LLBot, onebots
// and Lagrange post an event once.
func repeatable(agent string, body []byte, head *wire.Head) bool {
	if strings.HasPrefix(agent, goCQHTTP) {
		return true
	}
	if head.Kind != wire.FrameEvent || head.Post != wire.PostMessage && head.Post != wire.PostMessageSent {
		return false
	}
	switch string(head.ID.Of(body)) {
	case "", "null", "0", `""`:
		return false
	}
	return true
}

// postKey tells apart what was posted for whom.
func postKey(account string, body []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(account))
	h.Write([]byte{0})
	h.Write(body)
	var key [sha256.Size]byte
	h.Sum(key[:0])
	return key
}

// recentPosts remembers the posts of the last minute.
type recentPosts struct {
	at map[[sha256.Size]byte]time.Time
	// ring holds the keys of at from the oldest, next, on; a key that was forgotten may still stand in it.
	ring []recentPost
	next int
}

type recentPost struct {
	key [sha256.Size]byte
	at  time.Time
}

func newRecentPosts() recentPosts {
	return recentPosts{at: make(map[[sha256.Size]byte]time.Time)}
}

// add remembers a post, and reports false where it was there within the last minute.
func (r *recentPosts) add(key [sha256.Size]byte, now time.Time) bool {
	if at, ok := r.at[key]; ok && now.Sub(at) < repeatWithin {
		return false
	}
	entry := recentPost{key, now}
	if len(r.ring) < maxRecent {
		r.ring = append(r.ring, entry)
	} else {
		oldest := &r.ring[r.next]
		if r.at[oldest.key].Equal(oldest.at) {
			delete(r.at, oldest.key)
		}
		*oldest = entry
		r.next = (r.next + 1) % maxRecent
	}
	r.at[key] = now
	return true
}

// forget makes a later post with the same key count as the first.
func (r *recentPosts) forget(key [sha256.Size]byte) { delete(r.at, key) }
