package onebot

import (
	"encoding/json"
)

// JSONSegment is a card: an application message in JSON. NapCat gives the forwards that the account itself has sent as cards.
type JSONSegment struct {
	// Data is the JSON text of the card.
	Data string
	// ResID is go-cqhttp's resid.
	ResID string
	rest
}

// JSON makes a card from its JSON text.
func JSON(data string) JSONSegment { return JSONSegment{Data: data} }

// Type is "json".
func (JSONSegment) Type() string { return "json" }

// MarshalJSON writes the segment as it is sent.
func (s JSONSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *JSONSegment) fields(c *codec) bool {
	return c.text("data", &s.Data) ||
		c.text("resid", &s.ResID)
}

func (s JSONSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "json", f)
	s.fields(&c)
	return c.end(s.extra)
}

// XMLSegment is a card in XML. NapCat and LLBot leave it out when sending.
type XMLSegment struct {
	// Data is the XML text.
	Data string
	// ResID is go-cqhttp's resid, ServiceID Lagrange's service_id (35 when 0).
	ResID     string
	ServiceID int64
	rest
}

// XML makes a card from its XML text (the standard, go-cqhttp, Lagrange).
func XML(data string) XMLSegment { return XMLSegment{Data: data} }

// Type is "xml".
func (XMLSegment) Type() string { return "xml" }

// MarshalJSON writes the segment as it is sent.
func (s XMLSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *XMLSegment) fields(c *codec) bool {
	return c.text("data", &s.Data) ||
		c.text("resid", &s.ResID) ||
		c.num("service_id", &s.ServiceID)
}

func (s XMLSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "xml", f)
	s.fields(&c)
	return c.end(s.extra)
}

// MarkdownSegment is a text in Markdown. LLBot leaves it out when sending, go-cqhttp sends it as text.
type MarkdownSegment struct {
	Content string
	rest
}

// Markdown makes a text in Markdown (NapCat, Lagrange).
func Markdown(content string) MarkdownSegment { return MarkdownSegment{Content: content} }

// Type is "markdown".
func (MarkdownSegment) Type() string { return "markdown" }

// MarshalJSON writes the segment as it is sent.
func (s MarkdownSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *MarkdownSegment) fields(c *codec) bool { return c.text("content", &s.Content) }

func (s MarkdownSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "markdown", f)
	s.fields(&c)
	return c.end(s.extra)
}

// KeyboardSegment is a row of buttons under a message. Its inside is kept as JSON.
type KeyboardSegment struct {
	// Rows is the array of rows that LLBot gives.
	Rows json.RawMessage
	// Content is the object that Lagrange takes.
	Content json.RawMessage
	rest
}

// Keyboard makes buttons from the JSON object that describes them (Lagrange).
func Keyboard(content json.RawMessage) KeyboardSegment { return KeyboardSegment{Content: content} }

// Type is "keyboard".
func (KeyboardSegment) Type() string { return "keyboard" }

// MarshalJSON writes the segment as it is sent.
func (s KeyboardSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *KeyboardSegment) fields(c *codec) bool {
	return c.raw("rows", &s.Rows) ||
		c.raw("content", &s.Content)
}

func (s KeyboardSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "keyboard", f)
	s.fields(&c)
	return c.end(s.extra)
}

// MiniAppSegment is a mini program. No server accepts one, and received ones are cards (JSONSegment).
type MiniAppSegment struct {
	// Data is the JSON text of the program's card.
	Data string
	rest
}

// Type is "miniapp".
func (MiniAppSegment) Type() string { return "miniapp" }

// MarshalJSON writes the segment as it is sent.
func (s MiniAppSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *MiniAppSegment) fields(c *codec) bool { return c.text("data", &s.Data) }

func (s MiniAppSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "miniapp", f)
	s.fields(&c)
	return c.end(s.extra)
}

// CardImageSegment is a picture shown as a large card; only sent (go-cqhttp).
type CardImageSegment struct {
	// File is the picture as in ImageSegment, Source the content to be sent; File is ignored then.
	File   string
	Source FileSource
	// Source and icon of the card, and the text of notifications.
	SourceName, Icon, Brief string
	// Bounds of the size shown, in pixels; 0 is the server's choice.
	MinWidth, MinHeight, MaxWidth, MaxHeight int64
	rest
}

// CardImage makes a picture shown as a large card (go-cqhttp).
func CardImage(f FileSource) CardImageSegment { return CardImageSegment{Source: f} }

// Type is "cardimage".
func (CardImageSegment) Type() string { return "cardimage" }

// MarshalJSON writes the segment as it is sent.
func (s CardImageSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *CardImageSegment) fields(c *codec) bool {
	return c.file(&s.File, &s.Source) ||
		c.text("source", &s.SourceName) ||
		c.text("icon", &s.Icon) ||
		c.text("brief", &s.Brief) ||
		c.size("minwidth", &s.MinWidth) ||
		c.size("minheight", &s.MinHeight) ||
		c.size("maxwidth", &s.MaxWidth) ||
		c.size("maxheight", &s.MaxHeight)
}

func (s CardImageSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "cardimage", f)
	s.fields(&c)
	return c.end(s.extra)
}
