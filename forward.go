package onebot

import (
	"context"
	"errors"
	"fmt"

	"github.com/onebot-go/onebot/internal/wire"
)

// ForwardReceipt is what a server tells of a forward that it sent.
type ForwardReceipt struct {
	// MessageID is the id of the message that holds the forward.
	MessageID MessageID
	// ForwardID is what GetForwardMsg and ForwardRef take, whether the server calls it res_id, forward_id, or gives a bare
	// string. It is empty where the server gave none (NapCat without its packet backend).
	ForwardID string
}

// ForwardError is the failure of a forward that takes several steps, after the first of them was done. It wraps what went wrong, so
// that errors.Is tells the class: with ErrNotSent or an *ActionError the forward can be sent from where it stopped, by SendMsg
// with ForwardRef(ForwardID).
type ForwardError struct {
	// Step is what failed: "send".
	Step string
	// ForwardID is the id of the forward that was uploaded.
	ForwardID string
	// Err is why.
	Err error
}

// Error tells the step, the forward id and the cause.
func (e *ForwardError) Error() string {
	return fmt.Sprintf("onebot: forward %s was uploaded, the %s failed: %v", e.ForwardID, e.Step, e.Err)
}

// Unwrap gives the cause.
func (e *ForwardError) Unwrap() error { return e.Err }

// SendForwardMsg sends a merged forward to a chat. On Lagrange it uploads the forward and sends a reference to it; inner forwards
// are uploaded from the inside out there, and reference nodes read by get_msg and sent as custom nodes, because Lagrange knows
// neither.
//
// On NapCat, where the id of a received forward can be read and not sent, a node that refers to one is filled by get_forward_msg.
//
// Found before anything is sent, as ErrInvalidArgument: what Forward.Validate finds, and more than three levels on NapCat, which
// would drop them. ErrUnsupported for a temporary session and where the server has no forwards. A *ForwardError tells that the upload
// was done and the send failed. Whatever fails while the forward is prepared (an upload of an inner forward, the reading of a
// message referred to) names the node, and nothing was sent.
//
// OneBot action: send_forward_msg (extension: go-cqhttp, NapCat, LLBot, Lagrange).
func (c *Client) SendForwardMsg(ctx context.Context, to Chat, f *Forward) (ForwardReceipt, error) {
	return c.sendForward(ctx, "send_forward_msg", to, f)
}

// SendGroupForwardMsg sends a merged forward to a group; see SendForwardMsg.
//
// OneBot action: send_group_forward_msg (extension: go-cqhttp, NapCat, LLBot, Lagrange).
func (c *Client) SendGroupForwardMsg(ctx context.Context, group GroupID, f *Forward) (ForwardReceipt, error) {
	return c.sendForward(ctx, "send_group_forward_msg", GroupChat(group), f)
}

// SendPrivateForwardMsg sends a merged forward to a person; see SendForwardMsg.
//
// OneBot action: send_private_forward_msg (extension: go-cqhttp, NapCat, LLBot, Lagrange).
func (c *Client) SendPrivateForwardMsg(ctx context.Context, user UserID, f *Forward) (ForwardReceipt, error) {
	return c.sendForward(ctx, "send_private_forward_msg", PrivateChat(user), f)
}

// UploadForward uploads a forward without sending it, and gives its id. Only Lagrange can; elsewhere it is ErrUnsupported.
// What Forward.Validate finds is ErrInvalidArgument.
//
// OneBot action: send_forward_msg (extension: Lagrange).
func (c *Client) UploadForward(ctx context.Context, f *Forward) (forwardID string, err error) {
	const action = "send_forward_msg"
	if err := f.Validate(); err != nil {
		return "", refused(action, err)
	}
	d, err := c.dialectOf(ctx)
	if err != nil {
		return "", notSent(action, err)
	}
	way := d.forwardWay()
	if !way.uploads {
		return "", refused(action, fmt.Errorf("%s cannot upload a forward without sending it: %w", d, ErrUnsupported))
	}
	if f, err = c.fitForward(ctx, action, f, way); err != nil {
		return "", err
	}
	return c.upload(ctx, f)
}

func (c *Client) sendForward(ctx context.Context, action string, to Chat, f *Forward) (ForwardReceipt, error) {
	if err := to.validate(); err != nil {
		return ForwardReceipt{}, refused(action, err)
	}
	if to.Temp {
		return ForwardReceipt{}, refused(action, fmt.Errorf("a forward to a temporary session: %w", ErrUnsupported))
	}
	if err := f.Validate(); err != nil {
		return ForwardReceipt{}, refused(action, err)
	}
	d, err := c.dialectOf(ctx)
	if err != nil {
		return ForwardReceipt{}, notSent(action, err)
	}
	way := d.forwardWay()
	if f, err = c.fitForward(ctx, action, f, way); err != nil {
		return ForwardReceipt{}, err
	}
	if way.uploads && action == "send_forward_msg" {
		id, err := c.upload(ctx, f)
		if err != nil {
			return ForwardReceipt{}, notSent(action, err)
		}
		return c.sendUploaded(ctx, to, id)
	}
	return c.sendDirectly(ctx, action, to, f)
}

