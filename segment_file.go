package onebot

// FileSegment is a file. Each server has its own spelling, all of them are fields here; sending one again works as described at ImageSegment.
// go-cqhttp posts a file that the group already has, Lagrange needs FileID.
type FileSegment struct {
	// File is the name (NapCat, LLBot), URL where it can be fetched, Path a path on the server's disk (LLBot) or in the group's
	// files (go-cqhttp); as received.
	File, URL, Path string
	// Name is the name of a file to be sent.
	Name string
	// FileID is what QQ knows the file by (NapCat, LLBot, Lagrange).
	FileID string
	// FileSize is in bytes, 0 when not told; Size the same on go-cqhttp.
	FileSize, Size int64
	// FileName and FileHash are Lagrange's.
	FileName, FileHash string
	// Busid is go-cqhttp's.
	Busid int64
	// Source is the content to be sent; File, URL and Path are ignored then.
	Source FileSource
	rest
}

// File makes a file to be sent under a name (NapCat, LLBot). On other servers use their upload actions.
func File(name string, f FileSource) FileSegment { return FileSegment{Name: name, Source: f} }

// Type is "file".
func (FileSegment) Type() string { return "file" }

// MarshalJSON writes the segment as it is sent. It reads the file of its source.
func (s FileSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *FileSegment) fields(c *codec) bool {
	return c.file(&s.File, &s.Source) ||
		c.text("url", &s.URL) ||
		c.text("file_id", &s.FileID) ||
		c.size("file_size", &s.FileSize) ||
		c.text("path", &s.Path) ||
		c.text("name", &s.Name) ||
		c.text("file_name", &s.FileName) ||
		c.text("file_hash", &s.FileHash) ||
		c.size("size", &s.Size) ||
		c.size("busid", &s.Busid)
}

func (s *FileSegment) check() error {
	if s.Source.kind == noFile && s.File == "" && s.URL == "" && s.Path == "" && s.FileID == "" && s.extra == "" {
		return errMissing("file")
	}
	return nil
}

func (s FileSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	if s.Source.kind != noFile { // NapCat and LLBot take a URL before the file
		s.URL, s.Path = "", ""
	}
	c := beginSegment(dst, "file", f)
	s.fields(&c)
	return c.end(s.extra)
}

// OnlineFileSegment is a file or folder that somebody offers to send directly; only received (NapCat), answered with actions of its own.
type OnlineFileSegment struct {
	// MsgID and ElementID are what those actions ask for; 64-bit numbers as text.
	MsgID, ElementID string
	// FileName is the name, FileSize the size in bytes.
	FileName string
	FileSize int64
	// IsDir tells a folder from a file.
	IsDir bool
	rest
}

// Type is "onlinefile".
func (OnlineFileSegment) Type() string { return "onlinefile" }

// MarshalJSON writes the segment as it is sent.
func (s OnlineFileSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *OnlineFileSegment) fields(c *codec) bool {
	return c.text("msgId", &s.MsgID) ||
		c.text("elementId", &s.ElementID) ||
		c.text("fileName", &s.FileName) ||
		c.size("fileSize", &s.FileSize) ||
		c.flag("isDir", `true`, &s.IsDir)
}

func (s OnlineFileSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "onlinefile", f)
	s.fields(&c)
	return c.end(s.extra)
}

// FlashTransferSegment is a set of files sent by flash transfer, as NapCat gives it; only received.
type FlashTransferSegment struct {
	// FileSetID is what the flash transfer actions ask for.
	FileSetID string
	rest
}

// Type is "flashtransfer".
func (FlashTransferSegment) Type() string { return "flashtransfer" }

// MarshalJSON writes the segment as it is sent.
func (s FlashTransferSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *FlashTransferSegment) fields(c *codec) bool { return c.text("fileSetId", &s.FileSetID) }

func (s FlashTransferSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "flashtransfer", f)
	s.fields(&c)
	return c.end(s.extra)
}

// FlashFileSegment is a set of files sent by flash transfer, as LLBot gives it; only received.
type FlashFileSegment struct {
	Title string
	// FileSetID is what the flash transfer actions ask for.
	FileSetID string
	SceneType int64
	rest
}

// Type is "flash_file".
func (FlashFileSegment) Type() string { return "flash_file" }

// MarshalJSON writes the segment as it is sent.
func (s FlashFileSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *FlashFileSegment) fields(c *codec) bool {
	return c.text("title", &s.Title) ||
		c.text("file_set_id", &s.FileSetID) ||
		c.num("scene_type", &s.SceneType)
}

func (s FlashFileSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "flash_file", f)
	s.fields(&c)
	return c.end(s.extra)
}
