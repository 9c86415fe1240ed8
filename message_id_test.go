package onebot

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What the servers answer to a send: dialects.md, section 1, has the ids.
func TestReadMessageID(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]MessageID{
		`{"message_id":1807345512}`:             "1807345512",
		`{"message_id":-2059187533}`:            "-2059187533",
		`{"message_id":"7391"}`:                 "7391",
		`{"message_id":7391,"forward_id":null}`: "7391",
		`{"res_id":"x","message_id":7391}`:      "7391",
		` { "message_id" : 7391 } `:             "7391",
		`{"message_id":18446744073709551616}`:   "18446744073709551616",
		`{"message_id":0}`:                      "",
		`{"message_id":-1}`:                     "",
	} {
		id, ok := readMessageID([]byte(data))
		assert.True(t, ok, data)
		assert.Equal(t, want, id, data)
	}
	for _, data := range []string{`null`, `{}`, `{"message_id":}`, `{"message_id":01}`, `{"message_id":{}}`, `{"message_id":[1]}`, ``} {
		_, ok := readMessageID([]byte(data))
		assert.False(t, ok, data)
	}
}
