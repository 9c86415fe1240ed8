package onebottest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorded is a server whose frames were recorded; testdata holds excerpts under its name and version.
type recorded struct {
	persona onebottest.Persona
	name    string
	token   string
	ordered bool // the order of keys is part of the recording
	// differ says why an exchange is not compared: what the recording shows was decided by the stand-in for QQ behind the server.
	differ map[string]string
}

func recordings() []recorded {
	return []recorded{
		{onebottest.NapCat, "napcat-af07479", "napcat-token", true, map[string]string{
			"send_group_msg / unknown group":                   "the text quotes the stand-in",
			"get_msg / after delete":                           "dialects 1.4: NapCat fails",
			"get_group_msg_history / message_seq = message_id": "the stand-in's direction",
			"get_group_msg_history / reverseOrder":             "the stand-in's direction",
			"history seq=message_id count 3":                   "the stand-in's direction",
			"history seq=message_seq count 3":                  "the stand-in's direction",
			"history seq=message_seq string":                   "the stand-in's direction",
			"history seq+reverseOrder":                         "the stand-in's direction",
			"history seq+reverse_order":                        "the stand-in's direction",
			"odd: JSON5 syntax":                                "the fake reads JSON only",
			"http send_private_msg / missing message":          "a stack trace",
			"http send_group_msg / missing message":            "a stack trace",
			"http send_group_msg / empty params":               "a stack trace",
			"http send_group_forward_msg / missing messages":   "a stack trace",
			"http send_group_msg / unknown group":              "the text quotes the stand-in",
		}},
		{onebottest.GoCQHTTP, "gocqhttp-a5923f1", "gocq-token", false, map[string]string{
			"send_group_forward_msg / missing group": "the stand-in takes any group",
			"delete_msg / twice":                     "the text quotes the stand-in",
			"get_msg / after delete":                 "the stand-in's idea of an own quote",
			"get_msg of sent forward":                "the stand-in's idea of an own forward",
		}},
	}
}

// exchange is a line of an excerpt: a frame and its answer, null where none came.
type exchange struct {
	Note, Send string
	Recv       *string
}

func readLines[T any](t *testing.T, name string) []T {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".jsonl"))
	require.NoError(t, err)
	var list []T
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var v T
		require.NoError(t, json.Unmarshal(sc.Bytes(), &v))
		list = append(list, v)
	}
	require.NoError(t, sc.Err())
	require.NotEmpty(t, list)
	return list
}

// renamed carries ids that the recorded server made over to the ids that the fake makes.
type renamed map[string]string

// learn pairs the ids of a recorded answer with those of the fake's.
func (r renamed) learn(recorded, got string) {
	var a, b struct{ Data map[string]any }
	if decodeNumbers(recorded, &a) != nil || decodeNumbers(got, &b) != nil {
		return
	}
	for _, key := range []string{"message_id", "res_id", "forward_id", "message_seq"} {
		if old, now := a.Data[key], b.Data[key]; old != nil && now != nil {
			r[fmt.Sprint(old)] = fmt.Sprint(now)
		}
	}
}

func decodeNumbers(s string, into any) error {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	return dec.Decode(into)
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

var idLike = regexp.MustCompile(`-?\d{4,}|rig[\w]+`)

func (r renamed) apply(frame string) string {
	return idLike.ReplaceAllStringFunc(frame, func(id string) string {
		if to, ok := r[id]; ok {
			return to
		}
		return id
	})
}

// shape lists what a JSON value is made of: its keys with the types of their values, down to the leaves. With ordered, keys are
// listed in the order they were written.
func shape(v string, ordered bool) []string {
	dec := json.NewDecoder(strings.NewReader(v))
	var out []string
	var walk func(path string) error
	walk = func(path string) error {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case json.Delim:
			for i := 0; dec.More(); i++ {
				next := fmt.Sprintf("%s[%d]", path, i)
				if t == '{' {
					key, err := dec.Token()
					if err != nil {
						return err
					}
					next = path + "." + fmt.Sprint(key)
				}
				if err := walk(next); err != nil {
					return err
				}
			}
			out = append(out, path+" "+t.String())
			_, err = dec.Token()
			return err
		case nil:
			out = append(out, path+" null")
		default:
			out = append(out, fmt.Sprintf("%s %T", path, t))
		}
		return nil
	}
	if err := walk(""); err != nil {
		return []string{"not JSON: " + v}
	}
	if !ordered {
		// Where the order of keys means nothing, entries of lists are taken together.
		for i := range out {
			out[i] = listIndex.ReplaceAllString(out[i], "[]")
		}
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

// sameAnswer compares an answer with a recorded one: the shape, and the fields that tell a client what happened.
func sameAnswer(t *testing.T, rec recorded, note, want, got string) {
	t.Helper()
	if rec.ordered {
		assert.Equal(t, shape(want, true), shape(got, true), "%s\nrecorded %s\nfake     %s", note, want, got)
	} else {
		assert.ElementsMatch(t, shape(want, false), shape(got, false), "%s\nrecorded %s\nfake     %s", note, want, got)
	}
	var a, b map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(want), &a), note)
	require.NoError(t, json.Unmarshal([]byte(got), &b), note)
	for _, key := range []string{"status", "retcode", "echo", "message", "wording", "msg", "stream"} {
		if key == "echo" && strings.HasPrefix(note, "http") && note != "http echo param" {
			continue // a random string there
		}
		assert.Equal(t, string(a[key]), string(b[key]), "%s: %s\nrecorded %s\nfake     %s", note, key, want, got)
	}
}

