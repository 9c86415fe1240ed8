package onebottest

import (
	"regexp"
	"strings"
)

// segment is one part of a message, in the order its fields came.
type segment struct {
	kind string
	data object
}

// MarshalJSON writes the array form.
func (s segment) MarshalJSON() ([]byte, error) {
	data := s.data
	if data == nil {
		data = object{}
	}
	return object{{"type", s.kind}, {"data", data}}.MarshalJSON()
}

func textSegment(text string) segment { return segment{"text", object{{"text", text}}} }

// text gives a field of the segment as text; "" where there is none.
func (s segment) text(key string) string {
	v, _ := s.data.get(key)
	return toText(v)
}

// cqCode finds codes the way NapCat and LLBot do: word characters in the type and keys, values without ',' and ']' (dialects 8.2).
var cqCode = regexp.MustCompile(`\[CQ:(\w+)((?:,[\w-]+=[^,\]]*)*)\]`)

var (
	cqEscapeText    = strings.NewReplacer("&", "&amp;", "[", "&#91;", "]", "&#93;")               //nolint:gochecknoglobals // a constant
	cqEscapeValue   = strings.NewReplacer("&", "&amp;", "[", "&#91;", "]", "&#93;", ",", "&#44;") //nolint:gochecknoglobals // a constant
	cqUnescapeText  = strings.NewReplacer("&#91;", "[", "&#93;", "]", "&amp;", "&")               //nolint:gochecknoglobals // a constant
	cqUnescapeValue = strings.NewReplacer("&#91;", "[", "&#93;", "]", "&#44;", ",", "&amp;", "&") //nolint:gochecknoglobals // a constant
)

// parseCQ reads the string form of a message. What is no code is text.
func parseCQ(s string) []segment {
	var segs []segment
	for s != "" {
		at := cqCode.FindStringSubmatchIndex(s)
		if at == nil {
			return append(segs, textSegment(cqUnescapeText.Replace(s)))
		}
		if at[0] > 0 {
			segs = append(segs, textSegment(cqUnescapeText.Replace(s[:at[0]])))
		}
		seg := segment{kind: s[at[2]:at[3]], data: object{}}
		for pair := range strings.SplitSeq(strings.TrimPrefix(s[at[4]:at[5]], ","), ",") {
			if key, value, ok := strings.Cut(pair, "="); ok {
				seg.data = append(seg.data, field{key, cqUnescapeValue.Replace(value)})
			}
		}
		segs = append(segs, seg)
		s = s[at[1]:]
	}
	return segs
}

// formatCQ writes the string form. Structured values come out as JSON, absent and empty ones are left out.
func formatCQ(segs []segment) string {
	var b strings.Builder
	for _, s := range segs {
		if s.kind == "text" {
			b.WriteString(cqEscapeText.Replace(s.text("text")))
			continue
		}
		b.WriteString("[CQ:" + s.kind)
		for _, f := range s.data {
			value := toText(f.value)
			if list, ok := f.value.([]any); ok {
				// JavaScript writes a list of objects this way; the content of a forward in raw_message is lost (dialects 8.2).
				value = strings.TrimSuffix(strings.Repeat("[object Object],", len(list)), ",")
			}
			if value != "" {
				b.WriteString("," + f.key + "=" + cqEscapeValue.Replace(value))
			}
		}
		b.WriteByte(']')
	}
	return b.String()
}

// readSegments reads the three forms of a message: an array, one object, or a CQ string. Anything else gives one segment of
// kind "" that no server knows.
func readSegments(v any, autoEscape bool) []segment {
	switch v := v.(type) {
	case string:
		if autoEscape {
			return []segment{textSegment(v)}
		}
		return parseCQ(v)
	case []any:
		segs := make([]segment, 0, len(v))
		for _, e := range v {
			segs = append(segs, readSegment(e))
		}
		return segs
	}
	return []segment{readSegment(v)}
}

// readSegment reads one entry of a message. Absent or null data stays nil.
func readSegment(v any) segment {
	o, ok := v.(object)
	if !ok {
		return segment{}
	}
	kind, _ := o.get("type")
	data, _ := o.get("data")
	fields, _ := data.(object)
	return segment{kind: toText(kind), data: fields}
}

// stringify turns the scalars of a segment into text: the servers of this package report them so (dialects 4).
func stringify(s segment) segment {
	data := make(object, 0, len(s.data))
	for _, f := range s.data {
		switch f.value.(type) {
		case object, []any:
			data = append(data, f)
		case nil:
		default:
			data = append(data, field{f.key, toText(f.value)})
		}
	}
	return segment{s.kind, data}
}
