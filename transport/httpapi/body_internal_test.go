package httpapi

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deaf is a connection that refuses every write after its first answer.
type deaf struct {
	net.Conn
	answered atomic.Bool
}

func (c *deaf) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.answered.Store(true)
	return n, err
}

func (c *deaf) Write(p []byte) (int, error) {
	if c.answered.Load() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

// TestOutgoing_deadConnection is about what http.Transport does with the two kinds of body, which no caller can choose.
func TestOutgoing_deadConnection(t *testing.T) {
	t.Parallel()
	for name, oneWrite := range map[string]bool{"one write": true, "large": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var bodies []string
			s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				bodies = append(bodies, string(body))
			}))
			defer s.Close()
			down := false
			tr := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if down {
					return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
				}
				var d net.Dialer
				conn, err := d.DialContext(ctx, network, addr)
				return &deaf{Conn: conn}, err
			}}
			defer tr.CloseIdleConnections()
			send := func(data string) (*outgoing, error) {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, http.NoBody)
				require.NoError(t, err)
				out := &outgoing{data: []byte(data)}
				out.attach(r, oneWrite)
				resp, err := tr.RoundTrip(r)
				if err == nil {
					_, _ = io.Copy(io.Discard, resp.Body) // for the connection to be kept
					require.NoError(t, resp.Body.Close())
				}
				return out, err
			}
			for _, data := range []string{"first", "second"} {
				out, err := send(data)
				require.NoError(t, err)
				assert.False(t, out.untouched(), "it was sent")
			}
			assert.Equal(t, []string{"first", "second"}, bodies, "the second goes out on a new connection, once")
			down = true
			out, err := send("third")
			require.Error(t, err)
			assert.True(t, out.untouched(), "the second attempt has taken nothing of the body")
			assert.Len(t, bodies, 2)
		})
	}
}

func TestOutgoing_untouched(t *testing.T) {
	t.Parallel()
	out := &outgoing{data: []byte("data")}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://bot.example", http.NoBody)
	require.NoError(t, err)
	out.attach(r, false)
	assert.EqualValues(t, 4, r.ContentLength)
	assert.True(t, out.untouched())
	_, err = r.Body.Read(make([]byte, 4))
	require.ErrorIs(t, err, errGivenUp, "what was reported as not sent stays so")
}
