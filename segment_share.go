package onebot

import (
	"fmt"
	"math"
	"strconv"
)

// ShareSegment is a link shown as a card (the standard, go-cqhttp). NapCat fails, LLBot and Lagrange leave it out: send a JSON card there.
type ShareSegment struct {
	// URL and Title are needed; Content is a line of description, Image the URL of a picture.
	URL, Title, Content, Image string
	rest
}

// Share makes a link shown as a card.
func Share(url, title string) ShareSegment { return ShareSegment{URL: url, Title: title} }

// Type is "share".
func (ShareSegment) Type() string { return "share" }

// MarshalJSON writes the segment as it is sent.
func (s ShareSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *ShareSegment) fields(c *codec) bool {
	return c.text("url", &s.URL) ||
		c.text("title", &s.Title) ||
		c.text("content", &s.Content) ||
		c.text("image", &s.Image)
}

func (s ShareSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "share", f)
	s.fields(&c)
	return c.end(s.extra)
}

// ContactSegment recommends a person or a group (the standard, NapCat, LLBot). go-cqhttp sends it as text, Lagrange leaves it out.
type ContactSegment struct {
	// Kind is the wire key type: "qq" or "group".
	Kind string
	// ID is the number of the person or group.
	ID string
	rest
}

// Contact recommends a person (kind "qq") or a group (kind "group").
func Contact(kind, id string) ContactSegment { return ContactSegment{Kind: kind, ID: id} }

// Type is "contact".
func (ContactSegment) Type() string { return "contact" }

// MarshalJSON writes the segment as it is sent.
func (s ContactSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *ContactSegment) fields(c *codec) bool {
	return c.text("type", &s.Kind) ||
		c.text("id", &s.ID)
}

func (s ContactSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "contact", f)
	s.fields(&c)
	return c.end(s.extra)
}

// LocationSegment is a place (the standard, Lagrange). NapCat shows a placeholder, LLBot leaves it out, go-cqhttp sends it as text.
type LocationSegment struct {
	// Lat and Lon are in degrees, north and east positive.
	Lat, Lon float64
	// Title and Content describe the place.
	Title, Content string
	rest
}

// Location makes a place.
func Location(lat, lon float64) LocationSegment { return LocationSegment{Lat: lat, Lon: lon} }

// Type is "location".
func (LocationSegment) Type() string { return "location" }

// MarshalJSON writes the segment as it is sent.
func (s LocationSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *LocationSegment) fields(c *codec) bool {
	return s.degrees(c, "lat", &s.Lat) ||
		s.degrees(c, "lon", &s.Lon) ||
		c.text("title", &s.Title) ||
		c.text("content", &s.Content)
}

// degrees is a coordinate, which goes out as text: Lagrange refuses a number. Zero is a place like any other, so it is
// written unless a value that was not understood stands in its stead.
func (s *LocationSegment) degrees(c *codec, key string, p *float64) bool {
	if c.writing {
		if *p != 0 || !s.holds(key) {
			c.put(key, strconv.FormatFloat(*p, 'f', -1, 64))
		}
		return false
	}
	if c.key != key {
		return false
	}
	text, ok := c.readText()
	if !ok || text == "" {
		return true
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		c.keepText(text)
		return true
	}
	*p = n
	return true
}

func (s *LocationSegment) check() error {
	if math.IsNaN(s.Lat) || math.IsNaN(s.Lon) || math.IsInf(s.Lat, 0) || math.IsInf(s.Lon, 0) {
		return fmt.Errorf("no place: %w", ErrInvalidArgument)
	}
	return nil
}

func (s LocationSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	c := beginSegment(dst, "location", f)
	s.fields(&c)
	return c.end(s.extra)
}
