package onebottest

import (
	"net/http"
	"strings"

	"github.com/gorilla/websocket"
)

// tokens are the two places where a request can carry a token.
type tokens struct{ header, query string }

func readTokens(r *http.Request) tokens {
	return tokens{r.Header.Get("Authorization"), r.URL.Query().Get("access_token")}
}

func isUpgrade(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// bearer takes "Bearer x" and a bare "x", nothing else (dialects 6.2, NapCat and LLBot).
func bearer(header string) string {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok {
		return header
	}
	if scheme == "Bearer" {
		return token
	}
	return ""
}

// anyScheme takes any scheme word, and a bare token (dialects 6.2, go-cqhttp).
func anyScheme(header string) string {
	if _, token, ok := strings.Cut(header, " "); ok {
		return token
	}
	return header
}

// strictBearer takes "Bearer x" only (dialects 6.2, Lagrange).
func strictBearer(header string) string {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return ""
	}
	return token
}
