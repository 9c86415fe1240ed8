package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

const token = "s3cret/+token"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorded is one answer of a server as it was recorded.
type recorded struct {
	Note    string            `json:"note"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func (rec recorded) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for key, value := range rec.Headers {
		w.Header().Set(key, value)
	}
	w.WriteHeader(rec.Status)
	_, _ = io.WriteString(w, rec.Body)
}

// readRecorded reads a file of testdata, one JSON object a line.
func readRecorded[T any](tb testing.TB, name string) []T {
	tb.Helper()
	file, err := os.Open("testdata/" + name)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, file.Close()) }()
	var all []T
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one T
		require.NoError(tb, json.Unmarshal(lines.Bytes(), &one))
		all = append(all, one)
	}
	require.NoError(tb, lines.Err())
	require.NotEmpty(tb, all)
	return all
}

// serve starts a server that ends with the test.
func serve(tb testing.TB, h http.HandlerFunc) *httptest.Server {
	tb.Helper()
	s := httptest.NewServer(h)
	tb.Cleanup(s.Close)
	return s
}

func newCaller(tb testing.TB, url string, o httpapi.Options) *httpapi.Caller {
	tb.Helper()
	c, err := httpapi.NewCaller(url, o)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c
}

func answer(status int, body string) http.HandlerFunc {
	return recorded{Status: status, Body: body}.ServeHTTP
}

func call(tb testing.TB, c transport.Caller, action string) (*transport.Response, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	return c.Call(ctx, transport.Request{Action: action, Params: []byte(`{}`)})
}

func requireClass(tb testing.TB, err, class error) {
	tb.Helper()
	require.ErrorIs(tb, err, class)
	other := transport.ErrNotSent
	if class == transport.ErrNotSent { //nolint:errorlint // tells the two sentinels apart
		other = transport.ErrOutcomeUnknown
	}
	require.NotErrorIs(tb, err, other)
	require.NotContains(tb, err.Error(), token)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
