package onebot

// PokeSegment is a poke inside a message. The standard and Lagrange name what is shown by Kind and ID; go-cqhttp pokes the user QQ, sends
// nothing else of the message, and answers with the message id 0. NapCat and LLBot leave it out: use their poke actions.
type PokeSegment struct {
	// Kind is the wire key type: a number as text. ID is which of that kind, "-1" for most.
	Kind, ID string
	// Name is the name of the poke, as received (the standard).
	Name string
	// Strength is a number as text (Lagrange).
	Strength string
	// QQ is who is poked (go-cqhttp).
	QQ UserID
	rest
}

// Poke makes a poke of the standard, for example Poke("126", "2003").
func Poke(kind, id string) PokeSegment { return PokeSegment{Kind: kind, ID: id} }

// PokeUser makes go-cqhttp poke a user.
func PokeUser(user UserID) PokeSegment { return PokeSegment{QQ: user} }

// Type is "poke".
func (PokeSegment) Type() string { return "poke" }

// MarshalJSON writes the segment as it is sent.
func (s PokeSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *PokeSegment) fields(c *codec) bool {
	return c.text("type", &s.Kind) ||
		c.text("id", &s.ID) ||
		c.text("name", &s.Name) ||
		c.text("strength", &s.Strength) ||
		c.size("qq", (*int64)(&s.QQ))
}

func (s PokeSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "poke", f)
	s.fields(&c)
	return c.end(s.extra)
}

// ShakeSegment shakes the window of a private chat (the standard, LLBot).
type ShakeSegment struct {
	rest
}

// Shake shakes the window of a private chat.
func Shake() ShakeSegment { return ShakeSegment{} }

// Type is "shake".
func (ShakeSegment) Type() string { return "shake" }

// MarshalJSON writes the segment as it is sent.
func (s ShakeSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (*ShakeSegment) fields(*codec) bool { return false }

func (s ShakeSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "shake", f)
	return c.end(s.extra)
}

// RedBagSegment is a red envelope; only received (go-cqhttp).
type RedBagSegment struct {
	Title string
	rest
}

// Type is "redbag".
func (RedBagSegment) Type() string { return "redbag" }

// MarshalJSON writes the segment as it is sent.
func (s RedBagSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *RedBagSegment) fields(c *codec) bool { return c.text("title", &s.Title) }

func (s RedBagSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "redbag", f)
	s.fields(&c)
	return c.end(s.extra)
}
