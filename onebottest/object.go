package onebottest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// field is one key and its value.
type field struct {
	key   string
	value any
}

// object is a JSON object that keeps the order of its keys: each server writes its fields in its own order, and a test that
// compares frames must see that order.
type object []field

// errNotJSON says that a frame or body is not exactly one JSON value.
var errNotJSON = errors.New("onebottest: not one JSON value")

// get returns the value of the last field called key, as JavaScript and most decoders do with duplicate keys.
func (o object) get(key string) (any, bool) {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].key == key {
			return o[i].value, true
		}
	}
	return nil, false
}

// has tells whether key is there with a value other than null.
func (o object) has(key string) bool {
	v, ok := o.get(key)
	return ok && v != nil
}

// with returns the object with one more field.
func (o object) with(key string, value any) object {
	return append(o[:len(o):len(o)], field{key, value})
}

// MarshalJSON writes the fields in order and leaves every character that need not be escaped.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := encode(f.key, false)
		if err != nil {
			return nil, err
		}
		value, err := encode(f.value, false)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode marshals v without a trailing newline. Go servers escape <, > and &, the others do not.
func encode(v any, escapeHTML bool) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(escapeHTML)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("onebottest: encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads exactly one JSON value. Objects become object, arrays []any, numbers json.Number. Beside an error it gives what it
// had read until then.
func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := decodeNext(dec)
	if err != nil {
		return v, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return v, errNotJSON
	}
	return v, nil
}

func decodeNext(dec *json.Decoder) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotJSON, err)
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := decodeNext(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, endOf(dec)
	}
	o := object{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return o, fmt.Errorf("%w: %w", errNotJSON, err)
		}
		key, ok := t.(string)
		if !ok {
			return o, errNotJSON
		}
		v, err := decodeNext(dec)
		if err != nil {
			return o, err
		}
		o = append(o, field{key, v})
	}
	return o, endOf(dec)
}

// endOf reads the closing bracket.
func endOf(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("%w: %w", errNotJSON, err)
	}
	return nil
}

// toInt reads an integer from a number or a numeric string.
func toInt(v any) (int64, bool) {
	var text string
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	// A double such as 1e3 is an integer too, as far as it is one.
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<62 {
		return 0, false
	}
	return int64(f), true
}

// toText turns any JSON scalar into text, the way servers that convert do.
func toText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	b, err := encode(v, false)
	if err != nil {
		return ""
	}
	return string(b)
}

// truthy reads a boolean the way the lenient servers do.
func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true") || v == "1" || strings.EqualFold(v, "yes")
	case json.Number:
		return v.String() != "0"
	}
	return false
}