// sendDirectly performs a forward action that uploads and sends in one.
func (c *Client) sendDirectly(ctx context.Context, action string, to Chat, f *Forward) (ForwardReceipt, error) {
	kind := "private"
	if to.Group != 0 {
		kind = "group"
	}
	p := c.newParams()
	var err error
	if p.b, err = appendForward(ctx, append(appendTo(p.b, kind, to), ','), f); err != nil {
		return ForwardReceipt{}, refused(action, err)
	}
	p.b = append(p.b, '}')
	before := c.life.gone.entered.Load()
	resp, err := c.do(ctx, request(action, p.b))
	if err != nil {
		return ForwardReceipt{}, forwardFailure(err)
	}
	c.reuse(p, resp)
	receipt, uploaded, err := readReceipt(action, resp)
	switch {
	case err != nil:
		return ForwardReceipt{}, err
	case uploaded:
		return c.sendUploaded(ctx, to, receipt.ForwardID)
	}
	c.sent(to, receipt.MessageID, Message{ForwardRef(receipt.ForwardID)}, len(receipt.ForwardID), before)
	return receipt, nil
}

// upload performs send_forward_msg without a target.
func (c *Client) upload(ctx context.Context, f *Forward) (string, error) {
	const action = "send_forward_msg"
	params, err := appendForward(ctx, []byte{'{'}, f)
	if err != nil {
		return "", refused(action, err)
	}
	resp, err := c.do(ctx, request(action, append(params, '}')))
	if err != nil {
		return "", forwardFailure(err)
	}
	receipt, _, err := readReceipt(action, resp)
	if err == nil && receipt.ForwardID == "" {
		err = noData(action, resp)
	}
	return receipt.ForwardID, err
}

// sendUploaded sends a reference to a forward that the server holds. The receipt keeps the id also where the send failed.
func (c *Client) sendUploaded(ctx context.Context, to Chat, id string) (ForwardReceipt, error) {
	message, err := c.SendMsg(ctx, to, ForwardRef(id))
	if err != nil {
		err = &ForwardError{Step: "send", ForwardID: id, Err: err}
	}
	return ForwardReceipt{MessageID: message, ForwardID: id}, err
}

// appendForward appends the texts of the card and the nodes, without the braces around them.
func appendForward(ctx context.Context, dst []byte, f *Forward) ([]byte, error) {
	return appendNodes(ctx, append(appendPreview(dst, f), `"messages":`...), f.Nodes)
}

// forwardFailure adds what an unknown action means here.
func forwardFailure(err error) error {
	if errors.Is(err, ErrUnknownAction) {
		return fmt.Errorf("%w: %w", err, ErrUnsupported)
	}
	return err
}

// readReceipt reads the answer to a forward send. uploaded tells that it is a bare string: the id of an upload, and nothing was
// sent yet (dialects T2). An object means that the forward was sent, even where it tells no usable message id: go-cqhttp gives -1
// for a message that it could not store.
func readReceipt(action string, resp *Response) (receipt ForwardReceipt, uploaded bool, err error) {
	l := wire.NewLexer(string(resp.Data))
	switch l.Peek() {
	case wire.String:
		receipt.ForwardID, _ = l.Text()
		uploaded = true
	case wire.Object:
		readReceiptObject(&l, &receipt)
	default:
		return receipt, false, noData(action, resp)
	}
	if err := l.End(); err != nil {
		return ForwardReceipt{}, false, fmt.Errorf("onebot: %s: unreadable answer: %w: %w", action, ErrOutcomeUnknown, err)
	}
	if receipt == (ForwardReceipt{}) {
		return receipt, false, noData(action, resp)
	}
	return receipt, uploaded, nil
}

func readReceiptObject(l *wire.Lexer, r *ForwardReceipt) {
	l.BeginObject()
	for {
		key, ok := l.NextKey()
		if !ok {
			return
		}
		switch key {
		case "message_id":
			id, _ := l.Text()
			if r.MessageID = MessageID(id); id == "0" || id == "-1" {
				r.MessageID = ""
			}
		case "forward_id", "res_id":
			if id, _ := l.Text(); id != "" {
				r.ForwardID = id
			}
		default:
			l.Skip()
		}
	}
}
