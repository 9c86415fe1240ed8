package onebot

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
)

// Segment is one piece of a message: a text, an image, a mention. It is a closed union of value types named XxxSegment, whose
// fields are named after the keys on the wire; UnknownSegment stands for every kind that has no type here.
//
// What a server sends beyond the fields of a type is kept inside the value and written back when the segment is sent again.
// A pointer to a segment is sent like the value; a nil one is ErrInvalidArgument. Strings of a received segment share memory
// with the frame it came in: strings.Clone what is kept for long.
type Segment interface {
	// Type is the kind of the segment on the wire, for example "text".
	Type() string
	// appendTo appends the segment: its JSON, or its CQ code.
	appendTo(dst []byte, f form) ([]byte, error)
}

// Segments gives the segments of one type in m, in order:
//
//	for image := range onebot.Segments[onebot.ImageSegment](event.Message) { … }
func Segments[S Segment](m Message) iter.Seq[S] {
	return func(yield func(S) bool) {
		for _, s := range m {
			one, ok := s.(S)
			if !ok {
				one, ok = direct(s).(S)
			}
			if ok && !isNil(one) && !yield(one) {
				return
			}
		}
	}
}

// direct gives the value that s is or points to, nil where there is none.
func direct(s Segment) Segment {
	v := reflect.ValueOf(s)
	if v.Kind() != reflect.Pointer {
		return s
	}
	if v.IsNil() {
		return nil
	}
	inner, _ := v.Elem().Interface().(Segment)
	return inner
}

// isNil tells nil segments, pointers included. The usual ones are known without reflection.
func isNil(s Segment) bool {
	if s == nil {
		return true
	}
	if usual(s) {
		return false
	}
	v := reflect.ValueOf(s)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// usual tells whether s is of a kind that nearly all messages consist of.
func usual(s Segment) bool {
	switch s.(type) {
	case TextSegment, AtSegment, ReplySegment, FaceSegment, ImageSegment:
		return true
	}
	return false
}

// appendSegment appends the JSON of s, which may be a pointer or nil.
func appendSegment(dst []byte, s Segment, f form) ([]byte, error) {
	if isNil(s) {
		return dst, fmt.Errorf("nil segment: %w", ErrInvalidArgument)
	}
	return s.appendTo(dst, f)
}

// marshalSegment is the MarshalJSON of every segment.
func marshalSegment(s Segment) ([]byte, error) {
	b, err := s.appendTo(nil, form{})
	if err != nil {
		return nil, fmt.Errorf("onebot: %s segment: %w", s.Type(), err)
	}
	return b, nil
}

func errInvalidJSON(what string) error {
	return fmt.Errorf("%s: invalid JSON: %w", what, ErrInvalidArgument)
}

// errMissing is the error of a segment that cannot be sent for want of what it consists of.
func errMissing(what string) error { return fmt.Errorf("no %s: %w", what, ErrInvalidArgument) }

// oneLine makes s fit for a line of a log.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }), " ")
}
