package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/onebot-go/onebot"
)

// follower prints the stream and keeps the page. Chats come in parallel, so it has a lock.
type follower struct {
	file string
	told chan struct{} // gets a value after each step, for whoever plays a scene; else nil

	mu   sync.Mutex
	out  io.Writer
	page page
}

// step takes one step in the life of a message.
func (f *follower) step(ctx context.Context, m *onebot.ChatMessage) error {
	if err := f.take(m); err != nil {
		return err
	}
	if f.told != nil {
		select {
		case f.told <- struct{}{}:
		case <-ctx.Done():
		}
	}
	return nil
}

func (f *follower) take(m *onebot.ChatMessage) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(f.out, "%s\n", line); err != nil {
		return err
	}
	if !f.page.apply(m) {
		return nil
	}
	return f.page.save(f.file)
}
