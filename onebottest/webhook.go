package onebottest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// webhookTimeout is how long one POST may take.
const webhookTimeout = 5 * time.Second

// hook gets events one by one: a URL by HTTP POST, or a client of the stream of server-sent events.
type hook struct {
	url, secret string
	out         chan []byte
	gone        <-chan struct{} // closed when the client has gone; nil for a URL
	cut         chan struct{}   // closed to cut the stream, under the lock; nil for a URL
}

// PostTo sends every event from now on to url by HTTP POST, one after the other, signed when secret is not empty. An event waits
// until the one before has been answered: up to 3 s where its handler waits, in Next for example. What the bot answers is carried
// out as a quick operation as far as the persona does that: reply, auto_escape, at_sender and delete; Lagrange ignores answers.
// NapCat sends no meta events this way. A failed POST is not repeated. A server with a network in memory posts inside that network.
func (s *Server) PostTo(url, secret string) {
	if !s.enter() {
		return
	}
	h := &hook{url: url, secret: secret, out: make(chan []byte, outQueue)}
	s.mu.Lock()
	s.hooks = append(slices.Clone(s.hooks), h)
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		s.post(h)
	}()
}

// post delivers the events of a hook until the server closes.
func (s *Server) post(h *hook) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tr := &http.Transport{DialContext: s.DialContext}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, Timeout: webhookTimeout}
	for {
		select {
		case body := <-h.out:
			answered := make(chan []byte, 1)
			s.running.Go(func() { answered <- s.postOne(ctx, client, h, body) })
			select {
			case answer := <-answered:
				s.quick(body, answer)
			case <-s.done:
				return
			}
		case <-s.done:
			return
		}
	}
}

// postOne makes one request and gives the body of a 2xx answer; nil otherwise.
func (s *Server) postOne(ctx context.Context, client *http.Client, h *hook, body []byte) []byte {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return nil
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Self-ID", strconv.FormatInt(s.cfg.self, 10))
	req.Header.Set("User-Agent", "") // none, instead of net/http's
	if s.persona == GoCQHTTP {
		req.Header.Set("User-Agent", "CQHttp/4.15.0")
	}
	if h.secret != "" {
		req.Header.Set("X-Signature", "sha1="+Sign(h.secret, body))
	}
	if s.persona == NapCat {
		req.ContentLength = -1 // It streams the body (dialects 6.3).
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil || resp.StatusCode/100 != 2 {
		return nil
	}
	return answer
}

// Sign gives the hexadecimal HMAC-SHA1 of a body, what follows "sha1=" in X-Signature.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = mac.Write(body) // a hash never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// quick carries out the quick operation in an answer to an event (dialects 6.3).
func (s *Server) quick(event, answer []byte) {
	v, err := decode(answer)
	op, ok := v.(object)
	ev, evErr := decode(event)
	about, isObject := ev.(object)
	if err != nil || !ok || evErr != nil || !isObject || s.persona == Lagrange {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.state.ids[params(about).int("message_id")]
	if m == nil || toText(params(about).get("post_type")) != "message" {
		return
	}
	if params(op).has("reply") {
		s.quickReply(m, params(op))
	}
	if truthy(params(op).get("delete")) && s.persona != NapCat && s.state.mayDelete(m) {
		m.recalled = true
		s.publish(s.dialect.recall(s.state, m, s.state.self))
	}
}

// quickReply sends the reply; NapCat quotes in groups, LLBot always, at_sender is off unless asked for.
func (s *Server) quickReply(m *message, op params) {
	value := op.get("reply")
	segs := readSegments(value, truthy(op.get("auto_escape")))
	if m.chat.isGroup() && truthy(op.get("at_sender")) {
		segs = append([]segment{{"at", object{{"qq", strconv.FormatInt(m.author, 10)}}}}, segs...)
	}
	if s.persona == LLBot || s.persona == NapCat && m.chat.isGroup() {
		segs = append([]segment{{"reply", object{{"id", strconv.FormatInt(m.id, 10)}}}}, segs...)
	}
	s.deliver(&Call{Action: ".handle_quick_operation"}, m.chat, segs, value)
}

// hooked tells whether a webhook of the persona gets the event (dialects 6.3).
func (s *Server) hooked(data []byte) bool {
	return s.persona != NapCat || !strings.Contains(string(data), `"post_type":"meta_event"`)
}

// offer queues an event for a hook and waits for room. It gives up when the server closes.
func (s *Server) offer(h *hook, data []byte) {
	select {
	case h.out <- data:
	case <-h.gone:
	case <-s.done:
	}
}
