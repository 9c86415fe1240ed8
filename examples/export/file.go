package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/onebot-go/onebot"
)

// begin is how every line of the file begins.
const begin = `{"id":`

// record is a line of the file.
type record struct {
	ID      onebot.MessageID `json:"id"`
	Seq     int64            `json:"seq,omitempty"` // the server's sequence, where it tells one: to go on from here
	Time    int64            `json:"time"`          // Unix seconds
	User    onebot.UserID    `json:"user"`
	Name    string           `json:"name"`
	Message onebot.Message   `json:"message"`
}

// line writes a message as a line. What cannot be written as it came is written as text, so that one message does not end it all.
func line(m *onebot.MessageEvent) ([]byte, error) {
	r := record{ID: m.ID, Seq: m.Seq, Time: m.Time.Unix(), User: m.Sender.UserID, Name: m.Sender.DisplayName(), Message: m.Message}
	b, err := json.Marshal(r)
	if errors.Is(err, onebot.ErrInvalidArgument) {
		r.Message = onebot.Message{onebot.Text(m.Message.String())}
		b, err = json.Marshal(r)
	}
	return append(b, '\n'), err
}

// exporter writes the history of one chat.
type exporter struct {
	client *onebot.Client
	chat   onebot.Chat
	limit  int
	bar    io.Writer
}

// export goes on with the file where it ends, or begins it, and tells how many messages it has added.
func (e *exporter) export(ctx context.Context, name string) (n int, err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	before, err := resume(file)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}

	total := e.limit
	if total == 0 {
		total = -1 // nobody knows how long a chat is
	}
	bar := progressbar.NewOptions(total, progressbar.OptionSetWriter(e.bar), progressbar.OptionSetDescription(e.chat.String()),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	defer func() { err = errors.Join(err, bar.Finish()) }()
	for m, err := range e.client.History(ctx, e.chat, onebot.HistoryQuery{Before: before, Count: 100, Limit: e.limit}) {
		if err != nil {
			return n, err
		}
		b, err := line(m)
		if err != nil {
			return n, err
		}
		if _, err := file.Write(b); err != nil {
			return n, err
		}
		n++
		if err := bar.Add(1); err != nil {
			return n, err
		}
	}
	return n, nil
}

// resume finds the last message of a file and leaves the file ready to go on. A line that was cut off by an interruption is
// taken away; a file of something else is not touched.
func resume(file *os.File) (onebot.MessageRef, error) {
	var last record
	whole := int64(0)
	err := records(file, func(r record, end int64) { last, whole = r, end })
	switch {
	case errors.Is(err, errCut) && whole == 0:
		return onebot.MessageRef{}, errNoMessage
	case errors.Is(err, errCut):
		err = file.Truncate(whole)
	}
	if err != nil {
		return onebot.MessageRef{}, err
	}
	_, err = file.Seek(whole, io.SeekStart)
	return onebot.MessageRef{ID: last.ID, Seq: last.Seq}, err
}

var (
	errCut = errors.New("the last line is cut off")
	// errNoMessage: one line without an end may be a file of something else.
	errNoMessage = errors.New("no whole message is in it, so it may be no export: name another file, or remove this one")
)

// records reads a file line by line; end is where the line ends in it. A line may have any length: an export goes on with
// whatever it has written.
func records(in io.Reader, each func(r record, end int64)) error {
	lines := bufio.NewReader(in)
	end := int64(0)
	for number := 1; ; number++ {
		// What begins otherwise is not read on: a file of something else may be one line of any length.
		head, err := lines.Peek(len(begin))
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case len(head) == 0:
			return nil
		case !strings.HasPrefix(begin, string(head)): // which is shorter at the end of the file
			return fmt.Errorf("line %d is no message of an export", number)
		}
		b, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return errCut
		}
		if err != nil {
			return err
		}
		var r record
		if err := json.Unmarshal(b, &r); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if r.Message == nil { // which is written even when it is empty
			return fmt.Errorf("line %d is no message of an export", number)
		}
		end += int64(len(b))
		each(r, end)
	}
}

// printFile prints a file as text, the oldest message first.
func printFile(out io.Writer, name string) (err error) {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var all []record
	err = records(file, func(r record, _ int64) { all = append(all, r) })
	if err != nil && !errors.Is(err, errCut) {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, r := range slices.Backward(all) {
		at := time.Unix(r.Time, 0).Format(time.DateTime)
		if _, err := fmt.Fprintf(out, "%s  %s: %s\n", at, r.Name, r.Message); err != nil {
			return err
		}
	}
	return nil
}
