package main

import (
	"bytes"
	"html/template"
	"os"
	"strconv"
	"time"

	"github.com/onebot-go/onebot"
)

// pageLines is how many messages the page shows; the oldest give way.
const pageLines = 500

// page is what is known of one chat.
type page struct {
	Chat  int64
	Lines []*line
}

// line is one message on the page.
type line struct {
	ID        onebot.MessageID
	At        time.Time
	Who, Text string
	Read      bool
	Withdrawn string // who withdrew it
}

// apply enters a step and tells whether the page has changed.
func (p *page) apply(m *onebot.ChatMessage) bool {
	if p.Chat == 0 {
		p.Chat = m.ChatID
	}
	if m.ChatID != p.Chat {
		return false
	}
	switch m.Status {
	case onebot.StatusSent:
		p.add(m)
		return true
	case onebot.StatusWithdrawn:
		if l := p.find(m.ID); l != nil {
			// The message is destroyed, and so is what this program knows of it.
			l.Text, l.Read, l.Withdrawn = "", false, number(m.User)
			return true
		}
	case onebot.StatusRead:
		if l := p.find(m.ID); l != nil && l.Withdrawn == "" {
			l.Read = true
			return true
		}
	}
	return false
}

func (p *page) add(m *onebot.ChatMessage) {
	l := &line{ID: m.ID, At: m.UpdateTime, Who: number(m.User), Text: "message " + string(m.ID)}
	if e, ok := m.Source.(*onebot.MessageEvent); ok { // a backend's frame tells nothing but the ids
		l.Who, l.Text = e.Sender.DisplayName(), e.Message.String()
	}
	p.Lines = append(p.Lines, l)
	p.Lines = p.Lines[max(0, len(p.Lines)-pageLines):]
}

// find gives the newest message with this id: ids recur.
func (p *page) find(id onebot.MessageID) *line {
	for i := len(p.Lines) - 1; i >= 0; i-- {
		if p.Lines[i].ID == id {
			return p.Lines[i]
		}
	}
	return nil
}

func number(user onebot.UserID) string { return strconv.FormatInt(int64(user), 10) }

const pageHTML = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Chat {{.Chat}}</title>
<style>body { font-family: sans-serif } li { margin: .3em } .withdrawn { color: gray } small { color: green }</style>
<h1>Chat {{.Chat}}</h1>
<ol>
{{- range .Lines}}
{{- if .Withdrawn}}
<li class="withdrawn" id="m{{.ID}}">{{.At.Format "15:04:05"}} <del>{{.Who}}</del> (withdrawn by {{.Withdrawn}})</li>
{{- else}}
<li id="m{{.ID}}">{{.At.Format "15:04:05"}} <b>{{.Who}}</b> {{.Text}}{{if .Read}} <small>read</small>{{end}}</li>
{{- end}}
{{- end}}
</ol>
</html>
`

// save writes the page in one step, so that a browser never sees half of it. What users wrote is escaped by html/template.
func (p *page) save(file string) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	next := file + ".next"
	if err := os.WriteFile(next, b.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(next, file)
}
