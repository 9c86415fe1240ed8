package onebot_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// dialFake connects to a fake server, by its WebSocket or by HTTP.
func dialFake(t *testing.T, srv *onebottest.Server, scheme string, opts ...onebot.Option) *onebot.Client {
	t.Helper()
	if scheme == "http" {
		return dial(t, srv.HTTPURL(), opts...)
	}
	return dial(t, srv.URL(), opts...)
}

// threeLevels is the tree that every server carries: three levels with text, image, at and reply, and the texts of a card on each.
func threeLevels(quoted onebot.MessageID) *onebot.Forward {
	card := func(f *onebot.Forward, level string) *onebot.Forward {
		return f.WithNews("news "+level, "more "+level).WithPrompt("prompt " + level).WithSummary("summary " + level).WithSource("source " + level)
	}
	third := card(onebot.NewForward(
		onebot.CustomNode(10003, "丙", onebot.Text("the third level, [CQ:at,qq=1] & so on")),
		onebot.CustomNode(10001, "甲", onebot.At(10002), onebot.Text(" "), onebot.Image(onebot.FileURL("https://example.com/3.png"))),
	), "3")
	second := card(onebot.NewForward(
		onebot.CustomNode(10002, "乙", onebot.Image(onebot.FileURL("https://example.com/2.png")), onebot.Text("with words")),
		onebot.NestedNode(10003, "丙", third),
		onebot.CustomNode(10002, "乙", onebot.Text("behind")),
	), "2")
	return card(onebot.NewForward(
		onebot.CustomNode(10001, "甲", onebot.Reply(quoted), onebot.At(10002), onebot.Text(" look")),
		onebot.NestedNode(10002, "乙", second),
		onebot.CustomNode(10003, "", onebot.Text("no name")),
	), "1")
}

// outline is what has to be the same on every server, a line for each node. Times and the texts of cards do not come back, and
// media come back in each server's own words.
func outline(f *onebot.Forward) []string {
	var lines []string
	for _, n := range f.Nodes {
		name := n.Nickname
		if name == "" {
			name = strconv.FormatInt(int64(n.User), 10)
		}
		var line strings.Builder
		fmt.Fprintf(&line, "%d %s:", n.User, name)
		for _, s := range n.Content {
			switch s := s.(type) {
			case onebot.TextSegment:
				fmt.Fprintf(&line, " %q", s.Text)
			case onebot.AtSegment:
				fmt.Fprintf(&line, " @%d", s.User)
			case onebot.ReplySegment:
				line.WriteString(" re " + string(s.ID))
			case onebot.ImageSegment:
				url := s.URL
				if url == "" {
					b, err := json.Marshal(s)
					url = strings.Trim(strings.SplitAfter(string(b)+fmt.Sprint(err), `"file":"`)[1], `"}<nil>`)
				}
				line.WriteString(" image " + url)
			case onebot.ForwardSegment:
				line.WriteString(" forward " + s.ID)
			default:
				fmt.Fprintf(&line, " %T", s)
			}
		}
		lines = append(lines, line.String())
		if n.Nested != nil {
			for _, inner := range outline(n.Nested) {
				lines = append(lines, "  "+inner)
			}
		}
	}
	return lines
}

// members lists every string under a key, at any depth of the JSON in v.
func membersOf(v any, key string) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if s, ok := inner.(string); ok && k == key {
				found = append(found, s)
				continue
			}
			found = append(found, membersOf(inner, key)...)
		}
	case []any:
		for _, inner := range v {
			found = append(found, membersOf(inner, key)...)
		}
	}
	slices.Sort(found)
	return found
}

// forwarding lists the personas that have forwards.
func forwarding() []onebottest.Persona {
	return slices.DeleteFunc(onebottest.Personas(), func(p onebottest.Persona) bool { return p == onebottest.Standard })
}

