package onebottest_test

import (
	"encoding/json"
	"testing"

	"github.com/onebot-go/onebot/onebottest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spelled is a notice and how each persona spells it, as the section of dialects.md has it: the whole event but for time, self_id
// and post_type. A persona that is not there never sends it.
type spelled struct {
	section string
	notice  onebottest.Notice
	want    map[onebottest.Persona]string
}

const (
	std      = onebottest.Standard
	gocq     = onebottest.GoCQHTTP
	napcat   = onebottest.NapCat
	llbot    = onebottest.LLBot
	lagrange = onebottest.Lagrange
)

// all gives every persona the same spelling.
func all(text string) map[onebottest.Persona]string {
	return map[onebottest.Persona]string{std: text, gocq: text, napcat: text, llbot: text, lagrange: text}
}

func noticesAboutMessages() []spelled {
	file := onebottest.Upload{ID: "/f", Name: "a.txt", URL: "http://u", Hash: "h", Size: 12, BusID: 102}
	return []spelled{
		{"7.5 essence", onebottest.Essence{Group: 7, Sender: 1, Operator: 2, MessageID: -5}, map[onebottest.Persona]string{
			gocq:     `{"notice_type":"essence","sub_type":"add","group_id":7,"sender_id":1,"operator_id":2,"message_id":-5}`,
			napcat:   `{"notice_type":"essence","sub_type":"add","group_id":7,"user_id":1,"sender_id":1,"operator_id":2,"message_id":-5}`,
			llbot:    `{"notice_type":"essence","sub_type":"add","group_id":7,"user_id":1,"sender_id":1,"operator_id":2,"message_id":-5}`,
			lagrange: `{"notice_type":"essence","sub_type":"add","group_id":7,"sender_id":1,"operator_id":2,"message_id":-5}`,
		}},
		{"7.5 essence: NapCat always says add, go-cqhttp nothing of its own", onebottest.Essence{Group: 7, Sender: 1, Operator: 10000, MessageID: 5, Deleted: true}, map[onebottest.Persona]string{
			llbot:    `{"notice_type":"essence","sub_type":"delete","group_id":7,"user_id":1,"sender_id":1,"operator_id":10000,"message_id":5}`,
			lagrange: `{"notice_type":"essence","sub_type":"delete","group_id":7,"sender_id":1,"operator_id":10000,"message_id":5}`,
		}},
		{"7.5 reaction", onebottest.Reaction{Group: 7, User: 1, MessageID: 5, Emoji: "76", Count: 2}, map[onebottest.Persona]string{
			napcat:   `{"notice_type":"group_msg_emoji_like","group_id":7,"user_id":1,"message_id":5,"likes":[{"emoji_id":"76","count":2}],"is_add":true}`,
			llbot:    `{"notice_type":"group_msg_emoji_like","group_id":7,"user_id":1,"message_id":5,"likes":[{"emoji_id":"76","count":2}],"is_add":true}`,
			lagrange: `{"notice_type":"reaction","group_id":7,"message_id":5,"operator_id":1,"sub_type":"add","code":"76","count":2}`,
		}},
		{"7.5 reaction, taken back", onebottest.Reaction{Group: 7, User: 1, MessageID: 5, Emoji: "76", Removed: true}, map[onebottest.Persona]string{
			napcat:   `{"notice_type":"group_msg_emoji_like","group_id":7,"user_id":1,"message_id":5,"likes":[{"emoji_id":"76","count":0}],"is_add":false}`,
			llbot:    `{"notice_type":"group_msg_emoji_like","group_id":7,"user_id":1,"message_id":5,"likes":[{"emoji_id":"76","count":0}],"is_add":false}`,
			lagrange: `{"notice_type":"reaction","group_id":7,"message_id":5,"operator_id":1,"sub_type":"remove","code":"76","count":0}`,
		}},
		{"7.5 poke, group", onebottest.Poke{Group: 7, Sender: 1, Target: 2}, map[onebottest.Persona]string{
			std:      `{"notice_type":"notify","sub_type":"poke","group_id":7,"user_id":1,"target_id":2}`,
			gocq:     `{"notice_type":"notify","sub_type":"poke","group_id":7,"user_id":1,"sender_id":1,"target_id":2}`,
			napcat:   `{"notice_type":"notify","sub_type":"poke","group_id":7,"user_id":1,"target_id":2,"raw_info":[]}`,
			llbot:    `{"notice_type":"notify","sub_type":"poke","group_id":7,"user_id":1,"target_id":2,"raw_info":[]}`,
			lagrange: `{"notice_type":"notify","sub_type":"poke","group_id":7,"user_id":1,"target_id":2,"action":"戳了戳","suffix":"","action_img_url":""}`,
		}},
		{"7.5 poke, private, by the account", onebottest.Poke{Sender: 10000, Target: 3}, map[onebottest.Persona]string{
			gocq:     `{"notice_type":"notify","sub_type":"poke","user_id":10000,"sender_id":10000,"target_id":3}`,
			napcat:   `{"notice_type":"notify","sub_type":"poke","user_id":3,"sender_id":10000,"target_id":3,"raw_info":[]}`,
			llbot:    `{"notice_type":"notify","sub_type":"poke","user_id":3,"target_id":3,"raw_info":[]}`,
			lagrange: `{"notice_type":"notify","sub_type":"poke","user_id":10000,"sender_id":10000,"target_id":3,"action":"戳了戳","suffix":"","action_img_url":""}`,
		}},
		{"7.5 typing", onebottest.InputStatus{User: 3, EventType: 1, Text: "对方正在输入..."}, map[onebottest.Persona]string{
			napcat: `{"notice_type":"notify","sub_type":"input_status","user_id":3,"group_id":0,"event_type":1,"status_text":"对方正在输入..."}`,
		}},
		{"7.5 gray_tip", onebottest.GrayTip{Group: 7, User: 1, MessageID: 5, BusiID: "1061", Content: "{}"}, map[onebottest.Persona]string{
			napcat: `{"notice_type":"notify","sub_type":"gray_tip","group_id":7,"user_id":1,"message_id":5,"busi_id":"1061","content":"{}","raw_info":{}}`,
		}},
		{"7.6 group_upload", onebottest.GroupUpload{Group: 7, User: 1, File: file}, map[onebottest.Persona]string{
			std:      `{"notice_type":"group_upload","group_id":7,"user_id":1,"file":{"id":"/f","name":"a.txt","size":12,"busid":102}}`,
			gocq:     `{"notice_type":"group_upload","group_id":7,"user_id":1,"file":{"id":"/f","name":"a.txt","size":12,"busid":102,"url":"http://u"}}`,
			napcat:   `{"notice_type":"group_upload","group_id":7,"user_id":1,"file":{"id":"/f","name":"a.txt","size":12,"busid":102}}`,
			llbot:    `{"notice_type":"group_upload","group_id":7,"user_id":1,"file":{"id":"/f","name":"a.txt","size":12,"busid":102}}`,
			lagrange: `{"notice_type":"group_upload","group_id":7,"user_id":1,"file":{"id":"/f","name":"a.txt","size":12,"busid":0,"url":"http://u"}}`,
		}},
		{"7.6 offline_file", onebottest.OfflineFile{User: 3, File: file}, map[onebottest.Persona]string{
			gocq:     `{"notice_type":"offline_file","user_id":3,"file":{"name":"a.txt","size":12,"url":"http://u"}}`,
			lagrange: `{"notice_type":"offline_file","user_id":3,"file":{"id":"/f","name":"a.txt","size":12,"url":"http://u","hash":"h"}}`,
		}},
		{"7.6 online_file_send", onebottest.OnlineFile{Peer: 3, Sending: true, SubType: "refuse"}, map[onebottest.Persona]string{
			napcat: `{"notice_type":"online_file_send","peer_id":3,"sub_type":"refuse"}`,
		}},
		{"7.6 online_file_receive", onebottest.OnlineFile{Peer: 3, SubType: "cancel"}, map[onebottest.Persona]string{
			napcat: `{"notice_type":"online_file_receive","peer_id":3,"sub_type":"cancel"}`,
		}},
	}
}

func noticesAboutGroups() []spelled {
	title := `{"notice_type":"notify","sub_type":"title","group_id":7,"user_id":1,"title":"t"}`
	card := `{"notice_type":"group_card","group_id":7,"user_id":1,"card_new":"new","card_old":"old"}`
	honor := `{"notice_type":"notify","sub_type":"honor","group_id":7,"user_id":1,"honor_type":"talkative"}`
	king := `{"notice_type":"notify","sub_type":"lucky_king","group_id":7,"user_id":1,"target_id":2}`
	disband := `{"notice_type":"group_decrease","sub_type":"disband","group_id":7,"user_id":1,"operator_id":1}`
	return []spelled{
		{"7.5 title", onebottest.GroupTitle{Group: 7, User: 1, Title: "t"}, map[onebottest.Persona]string{gocq: title, napcat: title, llbot: title}},
		{"7.5 group name", onebottest.GroupName{Group: 7, User: 1, Name: "x"}, map[onebottest.Persona]string{
			napcat:   `{"notice_type":"notify","sub_type":"group_name","group_id":7,"user_id":1,"name_new":"x"}`,
			lagrange: `{"notice_type":"group_name_change","group_id":7,"name":"x"}`,
		}},
		{"7.5 group_card", onebottest.GroupCard{Group: 7, User: 1, Old: "old", New: "new"}, map[onebottest.Persona]string{gocq: card, napcat: card, llbot: card}},
		{"7.6 group_admin", onebottest.GroupAdmin{Group: 7, User: 1}, all(`{"notice_type":"group_admin","sub_type":"set","group_id":7,"user_id":1}`)},
		{"7.6 group_admin", onebottest.GroupAdmin{Group: 7, User: 1, Unset: true}, all(`{"notice_type":"group_admin","sub_type":"unset","group_id":7,"user_id":1}`)},
		{"7.6 group_ban", onebottest.GroupBan{Group: 7, User: 1, Operator: 2, Seconds: 60}, all(`{"notice_type":"group_ban","sub_type":"ban","group_id":7,"user_id":1,"operator_id":2,"duration":60}`)},
		{"7.6 group_ban", onebottest.GroupBan{Group: 7, User: 1, Operator: 2}, all(`{"notice_type":"group_ban","sub_type":"lift_ban","group_id":7,"user_id":1,"operator_id":2,"duration":0}`)},
		{"7.6 group_increase", onebottest.GroupIncrease{Group: 7, User: 1, Operator: 2}, all(`{"notice_type":"group_increase","sub_type":"approve","group_id":7,"user_id":1,"operator_id":2}`)},
		{"7.6 group_increase", onebottest.GroupIncrease{Group: 7, User: 1, Operator: 2, Invited: true}, all(`{"notice_type":"group_increase","sub_type":"invite","group_id":7,"user_id":1,"operator_id":2}`)},
		{"7.6 group_decrease", onebottest.GroupDecrease{Group: 7, User: 1, Operator: 1}, all(`{"notice_type":"group_decrease","sub_type":"leave","group_id":7,"user_id":1,"operator_id":1}`)},
		{"7.6 group_decrease", onebottest.GroupDecrease{Group: 7, User: 1, Operator: 2}, all(`{"notice_type":"group_decrease","sub_type":"kick","group_id":7,"user_id":1,"operator_id":2}`)},
		{"7.6 group_decrease", onebottest.GroupDecrease{Group: 7, User: 10000, Operator: 2}, all(`{"notice_type":"group_decrease","sub_type":"kick_me","group_id":7,"user_id":10000,"operator_id":2}`)},
		{"7.6 group_decrease extra sub_type", onebottest.GroupDismiss{Group: 7, User: 1, Operator: 1}, map[onebottest.Persona]string{
			napcat: disband, lagrange: disband, llbot: `{"notice_type":"group_dismiss","group_id":7,"user_id":1,"operator_id":1}`,
		}},
		{"7.5 honor", onebottest.Honor{Group: 7, User: 1, Honor: "talkative"}, map[onebottest.Persona]string{std: honor, gocq: honor}},
		{"7.5 lucky_king", onebottest.LuckyKing{Group: 7, User: 1, Target: 2}, map[onebottest.Persona]string{std: king, gocq: king}},
	}
}

func noticesAboutTheAccount() []spelled {
	like := `{"notice_type":"notify","sub_type":"profile_like","operator_id":3,"operator_nick":"x","times":9}`
	friend := `{"request_type":"friend","user_id":3,"comment":"hi","flag":"f"}`
	join := `{"request_type":"group","sub_type":"add","group_id":7,"user_id":3,"comment":"hi","flag":"f"}`
	brought := `{"request_type":"group","sub_type":"add","group_id":7,"user_id":3,"comment":"hi","flag":"f","invitor_id":4}`
	invited := `{"request_type":"group","sub_type":"invite","group_id":7,"user_id":3,"comment":"","flag":"f"}`
	invitedBy := `{"request_type":"group","sub_type":"invite","group_id":7,"user_id":3,"comment":"","flag":"f","invitor_id":0}`
	beat := `{"meta_event_type":"heartbeat","interval":30000,"status":{"online":false,"good":true}}`
	return []spelled{
		{"7.6 friend_add", onebottest.FriendAdd{User: 3}, all(`{"notice_type":"friend_add","user_id":3}`)},
		{"7.5 profile_like", onebottest.ProfileLike{User: 3, Nickname: "x", Times: 9}, map[onebottest.Persona]string{napcat: like, llbot: like}},
		{"7.6 bot_online", onebottest.BotOnline{Reason: "r"}, map[onebottest.Persona]string{lagrange: `{"notice_type":"bot_online","reason":"r"}`}},
		{"7.6 bot_offline", onebottest.BotOffline{Tag: "t", Message: "m"}, map[onebottest.Persona]string{
			napcat:   `{"notice_type":"bot_offline","user_id":10000,"tag":"t","message":"m"}`,
			lagrange: `{"notice_type":"bot_offline","tag":"t","message":"m"}`,
		}},
		{"7.6 client_status", onebottest.ClientStatus{AppID: 1, Device: "d", Kind: "k", Online: true}, map[onebottest.Persona]string{
			gocq: `{"notice_type":"client_status","online":true,"client":{"app_id":1,"device_name":"d","device_kind":"k"}}`,
		}},
		{"7.7 friend", onebottest.FriendRequest{User: 3, Comment: "hi", Flag: "f", Via: "v"}, map[onebottest.Persona]string{
			std: friend, gocq: friend, napcat: friend, lagrange: friend, llbot: `{"request_type":"friend","user_id":3,"comment":"hi","flag":"f","via":"v"}`,
		}},
		{"7.7 group", onebottest.GroupRequest{Group: 7, User: 3, Comment: "hi", Flag: "f", Invitor: 4}, map[onebottest.Persona]string{
			std: join, napcat: join, gocq: brought, llbot: brought, lagrange: brought,
		}},
		{"7.7 group", onebottest.GroupRequest{Group: 7, User: 3, Flag: "f", Invite: true, SourceGroup: 8}, map[onebottest.Persona]string{
			std: invited, napcat: invited, gocq: invitedBy, lagrange: invitedBy,
			llbot: `{"request_type":"group","sub_type":"invite","group_id":7,"user_id":3,"comment":"","flag":"f","source_group_id":8}`,
		}},
		{"7.8 lifecycle", onebottest.Lifecycle{SubType: "connect"}, all(`{"meta_event_type":"lifecycle","sub_type":"connect"}`)},
		{"7.8 lifecycle", onebottest.Lifecycle{SubType: "enable"}, map[onebottest.Persona]string{std: `{"meta_event_type":"lifecycle","sub_type":"enable"}`}},
		{"7.8 heartbeat, offline; Lagrange's status is constant", onebottest.Heartbeat{Offline: true}, map[onebottest.Persona]string{
			std: beat, napcat: beat, llbot: beat,
			gocq: `{"meta_event_type":"heartbeat","interval":30000,"status":{"app_enabled":true,"app_good":true,"app_initialized":true,"good":true,"online":false,"plugins_good":null,"stat":{"packet_received":0,"packet_sent":0,"packet_lost":0,"message_received":0,"message_sent":0,"disconnect_times":0,"lost_times":0,"last_message_time":0}}}`,
		}},
	}
}

func TestServer_PushNotice(t *testing.T) {
	t.Parallel()
	cases := append(append(noticesAboutMessages(), noticesAboutGroups()...), noticesAboutTheAccount()...)
	for _, p := range onebottest.Personas() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			srv := onebottest.NewServer(t, p)
			w := dial(t, srv, "/", nil)
			w.next()
			for _, tt := range cases {
				want, sends := tt.want[p]
				require.Equal(t, sends, srv.PushNotice(tt.notice), "%s: %+v", tt.section, tt.notice)
				if !sends {
					continue
				}
				got := fields(t, w.next())
				assert.InDelta(t, 1e4, got["self_id"], 0, tt.section)
				assert.Positive(t, got["time"], tt.section)
				assert.Contains(t, []any{"notice", "request", "meta_event"}, got["post_type"], tt.section)
				_, isNotice := got["notice_type"]
				assert.Equal(t, isNotice, got["post_type"] == "notice", tt.section)
				delete(got, "self_id")
				delete(got, "time")
				delete(got, "post_type")
				rest, err := json.Marshal(got)
				require.NoError(t, err)
				assert.JSONEq(t, want, string(rest), "dialects %s", tt.section)
			}
			// Nothing was pushed for what the persona does not send: the next frame is this one.
			srv.Push("the end")
			assert.Equal(t, "the end", w.next())
		})
	}
}
