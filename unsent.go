package onebot

import (
	"errors"
	"fmt"
	"strings"
)

// unsent is the failure of what had to be done before a send, or to connect. Whatever became of that, nothing of the send itself has
// reached the server: the error does not match ErrOutcomeUnknown, and everything else that err matches.
type unsent struct {
	err  error
	also error // what it matches besides ErrNotSent; nil for nothing
	text string
}

func (u *unsent) Error() string { return u.text }

func (u *unsent) Is(target error) bool {
	switch target {
	case ErrNotSent:
		return true
	case ErrOutcomeUnknown:
		return false
	}
	return errors.Is(u.also, target) || errors.Is(u.err, target)
}

func (u *unsent) As(target any) bool {
	if _, class := target.(**ActionError); class {
		return false
	}
	return errors.As(u.err, target)
}

// notSent makes of the failure of a first step that of action. What the server has refused stays refused.
func notSent(action string, err error) error {
	var refused *ActionError
	if errors.As(err, &refused) {
		return fmt.Errorf("onebot: %s: %w", action, err)
	}
	text := strings.TrimPrefix(err.Error(), "onebot: ")
	if !errors.Is(err, ErrNotSent) {
		text = ErrNotSent.Error() + ": " + text
	}
	return &unsent{err: err, text: "onebot: " + action + ": " + text}
}

// notConnected makes of the failure of a first request that of Dial, whose outcome is known.
func notConnected(err error) error {
	text := strings.Replace(strings.TrimPrefix(err.Error(), "onebot: "), ErrOutcomeUnknown.Error()+": ", "", 1)
	u := &unsent{err: err, text: "onebot: dial: " + text}
	if !errors.Is(err, ErrUnauthorized) {
		u.also = ErrNotConnected
	}
	return u
}
