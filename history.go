package onebot

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

const (
	defaultPage = 20
	recentPage  = 100 // the largest page that Recent asks for
)

// HistoryQuery says which messages of a chat to read. A negative number in it is ErrInvalidArgument.
type HistoryQuery struct {
	// Before: only messages older than this one; the zero value begins with the newest. Where the server counts by sequence and
	// only the id is known, get_msg tells it.
	Before MessageRef
	// Count is the size of a page, default 20. On Lagrange, where a page is a range of sequences, and on NapCat, which leaves out of a page
	// what it cannot show, at least 20 are asked for behind the newest page: a narrower one could not tell a few messages that are
	// missing from the start of the chat.
	Count int
	// Since: History ends at the first message older than this; one that comes without a time does not end it. The zero value ends
	// nothing.
	Since time.Time
	// Limit: History ends after so many messages. 0 does not end it.
	Limit int
}

func (q HistoryQuery) validate() error {
	if q.Count < 0 || q.Limit < 0 || q.Before.Seq < 0 {
		return fmt.Errorf("negative count, limit or sequence: %w", ErrInvalidArgument)
	}
	return nil
}

func (q HistoryQuery) count() int {
	if q.Count == 0 {
		return defaultPage
	}
	return q.Count
}

// GetGroupMsgHistory reads one page of a group's messages: at most Count that are older than Before, oldest first, Before itself
// left out. At the start of the chat the page is empty. Since and Limit are ignored. go-cqhttp gives at most 20 at a time.
//
// Errors: ErrInvalidArgument for no group and a negative number; ErrUnsupported on a server without history; on NapCat an id that has
// expired is an *ActionError whose text says so.
//
// OneBot action: get_group_msg_history (extension: go-cqhttp, NapCat, LLBot, Lagrange).
func (c *Client) GetGroupMsgHistory(ctx context.Context, group GroupID, q HistoryQuery) ([]*MessageEvent, error) {
	if group == 0 {
		return nil, refused("get_group_msg_history", fmt.Errorf("no group: %w", ErrInvalidArgument))
	}
	return c.onePage(ctx, GroupChat(group), q)
}

// GetFriendMsgHistory reads one page of a private chat's messages; see GetGroupMsgHistory. go-cqhttp has none: ErrUnsupported.
//
// OneBot action: get_friend_msg_history (extension: NapCat, LLBot, Lagrange).
func (c *Client) GetFriendMsgHistory(ctx context.Context, user UserID, q HistoryQuery) ([]*MessageEvent, error) {
	if user == 0 {
		return nil, refused("get_friend_msg_history", fmt.Errorf("no user: %w", ErrInvalidArgument))
	}
	return c.onePage(ctx, PrivateChat(user), q)
}

func (c *Client) onePage(ctx context.Context, chat Chat, q HistoryQuery) ([]*MessageEvent, error) {
	p, err := c.newPager(ctx, chat, q)
	if err != nil {
		return nil, err
	}
	page, err := p.next(ctx)
	if err != nil {
		return nil, err
	}
	if over := len(page) - q.count(); over > 0 {
		page = page[over:]
	}
	return page, nil
}

// History yields the messages of a chat from the newest to the oldest, every one once, until Limit, Since, the start of the chat
// or an error, which is yielded once and last. It asks for a page (Count) when one is needed and starts no goroutine, so that
// leaving the loop costs nothing. Messages that arrive meanwhile are newer and not part of it. The calls are one for each page,
// and one that finds nothing more.
//
// A message that comes without an id is left out: nothing tells it from one that was yielded before.
//
// What the servers do not give, this cannot either: on Lagrange a private chat begins with the newest message of the friend, not
// of the account. go-cqhttp, and Lagrange in groups, count withdrawn messages: twenty of them in a row, on Lagrange as many as a page has
// where that is more, look like the start of the chat, unless others are missing after them. So do as many grey lines without an author
// as a page has on NapCat, unless they are the newest of all.
//
// Errors: those of GetGroupMsgHistory; ErrUnsupported for a temporary session, and where an unknown server answers full pages that
// bring nothing new, which must not be taken for the start of the chat.
//
// OneBot actions: get_group_msg_history, get_friend_msg_history (extensions).
func (c *Client) History(ctx context.Context, chat Chat, q HistoryQuery) iter.Seq2[*MessageEvent, error] {
	return func(yield func(*MessageEvent, error) bool) {
		p, err := c.newPager(ctx, chat, q)
		if err != nil {
			yield(nil, err)
			return
		}
		for n := 0; ; {
			page, err := p.next(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, m := range slices.Backward(page) {
				if !q.Since.IsZero() && !m.Time.IsZero() && m.Time.Before(q.Since) {
					return
				}
				if !yield(m, nil) {
					return
				}
				if n++; q.Limit > 0 && n >= q.Limit {
					return
				}
			}
		}
	}
}

// Recent reads the last n messages of a chat, oldest first; fewer where the chat has fewer. 0 gives none, less is ErrInvalidArgument.
// Errors are those of History; what was read before an error is returned with it.
//
// OneBot actions: get_group_msg_history, get_friend_msg_history (extensions).
func (c *Client) Recent(ctx context.Context, chat Chat, n int) ([]*MessageEvent, error) {
	if n < 0 {
		return nil, refused("history", fmt.Errorf("negative number of messages: %w", ErrInvalidArgument))
	}
	if err := chat.validate(); err != nil {
		return nil, refused("history", err)
	}
	if n == 0 {
		return nil, nil
	}
	var out []*MessageEvent
	var failure error
	for m, err := range c.History(ctx, chat, HistoryQuery{Count: min(n, recentPage), Limit: n}) {
		if err != nil {
			failure = err
			break
		}
		out = append(out, m)
	}
	slices.Reverse(out)
	return out, failure
}
