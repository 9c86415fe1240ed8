package onebot_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// reported is something that happens on a server, and the event that a program gets of it. What only some servers tell is filled
// by persona.
type reported struct {
	notice onebottest.Notice
	listen func(c *onebot.Client, got chan<- onebot.Event)
	want   func(p onebottest.Persona) onebot.Event
}

// happens says that the notice becomes want, on every persona that sends it.
func happens[E onebot.Event](notice onebottest.Notice, want E) reported {
	return differs(notice, func(onebottest.Persona) E { return want })
}

func differs[E onebot.Event](notice onebottest.Notice, want func(p onebottest.Persona) E) reported {
	return reported{
		notice: notice,
		listen: func(c *onebot.Client, got chan<- onebot.Event) {
			onebot.On(c, func(_ context.Context, e E) error { got <- e; return nil })
		},
		want: func(p onebottest.Persona) onebot.Event { return want(p) },
	}
}

// on gives v on one of the personas and the zero value elsewhere.
func on[T any](p onebottest.Persona, v T, told ...onebottest.Persona) (none T) {
	if slices.Contains(told, p) {
		return v
	}
	return none
}

func reportedMessages() []reported {
	upload := onebottest.Upload{ID: "/f", Name: "a.txt", URL: "http://u", Hash: "h", Size: 12, BusID: 102}
	return []reported{
		happens(onebottest.Essence{Group: 7, Sender: 1, Operator: 2, MessageID: -5},
			&onebot.EssenceEvent{Group: 7, User: 1, Operator: 2, ID: "-5", SubType: "add"}),
		happens(onebottest.Essence{Group: 7, Sender: 1, Operator: 2, MessageID: 5, Deleted: true},
			&onebot.EssenceEvent{Group: 7, User: 1, Operator: 2, ID: "5", SubType: "delete"}),
		happens(onebottest.Reaction{Group: 7, User: 1, MessageID: 5, Emoji: "76", Count: 2},
			&onebot.ReactionEvent{Group: 7, User: 1, ID: "5", Reactions: []onebot.Reaction{{Emoji: "76", Count: 2}}, Added: true}),
		happens(onebottest.Reaction{Group: 7, User: 1, MessageID: 5, Emoji: "76", Removed: true},
			&onebot.ReactionEvent{Group: 7, User: 1, ID: "5", Reactions: []onebot.Reaction{{Emoji: "76"}}}),
		differs(onebottest.Poke{Group: 7, Sender: 1, Target: 2}, func(p onebottest.Persona) *onebot.PokeEvent {
			return &onebot.PokeEvent{Group: 7, Sender: 1, Target: 2, Action: on(p, "戳了戳", onebottest.Lagrange)}
		}),
		differs(onebottest.Poke{Sender: 3, Target: 10000}, func(p onebottest.Persona) *onebot.PokeEvent {
			return &onebot.PokeEvent{Friend: 3, Sender: 3, Target: 10000, Action: on(p, "戳了戳", onebottest.Lagrange)}
		}),
		differs(onebottest.Poke{Sender: 10000, Target: 3}, func(p onebottest.Persona) *onebot.PokeEvent {
			e := &onebot.PokeEvent{Friend: 3, Sender: 10000, Target: 3, Action: on(p, "戳了戳", onebottest.Lagrange)}
			if p == onebottest.LLBot { // who poked is not told
				e.Sender = 0
			}
			return e
		}),
		happens(onebottest.InputStatus{User: 3, EventType: 1, Text: "t"}, &onebot.InputStatusEvent{User: 3, EventType: 1, Text: "t"}),
		happens(onebottest.GrayTip{Group: 7, User: 1, MessageID: 5, BusiID: "1061", Content: "{}"},
			&onebot.GrayTipEvent{Group: 7, User: 1, ID: "5", BusiID: "1061", Content: "{}"}),
		differs(onebottest.GroupUpload{Group: 7, User: 1, File: upload}, func(p onebottest.Persona) *onebot.GroupUploadEvent {
			return &onebot.GroupUploadEvent{Group: 7, User: 1, File: onebot.UploadedFile{
				ID: "/f", Name: "a.txt", Size: 12, URL: on(p, "http://u", onebottest.GoCQHTTP, onebottest.Lagrange),
				BusID: on[int64](p, 102, onebottest.Standard, onebottest.GoCQHTTP, onebottest.NapCat, onebottest.LLBot),
			}}
		}),
		differs(onebottest.OfflineFile{User: 3, File: upload}, func(p onebottest.Persona) *onebot.OfflineFileEvent {
			return &onebot.OfflineFileEvent{User: 3, File: onebot.UploadedFile{
				ID: on(p, "/f", onebottest.Lagrange), Name: "a.txt", Size: 12, URL: "http://u", Hash: on(p, "h", onebottest.Lagrange),
			}}
		}),
		happens(onebottest.OnlineFile{Peer: 3, Sending: true, SubType: "receive"}, &onebot.OnlineFileEvent{Peer: 3, Sending: true, SubType: "receive"}),
		happens(onebottest.OnlineFile{Peer: 3, SubType: "cancel"}, &onebot.OnlineFileEvent{Peer: 3, SubType: "cancel"}),
	}
}

