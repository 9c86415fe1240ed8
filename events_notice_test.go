package onebot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot"
)

// TestParseEvent_notices has one frame for each spelling of each event; the names begin with the section of dialects.md that
// the frame was written from. The account is 10001.
func TestParseEvent_notices(t *testing.T) {
	t.Parallel()
	added := []onebot.Reaction{{Emoji: "76", Count: 2}}
	for name, tt := range map[string]struct {
		frame string
		want  onebot.Event
	}{
		"7.4 group_recall": {
			`"notice_type":"group_recall","group_id":1,"user_id":2,"operator_id":3,"message_id":-4,"tip":"t"`,
			&onebot.GroupRecallEvent{Group: 1, User: 2, Operator: 3, ID: "-4"},
		},
		"7.4 friend_recall": {`"notice_type":"friend_recall","user_id":2,"message_id":4`, &onebot.FriendRecallEvent{User: 2, ID: "4"}},
		"7.5 essence, go-cqhttp and Lagrange": {
			`"notice_type":"essence","sub_type":"delete","group_id":1,"sender_id":2,"operator_id":3,"message_id":4`,
			&onebot.EssenceEvent{Group: 1, User: 2, Operator: 3, ID: "4", SubType: "delete"},
		},
		"7.5 essence, NapCat and LLBot": {
			`"notice_type":"essence","sub_type":"add","group_id":1,"user_id":2,"sender_id":2,"operator_id":0,"message_id":4`,
			&onebot.EssenceEvent{Group: 1, User: 2, ID: "4", SubType: "add"},
		},
		"7.5 reaction, NapCat and LLBot": {
			`"notice_type":"group_msg_emoji_like","group_id":1,"user_id":2,"message_id":4,"likes":[{"emoji_id":"76","count":2}],"is_add":true`,
			&onebot.ReactionEvent{Group: 1, User: 2, ID: "4", Reactions: added, Added: true},
		},
		"7.5 reaction taken back": {
			`"notice_type":"group_msg_emoji_like","group_id":1,"user_id":2,"message_id":4,"likes":[{"emoji_id":"76","count":2}],"is_add":false`,
			&onebot.ReactionEvent{Group: 1, User: 2, ID: "4", Reactions: added},
		},
		"7.5 reaction, Lagrange": {
			`"notice_type":"reaction","sub_type":"add","group_id":1,"operator_id":2,"message_id":4,"code":"76","count":2`,
			&onebot.ReactionEvent{Group: 1, User: 2, ID: "4", Reactions: added, Added: true},
		},
		"7.5 reaction taken back, Lagrange": {
			`"notice_type":"reaction","sub_type":"remove","group_id":1,"operator_id":2,"message_id":4,"code":"76","count":2`,
			&onebot.ReactionEvent{Group: 1, User: 2, ID: "4", Reactions: added},
		},
		"7.5 poke in a group, NapCat and LLBot": {
			`"notice_type":"notify","sub_type":"poke","group_id":1,"user_id":2,"target_id":3,"raw_info":[{}]`,
			&onebot.PokeEvent{Group: 1, Sender: 2, Target: 3},
		},
		"7.5 poke in a group, go-cqhttp": {
			`"notice_type":"notify","sub_type":"poke","group_id":1,"user_id":2,"sender_id":2,"target_id":3`,
			&onebot.PokeEvent{Group: 1, Sender: 2, Target: 3},
		},
		"7.5 poke in a group, Lagrange": {
			`"notice_type":"notify","sub_type":"poke","group_id":1,"user_id":2,"target_id":3,"action":"a","suffix":"s","action_img_url":"u"`,
			&onebot.PokeEvent{Group: 1, Sender: 2, Target: 3, Action: "a", Suffix: "s", ImageURL: "u"},
		},
		"7.5 poke, go-cqhttp and Lagrange": {
			`"notice_type":"notify","sub_type":"poke","user_id":2,"sender_id":2,"target_id":10001`,
			&onebot.PokeEvent{Friend: 2, Sender: 2, Target: 10001},
		},
		"7.5 own poke, go-cqhttp and Lagrange": {
			`"notice_type":"notify","sub_type":"poke","user_id":10001,"sender_id":10001,"target_id":2`,
			&onebot.PokeEvent{Friend: 2, Sender: 10001, Target: 2},
		},
		"7.5 own poke, NapCat": {
			`"notice_type":"notify","sub_type":"poke","user_id":2,"sender_id":10001,"target_id":2`,
			&onebot.PokeEvent{Friend: 2, Sender: 10001, Target: 2},
		},
		"7.5 poke, LLBot": {
			`"notice_type":"notify","sub_type":"poke","user_id":2,"target_id":10001`, &onebot.PokeEvent{Friend: 2, Sender: 2, Target: 10001},
		},
		"7.5 poke of the friend, LLBot does not tell by whom": {
			`"notice_type":"notify","sub_type":"poke","user_id":2,"target_id":2`, &onebot.PokeEvent{Friend: 2, Target: 2},
		},
		"7.5 input_status": {
			`"notice_type":"notify","sub_type":"input_status","user_id":2,"group_id":0,"event_type":1,"status_text":"typing"`,
			&onebot.InputStatusEvent{User: 2, EventType: 1, Text: "typing"},
		},
		"7.5 lucky_king": {
			`"notice_type":"notify","sub_type":"lucky_king","group_id":1,"user_id":2,"target_id":3`,
			&onebot.LuckyKingEvent{Group: 1, User: 2, Target: 3},
		},
		"7.5 honor": {
			`"notice_type":"notify","sub_type":"honor","group_id":1,"user_id":2,"honor_type":"talkative"`,
			&onebot.HonorEvent{Group: 1, User: 2, Honor: "talkative"},
		},
		"7.5 profile_like": {
			`"notice_type":"notify","sub_type":"profile_like","operator_id":2,"operator_nick":"A","times":10`,
			&onebot.ProfileLikeEvent{User: 2, Nickname: "A", Times: 10},
		},
		"7.5 title": {
			`"notice_type":"notify","sub_type":"title","group_id":1,"user_id":2,"title":"T"`,
			&onebot.GroupTitleEvent{Group: 1, User: 2, Title: "T"},
		},
		"7.5 gray_tip": {
			`"notice_type":"notify","sub_type":"gray_tip","group_id":1,"user_id":2,"message_id":4,"busi_id":"1061","content":"{}","raw_info":{}`,
			&onebot.GrayTipEvent{Group: 1, User: 2, ID: "4", BusiID: "1061", Content: "{}"},
		},
		"7.5 group name, NapCat": {
			`"notice_type":"notify","sub_type":"group_name","group_id":1,"user_id":2,"name_new":"N"`,
			&onebot.GroupNameEvent{Group: 1, User: 2, Name: "N"},
		},
		"7.5 group name, Lagrange": {
			`"notice_type":"group_name_change","group_id":1,"name":"N"`, &onebot.GroupNameEvent{Group: 1, Name: "N"},
		},
		"7.5 group_card": {
			`"notice_type":"group_card","group_id":1,"user_id":2,"card_new":"new","card_old":"old"`,
			&onebot.GroupCardEvent{Group: 1, User: 2, Old: "old", New: "new"},
		},
		"7.6 group_upload": {
			`"notice_type":"group_upload","group_id":1,"user_id":2,"file":{"id":"/i","name":"n","size":5,"busid":102,"url":"u"}`,
			&onebot.GroupUploadEvent{Group: 1, User: 2, File: onebot.UploadedFile{ID: "/i", Name: "n", Size: 5, BusID: 102, URL: "u"}},
		},
		"7.6 offline_file": {
			`"notice_type":"offline_file","user_id":2,"file":{"id":"i","name":"n","size":"5","url":"u","hash":"h"}`,
			&onebot.OfflineFileEvent{User: 2, File: onebot.UploadedFile{ID: "i", Name: "n", Size: 5, URL: "u", Hash: "h"}},
		},
		"7.6 online_file_send": {
			`"notice_type":"online_file_send","peer_id":2,"sub_type":"refuse"`, &onebot.OnlineFileEvent{Peer: 2, Sending: true, SubType: "refuse"},
		},
		"7.6 online_file_receive": {
			`"notice_type":"online_file_receive","peer_id":2,"sub_type":"cancel"`, &onebot.OnlineFileEvent{Peer: 2, SubType: "cancel"},
		},
		"7.6 group_admin": {
			`"notice_type":"group_admin","sub_type":"unset","group_id":1,"user_id":2`, &onebot.GroupAdminEvent{Group: 1, User: 2, SubType: "unset"},
		},
		"7.6 group_ban": {
			`"notice_type":"group_ban","sub_type":"ban","group_id":1,"user_id":2,"operator_id":3,"duration":60`,
			&onebot.GroupBanEvent{Group: 1, User: 2, Operator: 3, SubType: "ban", Duration: time.Minute},
		},
		"7.6 group_ban of all": {
			`"notice_type":"group_ban","sub_type":"ban","group_id":1,"user_id":0,"operator_id":3,"duration":-1`,
			&onebot.GroupBanEvent{Group: 1, Operator: 3, SubType: "ban", Duration: -time.Second},
		},
		"7.6 group_increase": {
			`"notice_type":"group_increase","sub_type":"invite","group_id":1,"user_id":2,"operator_id":3`,
			&onebot.GroupIncreaseEvent{Group: 1, User: 2, Operator: 3, SubType: "invite"},
		},
		"7.6 group_decrease": {
			`"notice_type":"group_decrease","sub_type":"kick_me","group_id":1,"user_id":10001,"operator_id":3`,
			&onebot.GroupDecreaseEvent{Group: 1, User: 10001, Operator: 3, SubType: "kick_me"},
		},
		"7.6 disband, NapCat and Lagrange": {
			`"notice_type":"group_decrease","sub_type":"disband","group_id":1,"user_id":2,"operator_id":3`,
			&onebot.GroupDismissEvent{Group: 1, User: 2, Operator: 3},
		},
		"7.6 group_dismiss, LLBot": {
			`"notice_type":"group_dismiss","group_id":1,"user_id":2,"operator_id":2`, &onebot.GroupDismissEvent{Group: 1, User: 2, Operator: 2},
		},
		"7.6 friend_add": {`"notice_type":"friend_add","user_id":2`, &onebot.FriendAddEvent{User: 2}},
		"7.6 bot_offline, NapCat": {
			`"notice_type":"bot_offline","user_id":10001,"tag":"t","message":"kicked \u0026 out"`,
			&onebot.BotOfflineEvent{User: 10001, Tag: "t", Message: "kicked & out"},
		},
		"7.6 bot_offline, Lagrange": {`"notice_type":"bot_offline","tag":"t","message":"m"`, &onebot.BotOfflineEvent{Tag: "t", Message: "m"}},
		"7.6 bot_online":            {`"notice_type":"bot_online","reason":"login"`, &onebot.BotOnlineEvent{Reason: "login"}},
		"7.6 client_status": {
			`"notice_type":"client_status","client":{"app_id":5,"device_name":"pad","device_kind":"tablet"},"online":true`,
			&onebot.ClientStatusEvent{AppID: 5, Device: "pad", Kind: "tablet", Online: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, parse(t, `"post_type":"notice",`+tt.frame))
			assert.Equal(t, tt.want, parse(t, tt.frame+`,"post_type":"notice"`), "what it is can stand at the end")
		})
	}
}

