package onebot

// RecordSegment is a voice message. Sending one again works as described at ImageSegment; codes that NapCat gives in File work
// only there.
type RecordSegment struct {
	// File is the server's name of the recording (Lagrange: the URL), URL where it can be fetched, Path a path on the
	// server's disk; as received.
	File, URL, Path string
	// FileSize is in bytes, 0 when not told.
	FileSize int64
	// Magic asks for the voice changer (the standard; the servers ignore it).
	Magic bool
	// Source is the content to be sent; File, URL and Path are ignored then.
	Source FileSource
	rest
}

// Record makes a voice message to be sent.
func Record(f FileSource) RecordSegment { return RecordSegment{Source: f} }

// Type is "record".
func (RecordSegment) Type() string { return "record" }

// MarshalJSON writes the segment as it is sent. It reads the file of its source.
func (s RecordSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *RecordSegment) fields(c *codec) bool {
	return c.file(&s.File, &s.Source) ||
		c.text("path", &s.Path) ||
		c.text("url", &s.URL) ||
		c.size("file_size", &s.FileSize) ||
		c.flag("magic", `"1"`, &s.Magic)
}

func (s *RecordSegment) check() error {
	if s.Source.kind == noFile && s.File == "" && s.URL == "" && s.Path == "" && s.extra == "" {
		return errMissing("file")
	}
	return nil
}

func (s RecordSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	if s.Source.kind != noFile { // NapCat and LLBot take a URL before the file
		s.URL, s.Path = "", ""
	}
	c := beginSegment(dst, "record", f)
	s.fields(&c)
	return c.end(s.extra)
}

// VideoSegment is a video. Sending one again works as described at RecordSegment.
type VideoSegment struct {
	// File is the server's name of the video (Lagrange: the URL), URL where it can be fetched, Path a path on the server's
	// disk; as received.
	File, URL, Path string
	// FileSize is in bytes, 0 when not told.
	FileSize int64
	// Name is the file name (NapCat).
	Name string
	// Cover is the still picture shown before playing, as go-cqhttp and LLBot call it, Thumb the same for NapCat and LLBot: a URL
	// that the server can read.
	Cover, Thumb string
	// Source is the content to be sent; File, URL and Path are ignored then.
	Source FileSource
	rest
}

// Video makes a video to be sent.
func Video(f FileSource) VideoSegment { return VideoSegment{Source: f} }

// Type is "video".
func (VideoSegment) Type() string { return "video" }

// MarshalJSON writes the segment as it is sent. It reads the file of its source.
func (s VideoSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *VideoSegment) fields(c *codec) bool {
	return c.file(&s.File, &s.Source) ||
		c.text("url", &s.URL) ||
		c.text("path", &s.Path) ||
		c.size("file_size", &s.FileSize) ||
		c.text("name", &s.Name) ||
		c.text("cover", &s.Cover) ||
		c.text("thumb", &s.Thumb)
}

func (s *VideoSegment) check() error {
	if s.Source.kind == noFile && s.File == "" && s.URL == "" && s.Path == "" && s.extra == "" {
		return errMissing("file")
	}
	return nil
}

func (s VideoSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	if s.Source.kind != noFile { // NapCat and LLBot take a URL before the file
		s.URL, s.Path = "", ""
	}
	c := beginSegment(dst, "video", f)
	s.fields(&c)
	return c.end(s.extra)
}

// TTSSegment is a text that the server speaks (go-cqhttp); only sent.
type TTSSegment struct {
	Text string
	rest
}

// TTS makes a text that go-cqhttp speaks. NapCat fails, LLBot and Lagrange leave it out.
func TTS(text string) TTSSegment { return TTSSegment{Text: text} }

// Type is "tts".
func (TTSSegment) Type() string { return "tts" }

// MarshalJSON writes the segment as it is sent.
func (s TTSSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *TTSSegment) fields(c *codec) bool { return c.text("text", &s.Text) }

func (s TTSSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "tts", f)
	s.fields(&c)
	return c.end(s.extra)
}