func reportedGroups() []reported {
	return []reported{
		happens(onebottest.GroupTitle{Group: 7, User: 1, Title: "t"}, &onebot.GroupTitleEvent{Group: 7, User: 1, Title: "t"}),
		differs(onebottest.GroupName{Group: 7, User: 1, Name: "x"}, func(p onebottest.Persona) *onebot.GroupNameEvent {
			return &onebot.GroupNameEvent{Group: 7, User: on(p, onebot.UserID(1), onebottest.NapCat), Name: "x"}
		}),
		happens(onebottest.GroupCard{Group: 7, User: 1, Old: "old", New: "new"}, &onebot.GroupCardEvent{Group: 7, User: 1, Old: "old", New: "new"}),
		happens(onebottest.GroupAdmin{Group: 7, User: 1, Unset: true}, &onebot.GroupAdminEvent{Group: 7, User: 1, SubType: "unset"}),
		happens(onebottest.GroupBan{Group: 7, User: 1, Operator: 2, Seconds: 60},
			&onebot.GroupBanEvent{Group: 7, User: 1, Operator: 2, SubType: "ban", Duration: time.Minute}),
		happens(onebottest.GroupIncrease{Group: 7, User: 1, Operator: 2, Invited: true},
			&onebot.GroupIncreaseEvent{Group: 7, User: 1, Operator: 2, SubType: "invite"}),
		happens(onebottest.GroupDecrease{Group: 7, User: 10000, Operator: 2},
			&onebot.GroupDecreaseEvent{Group: 7, User: 10000, Operator: 2, SubType: "kick_me"}),
		happens(onebottest.GroupDismiss{Group: 7, User: 1, Operator: 1}, &onebot.GroupDismissEvent{Group: 7, User: 1, Operator: 1}),
		happens(onebottest.Honor{Group: 7, User: 1, Honor: "talkative"}, &onebot.HonorEvent{Group: 7, User: 1, Honor: "talkative"}),
		happens(onebottest.LuckyKing{Group: 7, User: 1, Target: 2}, &onebot.LuckyKingEvent{Group: 7, User: 1, Target: 2}),
	}
}

func reportedAccount() []reported {
	return []reported{
		happens(onebottest.FriendAdd{User: 3}, &onebot.FriendAddEvent{User: 3}),
		happens(onebottest.ProfileLike{User: 3, Nickname: "x", Times: 9}, &onebot.ProfileLikeEvent{User: 3, Nickname: "x", Times: 9}),
		happens(onebottest.BotOnline{Reason: "r"}, &onebot.BotOnlineEvent{Reason: "r"}),
		differs(onebottest.BotOffline{Tag: "t", Message: "m"}, func(p onebottest.Persona) *onebot.BotOfflineEvent {
			return &onebot.BotOfflineEvent{User: on(p, onebot.UserID(10000), onebottest.NapCat), Tag: "t", Message: "m"}
		}),
		happens(onebottest.ClientStatus{AppID: 1, Device: "d", Kind: "k", Online: true},
			&onebot.ClientStatusEvent{AppID: 1, Device: "d", Kind: "k", Online: true}),
		differs(onebottest.FriendRequest{User: 3, Comment: "hi", Flag: "f", Via: "v"}, func(p onebottest.Persona) *onebot.FriendRequestEvent {
			return &onebot.FriendRequestEvent{User: 3, Comment: "hi", Flag: "f", Via: on(p, "v", onebottest.LLBot)}
		}),
		differs(onebottest.GroupRequest{Group: 7, User: 3, Comment: "hi", Flag: "f", Invitor: 4}, func(p onebottest.Persona) *onebot.GroupRequestEvent {
			return &onebot.GroupRequestEvent{
				Group: 7, User: 3, SubType: "add", Comment: "hi", Flag: "f",
				Invitor: on(p, onebot.UserID(4), onebottest.GoCQHTTP, onebottest.LLBot, onebottest.Lagrange),
			}
		}),
		differs(onebottest.GroupRequest{Group: 7, User: 3, Flag: "f", Invite: true, SourceGroup: 8}, func(p onebottest.Persona) *onebot.GroupRequestEvent {
			return &onebot.GroupRequestEvent{
				Group: 7, User: 3, SubType: "invite", Flag: "f", SourceGroup: on(p, onebot.GroupID(8), onebottest.LLBot),
			}
		}),
		happens(onebottest.Lifecycle{SubType: "connect"}, &onebot.LifecycleEvent{SubType: "connect"}),
		happens(onebottest.Heartbeat{}, &onebot.HeartbeatEvent{Interval: 30 * time.Second, Online: true, OnlineKnown: true, Good: true}),
		happens(onebottest.Heartbeat{Offline: true}, &onebot.HeartbeatEvent{Interval: 30 * time.Second, OnlineKnown: true, Good: true}),
	}
}

// TestPersonas_notices pushes every kind of event on every persona and takes it through On[E] (dialects 7.5 to 7.8).
func TestPersonas_notices(t *testing.T) {
	t.Parallel()
	for _, p := range onebottest.Personas() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, p)
			c := dial(t, srv.URL())
			got := make(chan onebot.Event, 1)
			next := func() onebot.Event {
				select {
				case ev := <-got:
					return ev
				case <-time.After(10 * time.Second):
					require.Fail(t, "no event")
					return nil
				}
			}
			cases := append(append(reportedMessages(), reportedGroups()...), reportedAccount()...)
			registered := make(map[string]bool)
			for _, tt := range cases {
				if name := fmt.Sprintf("%T", tt.want(p)); !registered[name] {
					registered[name] = true
					tt.listen(c, got)
				}
			}
			assert.Len(t, registered, 27, "types of events")
			runClient(t, c)
			require.IsType(t, &onebot.LifecycleEvent{}, next(), "the greeting of the connection")
			for _, tt := range cases {
				if !srv.PushNotice(tt.notice) {
					continue
				}
				ev, want := next(), tt.want(p)
				require.NotEmpty(t, ev.Base().Raw)
				assert.Equal(t, onebot.UserID(10000), ev.Base().SelfID)
				*want.Base() = *ev.Base()
				assert.EqualExportedValues(t, want, ev, "%s", ev.Base().Raw)
			}
		})
	}
}