func TestParseEvent_requestsAndMeta(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		frame string
		want  onebot.Event
	}{
		"7.7 friend": {
			`"post_type":"request","request_type":"friend","user_id":2,"comment":"hi","flag":"f"`,
			&onebot.FriendRequestEvent{User: 2, Comment: "hi", Flag: "f"},
		},
		"7.7 friend, LLBot": {
			`"post_type":"request","request_type":"friend","user_id":2,"comment":"hi","flag":"f","via":"search"`,
			&onebot.FriendRequestEvent{User: 2, Comment: "hi", Flag: "f", Via: "search"},
		},
		"7.7 group, go-cqhttp and Lagrange": {
			`"post_type":"request","request_type":"group","sub_type":"add","group_id":1,"user_id":2,"comment":"hi","flag":"1-2-3","invitor_id":4`,
			&onebot.GroupRequestEvent{Group: 1, User: 2, SubType: "add", Comment: "hi", Flag: "1-2-3", Invitor: 4},
		},
		"7.7 group, LLBot": {
			`"post_type":"request","request_type":"group","sub_type":"invite","group_id":1,"user_id":2,"comment":"","flag":"1|2|3|0","source_group_id":5`,
			&onebot.GroupRequestEvent{Group: 1, User: 2, SubType: "invite", Flag: "1|2|3|0", SourceGroup: 5},
		},
		"7.8 lifecycle": {
			`"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"connect"`, &onebot.LifecycleEvent{SubType: "connect"},
		},
		"7.8 heartbeat": {
			`"post_type":"meta_event","meta_event_type":"heartbeat","interval":30000,"status":{"online":true,"good":true}`,
			&onebot.HeartbeatEvent{Interval: 30 * time.Second, Online: true, OnlineKnown: true, Good: true},
		},
		"7.8 heartbeat, offline": {
			`"post_type":"meta_event","meta_event_type":"heartbeat","interval":5000,"status":{"app_good":true,"online":false,"good":true,"stat":{"online":true}}`,
			&onebot.HeartbeatEvent{Interval: 5 * time.Second, OnlineKnown: true, Good: true},
		},
		"7.8 heartbeat, LLBot": {
			`"post_type":"meta_event","meta_event_type":"heartbeat","interval":5000,"status":{"online":null,"good":false}`,
			&onebot.HeartbeatEvent{Interval: 5 * time.Second},
		},
		"7.8 heartbeat without a status": {
			`"post_type":"meta_event","meta_event_type":"heartbeat","interval":9223372036854775807`, &onebot.HeartbeatEvent{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, parse(t, tt.frame))
		})
	}
}

func TestConnectionState_String(t *testing.T) {
	t.Parallel()
	for s, want := range map[onebot.ConnectionState]string{
		onebot.ConnectionConnecting: "connecting", onebot.ConnectionReady: "ready", onebot.ConnectionLost: "lost",
		onebot.ConnectionOffline: "account offline", 0: "unknown",
	} {
		assert.Equal(t, want, s.String())
	}
}
