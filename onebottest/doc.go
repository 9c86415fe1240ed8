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
package onebottest
