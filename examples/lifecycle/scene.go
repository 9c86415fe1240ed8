package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/onebottest"
)

// sceneTime is how long the scene may take.
const sceneTime = 3 * time.Second

// playLocally follows a fake server on which a few things happen.
func playLocally(ctx context.Context, f *follower) (err error) {
	server, err := onebottest.Start(onebottest.NapCat, onebottest.WithReportSelf()) //nolint:contextcheck // it ends with Close, not with ctx
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if _, err := fmt.Fprintln(f.out, "This is a fake NapCat inside this program; -url names a real server."); err != nil {
		return err
	}
	client, err := onebot.Dial(ctx, server.URL())
	if err != nil {
		return err
	}
	f.told = make(chan struct{})
	client.OnChatMessage(f.step)

	ctx, cancel := context.WithTimeout(ctx, sceneTime)
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- client.Run(ctx) }()
	played := play(ctx, f, server, client)
	cancel()
	return errors.Join(played, <-ran, client.Close())
}

// play lets one thing happen after the other: each step waits until the follower has seen it.
func play(ctx context.Context, f *follower, server *onebottest.Server, client *onebot.Client) error {
	const group, alice, bob = onebottest.Group1, onebottest.Friend1, onebottest.Friend2
	chat := onebot.GroupChat(onebot.GroupID(group))
	var question, slip int64
	var answer onebot.MessageID
	for _, step := range []func() error{
		func() error {
			question = server.Say(group, alice, "Is <b>this</b> shown as it was written?")
			return nil
		},
		func() error {
			return client.MarkMsgAsRead(ctx, chat, onebot.MessageRef{ID: onebot.NewMessageID(question)})
		},
		func() (err error) {
			answer, err = client.SendMsg(ctx, chat, onebot.Text("Yes & no."))
			return err
		},
		func() error { slip = server.Say(group, bob, "a slip of the tongue"); return nil },
		func() error { server.RecallBy(slip, alice); return nil },
		func() error { return client.DeleteMsg(ctx, answer) },
		func() error { server.Say(group, bob, "Better."); return nil },
		func() error { // what a backend of its own would push: another chat, not on the page
			server.Push(`{"type":"chat.message","status":"send message","user_id":5,"chat_id":44,"msg_id":1,"update_time":1713844846.08072}`)
			return nil
		},
	} {
		if err := step(); err != nil {
			return err
		}
		select {
		case <-f.told:
		case <-ctx.Done():
			return fmt.Errorf("the scene takes too long: %w", ctx.Err())
		}
	}
	return nil
}
