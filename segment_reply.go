package onebot

// ReplySegment quotes a message. At least one of ID, Seq and Text must be set.
type ReplySegment struct {
	// ID is the quoted message. Of one that the server does not know NapCat and LLBot leave the quote out, Lagrange fails the call.
	ID MessageID
	// Seq is the server's sequence of the quoted message: received from go-cqhttp (extra-reply-data), accepted by NapCat.
	Seq int64
	// QQ, Time (Unix seconds) and Text are author, time and text of the quoted message: received from go-cqhttp
	// (extra-reply-data), and accepted by it, without an ID, as a quote of something that was never said.
	QQ   UserID
	Time int64
	Text string
	rest
}

// Reply quotes a message.
func Reply(id MessageID) ReplySegment { return ReplySegment{ID: id} }

// Type is "reply".
func (ReplySegment) Type() string { return "reply" }

// MarshalJSON writes the segment as it is sent.
func (s ReplySegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *ReplySegment) fields(c *codec) bool {
	return c.text("id", (*string)(&s.ID)) ||
		c.size("seq", &s.Seq) ||
		c.size("qq", (*int64)(&s.QQ)) ||
		c.size("time", &s.Time) ||
		c.text("text", &s.Text)
}

func (s *ReplySegment) check() error {
	if s.ID == "" && s.Seq == 0 && s.Text == "" && s.extra == "" {
		return errMissing("message id")
	}
	return nil
}

func (s ReplySegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	if !f.cq && s == (ReplySegment{ID: s.ID}) {
		return appendSingle(dst, `{"type":"reply","data":{"id":"`, string(s.ID)), nil
	}
	c := beginSegment(dst, "reply", f)
	s.fields(&c)
	return c.end(s.extra)
}
