package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// Where a part ends is told by its braces, apart from those in texts, however the parts lie in the body.
func TestCaller_CallStream_texts(t *testing.T) {
	t.Parallel()
	texts := []string{
		`a } b`, `{`, `]`, `[`, `\"`, `\"}`, `\\`, `}\\`, `\\\"{`, `{\"a\":\"}\"}`, ``, strings.Repeat(`}{`, 5000), `\\` + strings.Repeat(`\"`, 5000), `end`,
	}
	for _, between := range []string{"", "\r\n\r\n", " "} {
		var body strings.Builder
		for i, text := range texts {
			stream := `"stream":"stream-action",`
			if i == len(texts)-1 {
				stream = ""
			}
			body.WriteString(between + `{"status":"ok","retcode":0,` + stream + `"data":["` + text + `",{"x":[]}]}` + between)
		}
		c := newCaller(t, serve(t, answer(200, body.String())).URL, httpapi.Options{ReadLimit: 16 << 10})
		var got []string
		require.NoError(t, c.CallStream(t.Context(), transport.Request{Action: "x"}, func(r *transport.Response) bool {
			got = append(got, string(r.Data))
			return true
		}))
		require.Len(t, got, len(texts))
		for i, text := range texts {
			assert.Equal(t, `["`+text+`",{"x":[]}]`, got[i])
		}
	}
}

// The limit is for one part.
func TestCaller_CallStream_readLimit(t *testing.T) {
	t.Parallel()
	const limit = 8 << 10
	part := func(size int) string {
		const head, tail = `{"status":"ok","retcode":0,"stream":"stream-action","data":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	last := `{"status":"ok","retcode":0,"data":null}`
	for _, tt := range []struct {
		body  string
		parts int
		fails bool
	}{
		{part(limit) + part(limit) + part(limit-1) + last, 4, false},
		{part(limit) + part(limit+1) + last, 1, true},
		{part(limit) + strings.TrimSuffix(part(4*limit), `"}`), 1, true},
	} {
		c := newCaller(t, serve(t, answer(200, tt.body)).URL, httpapi.Options{ReadLimit: limit})
		parts := 0
		err := c.CallStream(t.Context(), transport.Request{Action: "x"}, func(*transport.Response) bool {
			parts++
			return true
		})
		assert.Equal(t, tt.parts, parts)
		if !tt.fails {
			require.NoError(t, err)
			continue
		}
		requireClass(t, err, transport.ErrOutcomeUnknown)
	}
}

// An answer to a poll may be one event, and what is none is passed over.
func TestPolling_Receive_shapes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []string{
			`{"post_type":"message","n":1}`, `null`, `5`, `"x"`, `[]`, `[{"post_type":"message","n":2},{"post_type":"message","n":3}]`,
			`{"post_type":"message","n":4}`,
		}
		polls := 0
		c := callerFunc(func(ctx context.Context, _ transport.Request) (*transport.Response, error) {
			if polls++; polls > len(answers) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return ok(answers[polls-1]), nil
		})
		var seen []string
		for _, frame := range collect(t, newPolling(t, c, httpapi.PollingOptions{}), 4) {
			if strings.HasPrefix(frame, `{"post_type":"message"`) {
				seen = append(seen, frame)
			}
		}
		require.Len(t, seen, 4)
		for i, frame := range seen {
			assert.JSONEq(t, `{"post_type":"message","n":`+string(rune('1'+i))+`}`, frame)
		}
	})
}
