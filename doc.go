// Package onebot lets a program send, read, withdraw and follow QQ messages through any OneBot 11 server, over any of its
// transports, without knowing which server it talks to.
//
//	client, err := onebot.Dial(ctx, "ws://127.0.0.1:3001", onebot.WithToken("secret"))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	client.OnMessage(func(ctx context.Context, m *onebot.MessageEvent) error {
//		return m.ReplyText(ctx, "pong")
//	}, onebot.Command("ping"))
//	return client.Run(ctx)
//
// # Connecting
//
// [Dial] opens a WebSocket for ws and wss, and calls over HTTP for http and https; [WithEventSource] brings the events to the
// latter. A [Hub] takes servers that dial out (reverse WebSocket) and makes a client for each account. [New] makes a client of any
// transport.Transport. A connection that breaks is made again, and handlers stay: [ConnectionEvent] tells of it.
//
// # Receiving
//
// [On] registers a handler for one type of event, OnMessage and its siblings for messages of others, narrowed down by a [Filter].
// Run hands out the events: those of one chat in order and one after the other, those of different chats in parallel. A handler
// may take its time and may call the client. MessageEvent.Next waits for what the same person says next, [Await] for one event,
// Client.Events for all. Client.OnChatMessage follows what becomes of messages: sent, withdrawn, read.
//
// # Sending
//
// A message is a list of segments, made by [Text], [At], [Reply], [Image] and others. SendMsg, SendGroupMsg and SendPrivateMsg give
// the id, by which GetMsg reads the message and DeleteMsg withdraws it. SendForwardMsg sends merged forwards, ReadForward reads them;
// History and Recent read what was said before. Any other action is called by [Do] and Client.Call.
//
// # Errors
//
// A failed call matches exactly one of three errors: [ErrNotSent] (nothing reached the server), [*ActionError] (the server refused)
// and [ErrOutcomeUnknown] (it may have happened). Its cause matches too, as [ErrNotConnected] or [ErrUnauthorized]. The library
// never repeats a call by itself; [RetryReads], [RetryUnsent] and [WithOutcomeCheck] do what can be done without sending twice.
//
// # Bounds
//
// Whatever waits is bounded, in number and in bytes. Events for handlers that do not fit ([WithEventQueue]) are dropped, logged and
// counted by Client.Stats; Await and Events end with [ErrOverflow]; of a withdrawn message that is too old for the cache
// ([WithMessageCache]) the content is not told. The strings of an event are parts of the frame that it came in;
// MessageEvent.Detach gives a copy that keeps nothing else.
//
// Package onebottest is a fake server for the tests of bots.
package onebot
