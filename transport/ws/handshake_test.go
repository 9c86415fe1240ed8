package ws_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha1" //nolint:gosec // what RFC 6455 asks for
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/ws"
)

// switches answers a handshake by hand, with lines of its own, and then sends more.
func switches(lines string, more []byte) func(net.Conn) {
	return func(conn net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // see above
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
			base64.StdEncoding.EncodeToString(sum[:])+"\r\n"+lines+"\r\n")
		_, _ = conn.Write(more)
		_, _ = io.Copy(io.Discard, conn)
	}
}

func TestDial_extensionThatWasNotOffered(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(bytes.Repeat([]byte(" "), 8<<20))
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	payload := packed.Bytes()[:packed.Len()-4]
	bomb := append(binary.BigEndian.AppendUint16([]byte{0xc1, 126}, uint16(len(payload))), payload...)
	for _, extension := range []string{
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover", "permessage-deflate", "x-other",
	} {
		addr := rawServer(t, switches("Sec-WebSocket-Extensions: "+extension+"\r\n", bomb))
		_, err := ws.Dial(within(t, 5*time.Second), "ws://"+addr, quiet(ws.Options{ReadLimit: 1 << 20}))
		require.ErrorIs(t, err, transport.ErrNotConnected, extension)
		assert.NotErrorIs(t, err, transport.ErrUnauthorized)
	}
}

func TestDial_endlessHandshake(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, begin, again string }{
		{"header", "HTTP/1.1 101 Switching Protocols\r\n", "X: " + strings.Repeat("x", 8000) + "\r\n"},
		{"first line", "", strings.Repeat("x", 8000)},
		{"status", "HTTP/1.1 200 ", strings.Repeat("x", 8000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			taken := make(chan int, 1)
			addr := rawServer(t, func(conn net.Conn) {
				says(tc.begin)(conn)
				n := 0
				for ; n < 64<<20; n += len(tc.again) {
					if _, err := io.WriteString(conn, tc.again); err != nil {
						break
					}
				}
				taken <- n
			})
			_, err := ws.Dial(within(t, 30*time.Second), "ws://"+addr, quiet(ws.Options{}))
			require.ErrorIs(t, err, transport.ErrNotConnected)
			require.ErrorContains(t, err, "more than 1048576 bytes")
			assert.Less(t, <-taken, 32<<20)
		})
	}
}

func TestDial_longTextInAnError(t *testing.T) {
	t.Parallel()
	addr := rawServer(t, says(strings.Repeat("x", 512<<10)+"\r\n\r\n"))
	_, err := ws.Dial(within(t, 30*time.Second), "ws://"+addr, quiet(ws.Options{}))
	require.ErrorIs(t, err, transport.ErrNotConnected)
	assert.Less(t, len(err.Error()), 2<<10)
}
