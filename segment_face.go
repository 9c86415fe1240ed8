package onebot

import (
	"strconv"
)

// FaceSegment is one of QQ's own faces.
type FaceSegment struct {
	// ID is the number of the face. NapCat leaves out a face whose number it does not know.
	ID string
	// Kind is the wire key type: "sticker" for a large face (go-cqhttp).
	Kind string
	// SubType is LLBot's, Large is Lagrange's way to tell a large face.
	SubType int64
	Large   bool
	// ResultID and ChainCount belong to faces with a result, such as a thrown ball (NapCat).
	ResultID   string
	ChainCount int64
	rest
}

// Face makes one of QQ's own faces.
func Face(id int) FaceSegment { return FaceSegment{ID: strconv.Itoa(id)} }

// Type is "face".
func (FaceSegment) Type() string { return "face" }

// MarshalJSON writes the segment as it is sent.
func (s FaceSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *FaceSegment) fields(c *codec) bool {
	return c.text("id", &s.ID) ||
		c.text("type", &s.Kind) ||
		c.num("sub_type", &s.SubType) ||
		c.flag("large", `true`, &s.Large) ||
		c.text("resultId", &s.ResultID) ||
		c.num("chainCount", &s.ChainCount)
}

func (s FaceSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if !f.cq && s.ID != "" && s == (FaceSegment{ID: s.ID}) {
		return appendSingle(dst, `{"type":"face","data":{"id":"`, s.ID), nil
	}
	c := beginSegment(dst, "face", f)
	s.fields(&c)
	return c.end(s.extra)
}

// MFaceSegment is a market face, a sticker from QQ's shop. NapCat gives received ones as images; go-cqhttp knows only their names.
type MFaceSegment struct {
	// EmojiPackageID, EmojiID and Key name the face; all three are needed to send it.
	EmojiPackageID int64
	EmojiID, Key   string
	// Summary is the text shown in its place.
	Summary string
	// URL is where the picture can be fetched; as received.
	URL string
	rest
}

// MFace makes a market face (NapCat, LLBot, Lagrange).
func MFace(packageID int64, emojiID, key, summary string) MFaceSegment {
	return MFaceSegment{EmojiPackageID: packageID, EmojiID: emojiID, Key: key, Summary: summary}
}

// Type is "mface".
func (MFaceSegment) Type() string { return "mface" }

// MarshalJSON writes the segment as it is sent.
func (s MFaceSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *MFaceSegment) fields(c *codec) bool {
	return c.text("summary", &s.Summary) ||
		c.text("url", &s.URL) ||
		c.text("emoji_id", &s.EmojiID) ||
		c.num("emoji_package_id", &s.EmojiPackageID) ||
		c.text("key", &s.Key)
}

func (s MFaceSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "mface", f)
	s.fields(&c)
	return c.end(s.extra)
}

// DiceSegment is a thrown die.
type DiceSegment struct {
	// Result is 1 to 6; as received, or wished for (LLBot, and go-cqhttp under the key value). Empty: chance.
	Result string
	rest
}

// Dice throws a die.
func Dice() DiceSegment { return DiceSegment{} }

// Type is "dice".
func (DiceSegment) Type() string { return "dice" }

// MarshalJSON writes the segment as it is sent.
func (s DiceSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *DiceSegment) fields(c *codec) bool { return c.texts("result", "value", &s.Result) }

func (s DiceSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "dice", f)
	s.fields(&c)
	return c.end(s.extra)
}

// RPSSegment is a round of rock, paper, scissors.
type RPSSegment struct {
	// Result is the hand shown; as received, or wished for (LLBot, and go-cqhttp under the key value). Empty: chance.
	Result string
	rest
}

// RPS plays rock, paper, scissors.
func RPS() RPSSegment { return RPSSegment{} }

// Type is "rps".
func (RPSSegment) Type() string { return "rps" }

// MarshalJSON writes the segment as it is sent.
func (s RPSSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s *RPSSegment) fields(c *codec) bool { return c.texts("result", "value", &s.Result) }

func (s RPSSegment) appendTo(dst []byte, f form) ([]byte, error) {
	c := beginSegment(dst, "rps", f)
	s.fields(&c)
	return c.end(s.extra)
}
