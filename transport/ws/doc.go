// Package ws carries OneBot actions and events over WebSocket: forward, where [Dial] connects to a server, on one socket
// for both or on split sockets for each, and reverse, where [Accept] takes the connection of a server that dialled us.
//
// A dialled [Conn] connects again by itself until it is closed or the server rejects the token. No call is ever repeated:
// a call that was cut off says whether its request can have reached the server.
//
// Each connection has one reader that never waits for anyone. Requests are appended to an outgoing buffer that one writer
// empties, so that many calls share a write and a peer that does not read holds nobody past its deadline.
package ws
