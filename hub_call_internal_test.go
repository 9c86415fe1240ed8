package onebot

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAccount_overTheNext: a call whose connection was replaced meanwhile goes over the one that stands, also where it would not wait.
func TestAccount_overTheNext(t *testing.T) {
	t.Parallel()
	h, err := NewHub(func(UserID, *Client) {}, WithNoToken(), WithFailFast())
	require.NoError(t, err)
	defer func() { assert.NoError(t, h.Close()) }()
	a := newAccount(h, 1)
	first, second := new(session), new(session)
	a.calls.Store(first)
	var used []*session
	gone := errors.Join(ErrNotSent, ErrNotConnected)
	call := func(s *session) error {
		used = append(used, s)
		if s == first {
			a.calls.Store(second)
			return gone
		}
		return nil
	}
	require.NoError(t, a.over(t.Context(), "x", call))
	assert.Equal(t, []*session{first, second}, used)

	a.calls.Store(first)
	err = a.over(t.Context(), "x", func(*session) error { return gone })
	require.ErrorIs(t, err, ErrNotConnected, "nothing else stands")
	require.ErrorIs(t, err, ErrNotSent)
	a.calls.Store(nil)
	assert.NoError(t, a.client.Close())
}
