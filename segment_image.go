package onebot

// ImageSegment is a picture. NapCat gives market faces as images too; then Key, EmojiID and EmojiPackageID are set.
//
// To send one, set Source (or use Image). A received one is sent again on the same server with what File and URL say: NapCat and
// LLBot take the URL, go-cqhttp its own cache name in File, and in Lagrange File is the URL. A path that was received is never
// opened by this library.
type ImageSegment struct {
	// File is the server's name of the picture (Lagrange: the URL), URL where it can be fetched for a while; as received.
	File, URL string
	// Summary is the text shown in place of the picture, for example in notifications.
	Summary string
	// Name is the file name (NapCat, LLBot), Filename the same on Lagrange.
	Name, Filename string
	// SubType is 0 for a picture, 1 for a sticker, other numbers for other sources. It is sent in both spellings,
	// sub_type and subType.
	SubType int
	// Source is the content to be sent; File, URL and Path are ignored then.
	Source FileSource
	// Kind is the wire key type: "flash" or "show" (the standard, go-cqhttp).
	Kind string
	// ID is the effect of a picture of the kind "show" (go-cqhttp).
	ID string
	// Path is a path on the server's disk.
	Path string
	// FileSize is in bytes, 0 when not told.
	FileSize int64
	// Key, EmojiID and EmojiPackageID name a market face (NapCat).
	Key, EmojiID   string
	EmojiPackageID int64
	rest
}

// Image makes a picture to be sent.
func Image(f FileSource) ImageSegment { return ImageSegment{Source: f} }

// Type is "image".
func (ImageSegment) Type() string { return "image" }

// MarshalJSON writes the segment as it is sent. It reads the file of its source.
func (s ImageSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *ImageSegment) fields(c *codec) bool {
	return c.text("summary", &s.Summary) ||
		c.file(&s.File, &s.Source) ||
		s.subType(c) ||
		c.text("url", &s.URL) ||
		c.size("file_size", &s.FileSize) ||
		c.text("name", &s.Name) ||
		c.text("filename", &s.Filename) ||
		c.text("type", &s.Kind) ||
		c.text("id", &s.ID) ||
		c.text("path", &s.Path) ||
		c.text("key", &s.Key) ||
		c.text("emoji_id", &s.EmojiID) ||
		c.num("emoji_package_id", &s.EmojiPackageID)
}

// subType is sub_type on NapCat and subType on the others; each ignores the other's.
func (s *ImageSegment) subType(c *codec) bool {
	switch {
	case !c.writing && (c.key == "sub_type" || c.key == "subType"):
		if n := int(c.readInt()); n != 0 {
			s.SubType = n
		}
		return true
	case c.writing && s.SubType != 0:
		c.putInt("sub_type", int64(s.SubType), false)
		c.putInt("subType", int64(s.SubType), false)
	}
	return false
}

func (s *ImageSegment) check() error {
	if s.Source.kind == noFile && s.File == "" && s.URL == "" && s.Path == "" && s.EmojiID == "" && s.extra == "" {
		return errMissing("file")
	}
	return nil
}

func (s ImageSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	if !f.cq && s.Source.kind == fileURL && s.Source.text != "" && s == (ImageSegment{Source: s.Source}) {
		return appendSingle(dst, `{"type":"image","data":{"file":"`, s.Source.text), nil
	}
	if s.Source.kind != noFile { // NapCat and LLBot take a URL before the file
		s.URL, s.Path = "", ""
	}
	c := beginSegment(dst, "image", f)
	s.fields(&c)
	return c.end(s.extra)
}
