package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/transport"
	"github.com/onebot-go/onebot/transport/httpapi"
)

// streamBody is test_download_stream of NapCat 4.18.19 over HTTP: ten parts and the last answer.
func streamBody(tb testing.TB) string {
	tb.Helper()
	body, err := os.ReadFile("testdata/napcat-4.18.19-stream.txt")
	require.NoError(tb, err)
	return string(body)
}

func TestCaller_CallStream_asTheyArrive(t *testing.T) {
	t.Parallel()
	docs := strings.SplitAfter(streamBody(t), "\r\n\r\n")
	seen := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, doc := range docs {
			_, _ = io.WriteString(w, doc)
			assert.NoError(t, http.NewResponseController(w).Flush())
			if doc != "" {
				<-seen
			}
		}
	})
	c := newCaller(t, s.URL, httpapi.Options{})
	var parts []*transport.Response
	require.NoError(t, c.CallStream(t.Context(), transport.Request{Action: "test_download_stream"}, func(r *transport.Response) bool {
		parts = append(parts, r)
		seen <- struct{}{}
		return true
	}))
	require.Len(t, parts, 11)
	for i, p := range parts {
		assert.Equal(t, "ok", p.Status)
		assert.Equal(t, i < 10, p.Partial)
	}
	assert.JSONEq(t, `{"type":"stream","data":"Index-> 3","data_type":"data_chunk"}`, string(parts[2].Data))
}

func TestCaller_Call_streamGivesTheLast(t *testing.T) {
	t.Parallel()
	c := newCaller(t, serve(t, answer(200, streamBody(t))).URL, httpapi.Options{})
	resp, err := call(t, c, "test_download_stream")
	require.NoError(t, err)
	assert.False(t, resp.Partial)
	assert.JSONEq(t, `{"type":"response","data_type":"data_complete","data":"Stream transmission complete"}`, string(resp.Data))
}

// NapCat's upload_file_stream answers one piece with one document (action/stream/UploadFileStream.ts), whose data is of the type of a part.
func TestCaller_Call_uploadedPiece(t *testing.T) {
	t.Parallel()
	const data = `{"type":"stream","stream_id":"s","status":"chunk_received","received_chunks":1,"total_chunks":9}`
	c := newCaller(t, serve(t, answer(200, `{"status":"ok","retcode":0,"data":`+data+`,"message":"","wording":"","echo":"x","stream":"stream-action"}`)).URL, httpapi.Options{})
	resp, err := call(t, c, "upload_file_stream")
	require.NoError(t, err)
	assert.JSONEq(t, data, string(resp.Data))
	answers := 0
	require.NoError(t, c.CallStream(t.Context(), transport.Request{Action: "upload_file_stream"}, func(*transport.Response) bool {
		answers++
		return true
	}))
	assert.Equal(t, 1, answers)
}

func TestCaller_CallStream_stopsEarly(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"status":"ok"}`)
		assert.NoError(t, http.NewResponseController(w).Flush())
		<-r.Context().Done()
	})
	c := newCaller(t, s.URL, httpapi.Options{})
	count := 0
	require.NoError(t, c.CallStream(t.Context(), transport.Request{Action: "x"}, func(*transport.Response) bool {
		count++
		return false
	}))
	assert.Equal(t, 1, count)
	<-ended
}

func TestCaller_CallStream_closedByAPart(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"status":"ok"}`)
		assert.NoError(t, http.NewResponseController(w).Flush())
		<-r.Context().Done()
	})
	c := newCaller(t, s.URL, httpapi.Options{})
	err := c.CallStream(t.Context(), transport.Request{Action: "x"}, func(*transport.Response) bool {
		return assert.NoError(t, c.Close())
	})
	requireClass(t, err, transport.ErrOutcomeUnknown)
	require.ErrorIs(t, err, transport.ErrClosed)
}

func TestCaller_CallStream_cutOff(t *testing.T) {
	t.Parallel()
	for name, tail := range map[string]string{
		"between parts": "\r\n\r\n", "inside a part": "\r\n\r\n{\"status\":",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"status":"ok"}`+tail)
				assert.NoError(t, http.NewResponseController(w).Flush())
				panic(http.ErrAbortHandler) //nolint:forbidigo // the way to cut a connection off
			})
			c := newCaller(t, s.URL, httpapi.Options{})
			count := 0
			err := c.CallStream(t.Context(), transport.Request{Action: "x"}, func(*transport.Response) bool {
				count++
				return true
			})
			requireClass(t, err, transport.ErrOutcomeUnknown)
			assert.Equal(t, 1, count)
			_, err = call(t, c, "x")
			requireClass(t, err, transport.ErrOutcomeUnknown)
		})
	}
}

// The parts of a stream without its last one are no answer, although the body ends as it should.
func TestCaller_CallStream_withoutLast(t *testing.T) {
	t.Parallel()
	docs := strings.SplitAfter(streamBody(t), "\r\n\r\n")
	c := newCaller(t, serve(t, answer(200, strings.Join(docs[:3], ""))).URL, httpapi.Options{})
	count := 0
	err := c.CallStream(t.Context(), transport.Request{Action: "test_download_stream"}, func(r *transport.Response) bool {
		count++
		return assert.True(t, r.Partial)
	})
	assert.Equal(t, 3, count)
	requireClass(t, err, transport.ErrOutcomeUnknown)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = call(t, c, "test_download_stream")
	requireClass(t, err, transport.ErrOutcomeUnknown)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// A server that does not end its answer after the last part is not waited for; within a part it is.
func TestCaller_CallStream_heldOpen(t *testing.T) {
	t.Parallel()
	whole := streamBody(t)
	last := strings.LastIndex(strings.TrimSpace(whole), "\r\n\r\n")
	for name, tt := range map[string]struct {
		body  string
		parts int
		after time.Duration
		want  error
	}{
		"after the last part":       {whole, 11, time.Second, nil},
		"without white space":       {strings.TrimSpace(whole), 11, time.Second, nil},
		"before the last part":      {whole[:last], 10, time.Minute, context.DeadlineExceeded},
		"inside the last part":      {whole[:last+9], 10, time.Minute, context.DeadlineExceeded},
		"inside one after the last": {whole + `{"status":`, 11, time.Second, transport.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rt := memory(func(r *http.Request) (*http.Response, error) { return streamResponse(200, heldOpen(r, tt.body)), nil })
				c := newCaller(t, "http://bot.example", httpapi.Options{Client: &http.Client{Transport: rt}})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start, count := time.Now(), 0
				err := c.CallStream(ctx, transport.Request{Action: "x"}, func(*transport.Response) bool {
					count++
					return true
				})
				require.ErrorIs(t, err, tt.want)
				assert.Equal(t, tt.parts, count)
				assert.Equal(t, tt.after, time.Since(start))
			})
		})
	}
}