func TestForward_sameTreeEverywhere(t *testing.T) {
	t.Parallel()
	const group, user = onebot.GroupID(onebottest.Group1), onebot.UserID(onebottest.Friend1)
	ways := map[string]func(*testing.T, *onebot.Client, *onebot.Forward) (onebot.ForwardReceipt, error){
		"SendForwardMsg, group": func(t *testing.T, c *onebot.Client, f *onebot.Forward) (onebot.ForwardReceipt, error) {
			t.Helper()
			return c.SendForwardMsg(t.Context(), onebot.GroupChat(group), f)
		},
		"SendForwardMsg, private": func(t *testing.T, c *onebot.Client, f *onebot.Forward) (onebot.ForwardReceipt, error) {
			t.Helper()
			return c.SendForwardMsg(t.Context(), onebot.PrivateChat(user), f)
		},
		"SendGroupForwardMsg": func(t *testing.T, c *onebot.Client, f *onebot.Forward) (onebot.ForwardReceipt, error) {
			t.Helper()
			return c.SendGroupForwardMsg(t.Context(), group, f)
		},
		"SendPrivateForwardMsg": func(t *testing.T, c *onebot.Client, f *onebot.Forward) (onebot.ForwardReceipt, error) {
			t.Helper()
			return c.SendPrivateForwardMsg(t.Context(), user, f)
		},
	}
	for _, persona := range forwarding() {
		for way, send := range ways {
			for _, scheme := range []string{"ws", "http", "ws, CQ strings"} {
				t.Run(persona.String()+"/"+way+"/"+scheme, func(t *testing.T) {
					t.Parallel()
					format := "array"
					if strings.HasSuffix(scheme, "strings") {
						format = "string"
					}
					srv := onebottest.NewServer(t, persona, onebottest.WithMessageFormat(format))
					quoted := onebot.NewMessageID(srv.Say(onebottest.Group1, onebottest.Friend1, "quoted"))
					c := dialFake(t, srv, scheme)
					tree := threeLevels(quoted)
					want := outline(tree)

					receipt, err := send(t, c, tree)
					require.NoError(t, err)
					assert.NotEmpty(t, receipt.MessageID)
					assert.NotEmpty(t, receipt.ForwardID)
					assert.Equal(t, want, outline(tree), "the tree given is not changed")
					sent := srv.Sent()
					require.Len(t, sent, 1, "sent once")
					toGroup := strings.Contains(strings.ToLower(way), "group")
					assert.Equal(t, toGroup, sent[0].Group == int64(group))
					assert.Equal(t, !toGroup, sent[0].User == int64(user))
					assert.Equal(t, receipt.MessageID, onebot.NewMessageID(sent[0].MessageID))
					checkCards(t, srv)

					back, err := c.ReadForward(t.Context(), onebot.ForwardRef(receipt.ForwardID), 3)
					require.NoError(t, err)
					assert.Equal(t, want, outline(back))

					again, err := send(t, c, back)
					require.NoError(t, err, "what was read can be sent")
					require.Len(t, srv.Sent(), 2)
					back, err = c.ReadForward(t.Context(), onebot.ForwardRef(again.ForwardID), 3)
					require.NoError(t, err)
					assert.Equal(t, want, outline(back))
				})
			}
		}
	}
}

// checkCards looks for the texts of the card of every level in what went out.
func checkCards(t *testing.T, srv *onebottest.Server) {
	t.Helper()
	var all []any
	for _, call := range srv.Calls() {
		if strings.Contains(call.Action, "forward") {
			var params any
			require.NoError(t, json.Unmarshal(call.Params, &params))
			all = append(all, params)
		}
	}
	for _, key := range []string{"prompt", "summary", "source"} {
		assert.Equal(t, []string{key + " 1", key + " 2", key + " 3"}, membersOf(all, key))
	}
	texts := membersOf(all, "text")
	for _, line := range []string{"news 1", "more 1", "news 2", "more 2", "news 3", "more 3"} {
		assert.Contains(t, texts, line)
	}
}

