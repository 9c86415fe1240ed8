package onebot

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// UnknownSegment is a segment of a kind that has no type here, or of a known kind whose data makes no sense for it. It is
// written back byte for byte. What a server does with a kind that it does not know differs: go-cqhttp sends it as text, NapCat
// fails the call, LLBot and Lagrange leave the segment out.
type UnknownSegment struct {
	// Kind is the kind on the wire. It is empty for an element of a message that is no segment at all; Data is the whole
	// element then.
	Kind string
	// Data is the JSON of data; empty when there is none, and written as {} then. It is null where a segment of a kind that has a type
	// here came without.
	Data json.RawMessage

	err *error // why Raw could not make Data; a pointer as it is nearly always nil, and a CQ code makes one of these for six bytes
}

// Raw makes a segment of any kind from its data: a json.RawMessage, []byte or string is taken as JSON text, nil as an empty
// object, everything else is encoded with encoding/json. A kind that is empty and data that is no JSON are ErrInvalidArgument
// when the segment is sent.
func Raw(kind string, data any) Segment {
	s := UnknownSegment{Kind: kind}
	if kind == "" {
		err := errMissing("kind")
		s.err = &err
	}
	switch d := data.(type) {
	case nil:
	case json.RawMessage:
		s.Data = slices.Clone(d)
	case []byte:
		s.Data = slices.Clone(d)
	case string:
		s.Data = json.RawMessage(d)
	default:
		b, err := json.Marshal(data)
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrInvalidArgument, err)
			s.err = &err
		}
		s.Data = b
	}
	return s
}

// Type is the Kind.
func (s UnknownSegment) Type() string { return s.Kind }

// MarshalJSON writes the segment as it was received.
func (s UnknownSegment) MarshalJSON() ([]byte, error) { return marshalSegment(s) }

func (s UnknownSegment) check() error {
	switch {
	case s.err != nil:
		return *s.err
	case s.Kind == "" && len(s.Data) == 0:
		return errMissing("kind")
	case len(s.Data) > 0 && !validJSON(string(s.Data)):
		return errInvalidJSON("data")
	}
	return nil
}

func (s UnknownSegment) appendTo(dst []byte, f form) ([]byte, error) {
	if err := s.check(); err != nil {
		return dst, err
	}
	switch {
	case f.cq:
		return s.appendCQ(dst), nil
	case s.Kind == "":
		return append(dst, s.Data...), nil
	}
	dst = append(dst, `{"type":`...)
	dst = wire.AppendString(dst, s.Kind)
	dst = append(dst, `,"data":`...)
	if len(s.Data) == 0 {
		dst = append(dst, "{}"...)
	} else {
		dst = append(dst, s.Data...)
	}
	return append(dst, '}'), nil
}

func (s UnknownSegment) appendCQ(dst []byte) []byte {
	if s.Kind == "" {
		return cqcode.AppendText(dst, string(s.Data))
	}
	dst = append(dst, "[CQ:"...)
	dst = cqcode.AppendParam(dst, s.Kind)
	dst = appendObjectParams(dst, string(s.Data))
	return append(dst, ']')
}
