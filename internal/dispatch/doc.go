// Package dispatch runs one function for many items: in order for items of the same key, in parallel for different keys.
//
// A Dispatcher has one lane for each key that has items waiting or running, and no lane, no goroutine and no memory worth
// mentioning for a key that has none. Workers are goroutines that are started when a lane becomes ready and end when no
// lane is. A handler can give up its turn, so that its lane goes on while it continues.
//
// Everything is bounded: the items that wait (in number and in bytes, for all keys together and for each), the handlers
// that run, and the handlers that run without a turn.
package dispatch
