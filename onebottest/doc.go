// Package onebottest is a fake OneBot 11 server for tests, in the manner of net/http/httptest.
//
// A [Server] plays one [Persona]: NapCat, LLBot, Lagrange.OneBot, go-cqhttp, or a server that follows the bare standard. It
// answers actions over WebSocket and over HTTP on one address, pushes events to every event connection, keeps chats, messages
// and merged forwards, and makes ids, errors and key orders the way its model does. [Fault] values make it misbehave on
// purpose, and [InMemory] replaces the sockets by memory, so that a whole server runs inside a testing/synctest bubble.
//
//	srv := onebottest.NewServer(t, onebottest.NapCat)
//	client, err := onebot.Dial(ctx, srv.URL())
//	...
//	srv.Say(onebottest.Group1, onebottest.Friend1, "ping")
//	sent, err := srv.NextSent(ctx) // what the bot answered
//
// The server knows one account (10000), two friends (10001 and 10002) and two groups (100001 and 100002). It shares no encoder
// or decoder with the client it tests: one mistake must not hide another.
//
// Several servers play several accounts of one bot, but share no group: let each of them [Server.Say] what was said there, what the other
// accounts have sent included. Else the sequence numbers of one message differ from server to server, which they never do on QQ,
// and a hub with WithOneAnswer takes it for several messages.
//
// # Actions
//
// A persona knows every action that its server has, by name; an action that the server lacks gets the server's own answer to an unknown one.
// [Server.Calls] records all of them. As far as the server has them, these are played:
//
//   - Messages, answered from the chats: send_msg, send_private_msg, send_group_msg, delete_msg, get_msg, mark_msg_as_read,
//     get_group_msg_history, get_friend_msg_history, send_forward_msg, send_group_forward_msg, send_private_forward_msg, get_forward_msg.
//   - People and groups, answered from those that the server knows: get_login_info, get_friend_list, get_stranger_info, get_group_list,
//     get_group_info, get_group_member_info, get_group_member_list.
//   - set_friend_add_request and set_group_add_request, which need the flag of a request that [Server.PushNotice] has pushed.
//   - upload_group_file, upload_private_file and get_group_file_url, with invented ids and addresses.
//   - get_version_info, get_status, can_send_image, can_send_record; get_updates of go-cqhttp and get_event of LLBot.
//   - What changes something and is answered with ok and no data: set_group_ban, set_group_kick, set_group_card, set_essence_msg,
//     set_msg_emoji_like, group_poke, send_like and many more. Essences and reactions need a message that exists. Where NapCat hands on an
//     object of QQ's, the data is an empty object.
//
// What changes anything but messages is answered and no more: nobody joins or leaves, no card and no title is kept, and no notice follows.
// Push the notice that the bot waits for with [Server.PushNotice].
//
// Every other action of the server fails, with a text that says that it is not played and never as an unknown action. [Server.Handle]
// answers it, or gives a played one another answer.
package onebottest
