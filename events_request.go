package onebot

import (
	"context"

	"github.com/onebot-go/onebot/internal/wire"
)

// FriendRequestEvent reports that somebody wants to be the account's friend.
//
// OneBot event: request friend (OneBot 11, event/request.md).
type FriendRequestEvent struct {
	EventBase
	// User asks.
	User UserID
	// Comment is what they wrote.
	Comment string
	// Flag names the request in set_friend_add_request. It is opaque and means nothing to another server.
	Flag string
	// Via is how they found the account; told by LLBot.
	Via string

	decision
}

// GroupRequestEvent reports that somebody wants to join a group, or invites the account into one.
//
// OneBot event: request group (OneBot 11, event/request.md).
type GroupRequestEvent struct {
	EventBase
	// Group is the group.
	Group GroupID
	// User asks to join, or invites.
	User UserID
	// SubType is "add" or "invite"; empty on onebots.
	SubType string
	// Comment is what they wrote.
	Comment string
	// Flag names the request in set_group_add_request. It is opaque and means nothing to another server.
	Flag string
	// Invitor brought User to the group; told by go-cqhttp, LLBot (for "add") and Lagrange, 0 when nobody did.
	Invitor UserID
	// SourceGroup is the group through which an invitation came; told by LLBot.
	SourceGroup GroupID

	decision
}

// Approve makes the user a friend. remark is the name to keep them under, empty for none; of a quick operation only LLBot reads it.
//
// Where the client has no caller (a webhook alone) the decision travels as the quick operation; one after the first, or one later
// than 2.5 s after the event, is ErrUnsupported. Errors beside those of Call: ErrInvalidArgument for an event that did not come
// from a client or has no Flag.
//
// OneBot action: set_friend_add_request (OneBot 11, api/public.md).
func (e *FriendRequestEvent) Approve(ctx context.Context, remark string) error {
	op := []byte(`{"approve":true`)
	if remark != "" {
		op = wire.AppendString(append(op, `,"remark":`...), remark)
	}
	return e.answer(ctx, op)
}

// Reject declines the request. See Approve for the errors.
//
// OneBot action: set_friend_add_request (OneBot 11, api/public.md).
func (e *FriendRequestEvent) Reject(ctx context.Context) error {
	return e.answer(ctx, []byte(`{"approve":false`))
}

// answer decides; op is the decision without its closing brace.
func (e *FriendRequestEvent) answer(ctx context.Context, op []byte) error {
	return e.decide(ctx, "set_friend_add_request", e.Flag, flagged(op, e.Flag), append(op, '}'))
}

// Approve lets the user in, or accepts the invitation. See FriendRequestEvent.Approve for quick operations and errors.
//
// OneBot action: set_group_add_request (OneBot 11, api/public.md).
func (e *GroupRequestEvent) Approve(ctx context.Context) error {
	return e.answer(ctx, []byte(`{"approve":true`))
}

// Reject declines, with a reason that the user reads; empty for none. See FriendRequestEvent.Approve for quick operations and errors.
//
// OneBot action: set_group_add_request (OneBot 11, api/public.md).
func (e *GroupRequestEvent) Reject(ctx context.Context, reason string) error {
	op := []byte(`{"approve":false`)
	if reason != "" {
		op = wire.AppendString(append(op, `,"reason":`...), reason)
	}
	return e.answer(ctx, op)
}

func (e *GroupRequestEvent) answer(ctx context.Context, op []byte) error {
	params := op[:len(op):len(op)]
	if e.SubType != "" {
		params = wire.AppendString(append(params, `,"sub_type":`...), e.SubType)
	}
	return e.decide(ctx, "set_group_add_request", e.Flag, flagged(params, e.Flag), append(op, '}'))
}

// flagged completes the parameters of a decision, in bytes of its own.
func flagged(op []byte, flag string) []byte {
	params := wire.AppendString(append(op[:len(op):len(op)], `,"flag":`...), flag)
	return append(params, '}')
}
