package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/onebot-go/onebot/internal/header"
	"github.com/onebot-go/onebot/internal/wire"
	"github.com/onebot-go/onebot/transport"
)

const (
	// retcodeUnknownAction stands in a Response that was made of a bare 404.
	retcodeUnknownAction = 1404
	// bodyInError is how much of a foreign body an HTTPError keeps.
	bodyInError = 200
	// bodyInMask is how much of it is searched for secrets.
	bodyInMask = 4 << 10
	// refusalTimeout is how long a server may take to tell the page of a refusal.
	refusalTimeout = time.Second
	// endTimeout is how long it may leave a body open after the last part of its answer.
	endTimeout = time.Second
)

// readAnswer makes a Response of a body, of which err tells why no more of it could be read.
func (c *Caller) readAnswer(resp *http.Response, body []byte, err error) (*transport.Response, error) {
	switch {
	case err != nil && resp.StatusCode/100 == 2:
		return nil, unknown(c.hide(err))
	case err != nil:
		// The status tells that this is no lost connection: what is behind a gateway may still be at work.
		return nil, c.noAnswer(resp, body, c.hide(err))
	}
	var last *transport.Response
	l := wire.BytesLexer(body)
	for l.Peek() == wire.Object {
		reply, err := wire.ReadReply(&l)
		if err != nil {
			// Also where a later one of several documents is broken: the last one is the answer.
			break
		}
		answer, ok := newResponse(resp, &reply)
		if !ok {
			return nil, unknown(c.httpError(resp, body))
		}
		last = answer
	}
	if last != nil && l.End() == nil {
		if last.Partial {
			return nil, unknown(io.ErrUnexpectedEOF) // the last part is missing
		}
		return last, nil
	}
	if resp.StatusCode == http.StatusNotFound && (len(bytes.TrimSpace(body)) == 0 || isJSON(body)) {
		return unknownAction(resp), nil
	}
	return nil, c.noAnswer(resp, body, nil)
}

// noAnswer is for what is no OneBot answer, of which err tells why no more of it could be read. A page with 404 comes from a gateway or
// a server of another kind, which has performed nothing; it is no word of a OneBot server about an action either.
func (c *Caller) noAnswer(resp *http.Response, body []byte, err error) error {
	class := transport.ErrOutcomeUnknown
	if resp.StatusCode == http.StatusNotFound {
		class = transport.ErrNotSent
	}
	he := c.httpError(resp, body)
	if err != nil {
		return fmt.Errorf("%w: %w: %w", class, he, err)
	}
	return fmt.Errorf("%w: %w", class, he)
}

// readParts hands on the answers of a body one by one.
func (c *Caller) readParts(f *flight, resp *http.Response, part func(*transport.Response) bool) error {
	if resp.StatusCode != http.StatusOK {
		// What the servers answer with another status is one document.
		body, err := readAll(nil, resp.Body, c.readLimit)
		answer, err := c.readAnswer(resp, body, err)
		if err == nil {
			part(answer)
		}
		return err
	}
	docs := newDocuments(resp.Body, c.readLimit)
	doc, err := docs.next()
	for n := 0; ; n++ {
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return nil
		case errors.Is(err, io.EOF), errors.Is(err, errNotJSON):
			return unknown(c.httpError(resp, docs.rest()))
		case err != nil:
			return unknown(c.hide(err))
		}
		l := wire.BytesLexer(doc)
		reply, bad := wire.ReadReply(&l)
		if bad != nil {
			return unknown(c.httpError(resp, doc))
		}
		answer, _ := newResponse(resp, &reply)
		if !part(answer) {
			return nil
		}
		doc, err = c.nextPart(f, docs, answer.Partial)
	}
}

// nextPart gives what follows on a part.
func (c *Caller) nextPart(f *flight, docs *documents, partial bool) ([]byte, error) {
	if partial {
		doc, err := docs.next()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // the last part is missing
		}
		return doc, err
	}
	late := time.AfterFunc(endTimeout, func() { c.flights.Leave(&f.Member) })
	doc, err := docs.next()
	if !late.Stop() && err != nil {
		if err = io.EOF; len(docs.rest()) > 0 { // else nothing is missing but the end
			err = io.ErrUnexpectedEOF
		}
	}
	return doc, err
}

func isJSON(body []byte) bool {
	l := wire.BytesLexer(body)
	l.Skip()
	return l.End() == nil
}

// refusal gives the errors that are told by the status alone. It reads no more of the page than fits into an error, and not for
// long: a gateway may hold its page open.
func (c *Caller) refusal(f *flight, resp *http.Response) error {
	var class error
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		class = fmt.Errorf("%w: %w", transport.ErrNotSent, transport.ErrUnauthorized)
	case http.StatusTooManyRequests:
		class = transport.ErrNotSent
	default:
		return nil
	}
	late := time.AfterFunc(refusalTimeout, func() { c.flights.Leave(&f.Member) })
	defer late.Stop()
	body, _ := readAll(nil, resp.Body, bodyInMask) // for the text of the error only, so what came of it will do
	return fmt.Errorf("%w: %w", class, c.httpError(resp, body))
}

// newResponse makes a Response of one envelope. A gateway's own JSON ({"status":502}) is not taken for an answer: where
// the HTTP status is no success the envelope has to say that the action failed.
func newResponse(resp *http.Response, reply *wire.Reply) (*transport.Response, bool) {
	success := resp.StatusCode >= 200 && resp.StatusCode <= 299
	if failed := reply.Status == "failed" || reply.Status == "" && reply.Retcode != 0; !success && !failed {
		return unknownAction(resp), resp.StatusCode == http.StatusNotFound
	}
	answer := &transport.Response{
		Status:     statusText(reply.Status),
		Retcode:    reply.Retcode,
		Message:    strings.Clone(reply.Message),
		HTTPStatus: resp.StatusCode,
		RetryAfter: header.RetryAfter(resp.Header),
		Partial:    reply.Partial,
	}
	if answer.Wording = answer.Message; reply.Wording != reply.Message {
		answer.Wording = strings.Clone(reply.Wording)
	}
	if answer.Data = []byte(reply.Data); len(answer.Data) == 0 {
		answer.Data = []byte("null")
	}
	return answer, true
}

// statusText copies a status, without an allocation for the usual ones.
func statusText(status string) string {
	switch status {
	case "ok":
		return "ok"
	case "failed":
		return "failed"
	default:
		return strings.Clone(status)
	}
}

// unknownAction is what a 404 without an envelope means (OneBot 11, communication/http.md).
func unknownAction(resp *http.Response) *transport.Response {
	return &transport.Response{
		Status: "failed", Retcode: retcodeUnknownAction, Data: []byte("null"), HTTPStatus: resp.StatusCode,
		RetryAfter: header.RetryAfter(resp.Header),
	}
}

// httpError tells of an answer by its body, or by what was read of it.
func (e *endpoint) httpError(resp *http.Response, body []byte) *transport.HTTPError {
	return &transport.HTTPError{
		Status:     resp.StatusCode,
		RetryAfter: header.RetryAfter(resp.Header),
		Body:       []byte(e.mask.Start(string(body[:min(len(body), bodyInMask)]), bodyInError)),
	}
}
