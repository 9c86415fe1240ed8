package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/onebot-go/onebot"
)

// longest is how long a line of the file may be: a message with its pictures' addresses, or a forward with everything in it.
const longest = 16 << 20

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
// taken away.
func resume(file *os.File) (onebot.MessageRef, error) {
	var last record
	whole := int64(0)
	err := records(file, func(r record, end int64) { last, whole = r, end })
	if err != nil && !errors.Is(err, errCut) {
		return onebot.MessageRef{}, err
	}
	if err := file.Truncate(whole); err != nil {
		return onebot.MessageRef{}, err
	}
	_, err = file.Seek(whole, io.SeekStart)
	return onebot.MessageRef{ID: last.ID, Seq: last.Seq}, err
}

var errCut = errors.New("the last line is cut off")

// records reads a file line by line; end is where the line ends in it.
func records(in io.Reader, each func(r record, end int64)) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, longest)
	scanner.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return i + 1, data[:i+1], nil
		}
		if atEOF && len(data) > 0 {
			return 0, nil, errCut
		}
		return 0, nil, nil
	})
	end := int64(0)
	for number := 1; scanner.Scan(); number++ {
		var r record
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		end += int64(len(scanner.Bytes()))
		each(r, end)
	}
	return scanner.Err()
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
