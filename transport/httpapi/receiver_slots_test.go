package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// A post that was answered makes room for the next: however many have come, each can be answered.
func TestReceiver_makesRoom(t *testing.T) {
	t.Parallel()
	inBubble(t, func(f transport.Frame) {
		time.AfterFunc(time.Millisecond, func() { f.Quick([]byte(`{"reply":"hi"}`)) })
	}, func(b bubble) {
		for n := range 600 {
			rec := serveLocally(b.rc, "10000", fmt.Sprintf(`{"n":%d}`, n))
			if !assert.Equal(b, `{"reply":"hi"}`, rec.Body.String(), n) {
				return
			}
		}
	})
}

// The token may come in the query, where there is none in the header.
func TestReceiver_tokenInQuery(t *testing.T) {
	t.Parallel()
	rc := httpapi.NewReceiver(httpapi.ReceiverOptions{Token: token, Logger: quiet()})
	receive(t, rc, func(f transport.Frame) { f.Done(nil) })
	for n, tt := range []struct {
		header, query string
		want          int
	}{
		{"", token, http.StatusNoContent},
		{"Bearer", token, http.StatusNoContent},
		{"Token ", token, http.StatusNoContent},
		{"", token + "x", http.StatusForbidden},
		{"", "", http.StatusUnauthorized},
		{"Token", "", http.StatusUnauthorized},
		{"Bearer " + token, "other", http.StatusNoContent},
		{"Bearer other", token, http.StatusForbidden},
		{"Basic " + token, "", http.StatusForbidden},
	} {
		r := newPost(fmt.Sprintf(`{"n":%d}`, n))
		r.URL.RawQuery = url.Values{"access_token": {tt.query}}.Encode()
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", tt.header)
		rec := httptest.NewRecorder()
		rc.ServeHTTP(rec, r)
		assert.Equal(t, tt.want, rec.Code, "%q %q", tt.header, tt.query)
	}
}

// An account that is no number is none, and not another.
func TestReceiver_oddAccount(t *testing.T) {
	t.Parallel()
	var got []int64
	inBubble(t, func(f transport.Frame) {
		got = append(got, f.SelfID)
		f.Done(nil)
	}, func(b bubble) {
		for n, account := range []string{"10000", "", "x", "9223372036854775808"} {
			assert.Equal(b, http.StatusNoContent, serveLocally(b.rc, account, fmt.Sprintf(`{"n":%d}`, n)).Code)
		}
		assert.Equal(b, []int64{10000, 0, 0, 0}, got)
	})
}
