// Package transport is the contract between the typed client and whatever carries its bytes.
//
// A [Caller] performs actions, an [EventSource] delivers events, a [Transport] does both. The packages below this one
// implement it over WebSocket and HTTP; a program that needs another carrier (a message broker, a replay of a log)
// implements one of the two interfaces and hands it to onebot.New, on its own or through [Join].
//
// What went wrong is told by the sentinels of this package, which package onebot exports again under the same names.
// An error of a Caller that does not match [ErrNotSent] counts as [ErrOutcomeUnknown]: never claim that nothing was
// sent unless it is certain.
package transport
