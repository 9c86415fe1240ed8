package onebot

// MusicSegment is a song shown as a card: by its number on a music service, or a custom one. NapCat, LLBot and Lagrange need a signing
// service for it and leave it out or fail without one.
type MusicSegment struct {
	// Kind is the wire key type: "qq", "163", "xm" (the standard), "kugou", "migu", "kuwo" (NapCat, LLBot), or "custom".
	Kind string
	// ID is the song on the service; not for "custom".
	ID string
	// URL is where a click leads, Audio the sound. Audio is sent in both spellings, audio and voice.
	URL, Audio string
	// Title, Content and Image (a URL) are shown on the card. NapCat needs Image.
	Title, Content, Image string
	// Subtype is the look of a custom card (go-cqhttp).
	Subtype string
	// AppID, Sign and PackageName are Lagrange's.
	AppID, Sign, PackageName string
	rest
}

// Music makes a song from its number on a service, for example Music("163", "28949129").
func Music(kind, id string) MusicSegment { return MusicSegment{Kind: kind, ID: id} }

// CustomMusic makes a song from its parts; set Content and Image on the result.
func CustomMusic(url, audio, title string) MusicSegment {
	return MusicSegment{Kind: "custom", URL: url, Audio: audio, Title: title}
}

// Type is "music".
func (MusicSegment) Type() string { return "music" }

// MarshalJSON writes the segment as it is sent.
func (s MusicSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *MusicSegment) fields(c *codec) bool {
	return c.text("type", &s.Kind) ||
		c.text("id", &s.ID) ||
		c.text("url", &s.URL) ||
		c.texts("audio", "voice", &s.Audio) ||
		c.text("title", &s.Title) ||
		c.text("content", &s.Content) ||
		c.text("image", &s.Image) ||
		c.text("subtype", &s.Subtype) ||
		c.text("appid", &s.AppID) ||
		c.text("sign", &s.Sign) ||
		c.text("package_name", &s.PackageName)
}

func (s MusicSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "music", f)
	s.fields(&c)
	return c.end(s.extra)
}
