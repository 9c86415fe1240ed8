package ws

import (
	"fmt"
	"net/http"

	"github.com/onebot-go/onebot/internal/header"
	"github.com/onebot-go/onebot/transport"
)

// checkHeader refuses what no handshake can be made with. A value is not quoted: it may be a secret, and so may what is no name.
func checkHeader(h http.Header) error {
	for name := range h {
		switch key := http.CanonicalHeaderKey(name); key {
		case "Connection", "Upgrade", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions", "Sec-Websocket-Accept":
			return fmt.Errorf("ws: header %s: the handshake has its own: %w", key, transport.ErrInvalidArgument)
		}
	}
	if bad := header.Check(h); bad != "" {
		return fmt.Errorf("ws: Header has %s: %w", bad, transport.ErrInvalidArgument)
	}
	return nil
}

// canonical is a copy of h with its names as gorilla expects them, so that none is sent twice.
func canonical(h http.Header) http.Header {
	out := make(http.Header, len(h)+1)
	for name, values := range h {
		for _, value := range values {
			out.Add(name, value)
		}
	}
	return out
}