// TestGolden_ws replays recorded calls, in order, and compares every answer. A call that was never answered must not be answered.
func TestGolden_ws(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings() {
		for _, part := range []string{"ws-actions", "forward-history", "ws-echo-odd"} {
			t.Run(rec.name+"/"+part, func(t *testing.T) {
				t.Parallel()
				srv := onebottest.NewServer(t, rec.persona, onebottest.WithToken(rec.token))
				w := dial(t, srv, "/api", http.Header{"Authorization": {"Bearer " + rec.token}})
				if part == "forward-history" && rec.persona == onebottest.GoCQHTTP {
					// The recorded group had seen such messages before.
					srv.Say(onebottest.Group1, onebottest.Friend2, "[CQ:at,qq=all][CQ:face,id=14][CQ:json,data={}]")
				}
				ids := renamed{}
				for _, x := range readLines[exchange](t, rec.name+"-"+part) {
					w.send(ids.apply(x.Send))
					if x.Recv == nil {
						continue // The next answer shows that this call has none: calls are answered in order.
					}
					got := w.next()
					ids.learn(*x.Recv, got)
					if rec.differ[x.Note] == "" {
						sameAnswer(t, rec, x.Note, *x.Recv, got)
					}
				}
			})
		}
	}
}

// TestGolden_auth replays handshakes: tokens in all places, and the paths.
func TestGolden_auth(t *testing.T) {
	t.Parallel()
	type handshake struct {
		Note, Path, Authorization, Action string
		Status, Close                     int
		Frames                            []string
		NoReply                           bool
	}
	for _, rec := range recordings() {
		for _, h := range readLines[handshake](t, rec.name+"-ws-auth") {
			t.Run(rec.name+"/"+h.Note, func(t *testing.T) {
				t.Parallel()
				srv := onebottest.NewServer(t, rec.persona, onebottest.WithToken(rec.token))
				header := http.Header{}
				if h.Authorization != "" {
					header.Set("Authorization", h.Authorization)
				}
				w, status, err := tryDial(srv, h.Path, header)
				require.Equal(t, h.Status, status)
				if status != http.StatusSwitchingProtocols {
					require.Error(t, err)
					return
				}
				w.tb = t
				t.Cleanup(func() { _ = w.ws.Close() })
				if h.Action != "" {
					// A rejected client may already be cut off.
					_ = w.ws.WriteMessage(1, []byte(h.Action))
				}
				for _, want := range h.Frames {
					assert.ElementsMatch(t, shape(want, false), shape(w.next(), false), "want %s", want)
				}
				switch {
				case h.Close == 1005:
					_, err := w.read(5 * time.Second)
					assert.ErrorContains(t, err, fmt.Sprintf("close %d", h.Close))
				case h.NoReply:
					_, err := w.read(50 * time.Millisecond)
					assert.ErrorContains(t, err, "timeout")
				}
			})
		}
	}
}

// TestGolden_http replays HTTP requests: methods, content types, tokens, paths, broken bodies, and the failures of actions.
func TestGolden_http(t *testing.T) {
	t.Parallel()
	type request struct {
		Note, Method, Path, ContentType, Authorization, Body string
		Status                                               int
		AnswerType, Answer                                   string
	}
	for _, rec := range recordings() {
		srv := onebottest.NewServer(t, rec.persona, onebottest.WithToken(rec.token))
		for _, r := range readLines[request](t, rec.name+"-http") {
			header := http.Header{}
			if r.Authorization != "" {
				header.Set("Authorization", r.Authorization)
			}
			resp, body := post(t, srv, r.Method, r.Path, r.ContentType, r.Body, header)
			note := rec.name + ": " + r.Note
			assert.Equal(t, r.Status, resp.StatusCode, note)
			assert.Equal(t, r.AnswerType, resp.Header.Get("Content-Type"), note)
			switch {
			case rec.differ[r.Note] != "" || rec.differ[strings.TrimPrefix(r.Note, "http ")] != "":
			case strings.HasPrefix(r.Answer, `{"status"`) || strings.HasPrefix(r.Answer, `{"data"`):
				sameAnswer(t, rec, r.Note, r.Answer, body)
			default:
				assert.Equal(t, r.Answer, body, note)
			}
		}
	}
}