func TestForward_standard(t *testing.T) {
	t.Parallel()
	srv := onebottest.NewServer(t, onebottest.Standard)
	c := dialFake(t, srv, "ws")
	f := onebot.NewForward(onebot.CustomNode(10001, "A", onebot.Text("hi")))
	_, err := c.SendForwardMsg(t.Context(), onebot.GroupChat(100001), f)
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	assert.Equal(t, 1, classes(err))
	assert.Equal(t, 1, strings.Count(err.Error(), "onebot: "), "%v", err)
	_, err = c.SendGroupForwardMsg(t.Context(), 100001, f)
	require.ErrorIs(t, err, onebot.ErrUnsupported)
	_, err = c.SendPrivateForwardMsg(t.Context(), 10001, f)
	require.ErrorIs(t, err, onebot.ErrUnsupported)

	id := srv.AddForward(`[{"type":"node","data":{"user_id":"10001","nickname":"A","content":[{"type":"text","data":{"text":"outer"}}]}},
		{"type":"node","data":{"user_id":"10002","nickname":"B","content":[
			{"type":"node","data":{"user_id":"10003","nickname":"C","content":"inner"}}]}}]`)
	back, err := c.ReadForward(t.Context(), onebot.ForwardRef(id), 2)
	require.NoError(t, err)
	assert.Equal(t, []string{`10001 A: "outer"`, `10002 B:`, `  10003 C: "inner"`}, outline(back))
	one, err := c.GetForwardMsg(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, one.Nodes, 2)
	assert.Nil(t, one.Nodes[1].Nested, "an inner forward whose messages are not known stays a reference")
	assert.IsType(t, onebot.ForwardSegment{}, one.Nodes[1].Content[0])
	depth1, err := c.ReadForward(t.Context(), onebot.ForwardRef(id), 0)
	require.NoError(t, err)
	assert.Equal(t, outline(one), outline(depth1))
}

func TestForward_Node_digest(t *testing.T) {
	t.Parallel()
	for _, persona := range forwarding() {
		t.Run(persona.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, persona)
			inner := srv.AddForward(`[{"type":"node","data":{"user_id":"10003","nickname":"C","content":"inner"}}]`)
			c := dialFake(t, srv, "ws")
			first := srv.Say(onebottest.Group1, onebottest.Friend1, "first")
			for _, text := range []string{
				"[CQ:reply,id=" + strconv.FormatInt(first, 10) + "]an answer", "[CQ:face,id=14]", "", "[CQ:at,qq=10001] you",
				"[CQ:image,file=https://example.com/a.png]", "[CQ:json,data={}]", "[CQ:redbag,title=lucky]", "[CQ:forward,id=" + inner + "]",
			} {
				srv.Say(onebottest.Group1, onebottest.Friend1, text)
			}
			messages, err := c.Recent(t.Context(), onebot.GroupChat(onebot.GroupID(onebottest.Group1)), 20)
			require.NoError(t, err)
			require.Len(t, messages, 9)
			digest := onebot.NewForward()
			for _, m := range messages {
				digest.Nodes = append(digest.Nodes, m.Node())
			}
			receipt, err := c.SendGroupForwardMsg(t.Context(), onebot.GroupID(onebottest.Group2), digest)
			require.NoError(t, err)
			back, err := c.ReadForward(t.Context(), onebot.ForwardRef(receipt.ForwardID), 3)
			require.NoError(t, err)
			lines := outline(back)
			require.Len(t, lines, 10, "%q", lines)
			assert.Contains(t, lines[0], `"first"`)
			assert.Contains(t, lines[1], `"an answer"`)
			assert.NotContains(t, lines[1], "re ")
			assert.Contains(t, lines[3], "空消息")
			assert.Contains(t, lines[9], "  10003 C: \"inner\"")
		})
	}
}
