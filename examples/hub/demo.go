package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/onebot-go/onebot/onebottest"
)

// demonstrate plays a NapCat that dials in and a go-cqhttp that posts.
//
//nolint:contextcheck // servers and hub end with Close, not with ctx
func demonstrate(ctx context.Context, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	known := secrets{"demo-token", "demo-secret"}
	b, err := start(ctx, "127.0.0.1:0", known, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()

	dials, err := onebottest.Start(onebottest.NapCat, onebottest.WithToken(known.token), onebottest.WithAccount(20000))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dials.Close()) }()
	if err := dials.DialReverse("ws://" + b.addr + "/onebot/v11/ws"); err != nil {
		return err
	}
	posts, err := onebottest.Start(onebottest.GoCQHTTP)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, posts.Close()) }()
	posts.PostTo("http://"+b.addr+"/webhook", known.secret)

	for name, server := range map[string]*onebottest.Server{"NapCat by reverse WebSocket": dials, "go-cqhttp by webhook": posts} {
		answer, err := ask(ctx, server, "echo good morning")
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := fmt.Fprintf(out, "%s: answered %q\n", name, answer); err != nil {
			return err
		}
	}
	return show(ctx, out, "http://"+b.addr+"/")
}

// ask says something, again if need be, until it is answered: the bot may have begun to listen just now.
func ask(ctx context.Context, server *onebottest.Server, text string) (answer string, err error) {
	for ctx.Err() == nil {
		server.Say(onebottest.Group1, onebottest.Friend1, text)
		patience, cancel := context.WithTimeout(ctx, time.Second)
		sent, err := server.NextSent(patience)
		cancel()
		if err == nil {
			return sent.CQ, nil
		}
	}
	return "", ctx.Err()
}

// show prints a page.
func show(ctx context.Context, out io.Writer, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(out, resp.Body)
	return err
}
