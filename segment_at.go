package onebot

import "github.com/onebot-go/onebot/internal/wire"

// AtSegment mentions a member of the group, or everybody. With neither User nor All it cannot be sent.
type AtSegment struct {
	// User is who is mentioned; 0 when All is set.
	User UserID
	// All mentions everybody. Without the right to do so go-cqhttp sends it as text, LLBot leaves it out.
	All bool
	// Name is the name shown, where the server tells it. When sent only go-cqhttp and LLBot look at it.
	Name string
	rest
}

// At mentions one member of the group.
func At(user UserID) AtSegment { return AtSegment{User: user} }

// AtAll mentions everybody in the group.
func AtAll() AtSegment { return AtSegment{All: true} }

// Type is "at".
func (AtSegment) Type() string { return "at" }

// MarshalJSON writes the segment as it is sent.
func (s AtSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *AtSegment) fields(c *codec) bool {
	return s.target(c) || c.text("name", &s.Name)
}

// target is who is mentioned: a number or "all". go-cqhttp calls it target as well.
func (s *AtSegment) target(c *codec) bool {
	switch {
	case !c.writing:
		if c.key != "qq" && c.key != "target" {
			return false
		}
		text, ok := c.readText()
		n, number := wire.ParseInt(text)
		switch {
		case !ok || text == "":
		case text == "all":
			s.All = true
		case number && n > 0:
			s.User = UserID(n)
		default:
			c.keepText(text)
		}
		return true
	case s.All:
		c.put("qq", "all")
	case s.User != 0:
		c.putInt("qq", int64(s.User), true)
	}
	return false
}

func (s *AtSegment) check() error {
	if !s.All && s.User <= 0 && s.extra == "" {
		return errMissing("user")
	}
	return nil
}

func (s AtSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	if !f.cq && s == (AtSegment{User: s.User}) {
		dst = append(dst, `{"type":"at","data":{"qq":`...)
		return append(wire.AppendIntString(dst, int64(s.User)), "}}"...), nil
	}
	c := beginSegment(dst, "at", f)
	s.fields(&c)
	return c.end(s.extra)
}

// AnonymousSegment asks for the message to be sent anonymously. It is part of the standard and only ever sent; go-cqhttp sends it as
// text, NapCat fails, LLBot and Lagrange leave it out.
type AnonymousSegment struct {
	// Ignore sends the message under the account's name where it cannot be anonymous.
	Ignore bool
	rest
}

// AnonymousMark makes the message anonymous, or, with ignore, anonymous if possible.
func AnonymousMark(ignore bool) AnonymousSegment { return AnonymousSegment{Ignore: ignore} }

// Type is "anonymous".
func (AnonymousSegment) Type() string { return "anonymous" }

// MarshalJSON writes the segment as it is sent.
func (s AnonymousSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *AnonymousSegment) fields(c *codec) bool { return c.flag("ignore", `"1"`, &s.Ignore) }

func (s AnonymousSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "anonymous", f)
	s.fields(&c)
	return c.end(s.extra)
}
