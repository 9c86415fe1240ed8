package onebottest

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
)

// forward is a merged forward.
type forward struct {
	id    string // what get_forward_msg takes on every persona: QQ's resId
	ntID  string // NapCat's id of a forward inside a message
	nodes []node
}

// node is one entry of a merged forward: content, or another forward.
type node struct {
	user   int64
	name   string
	time   int64
	segs   []segment
	nested *forward
}

// keep gives a forward its ids and those of the forwards in it.
func (st *state) keep(f *forward) {
	for i := range f.nodes {
		if in := f.nodes[i].nested; in != nil {
			st.keep(in)
		}
	}
	st.nextNT += 68
	f.ntID = strconv.FormatInt(st.nextNT, 10)
	sum := md5.Sum([]byte("resid" + f.ntID))
	f.id = "fake_resid_" + hex.EncodeToString(sum[:9])
	st.forwards[f.id] = f
	st.forwards[f.ntID] = f
}

// sendForward is send_forward_msg, send_group_forward_msg and send_private_forward_msg.
func sendForward(s *Server, c *Call, name string) Reply {
	upload := s.persona == Lagrange && name == "send_forward_msg"
	var target chatKey
	if !upload {
		var refused *Reply
		if target, refused = s.dialect.send(s.state, c.params, name); refused != nil {
			return *refused
		}
	}
	p := c.params
	value := p.first("messages", "message")
	if !upload {
		return s.forwardTo(c, target, p, value)
	}
	f, _, refused := s.dialect.readNodes(s.state, p)
	if refused != nil {
		return *refused
	}
	s.state.keep(f)
	return Reply{Data: f.id} // The bare id: nothing was sent (dialects T2).
}

// forwardTo reads the nodes, stores the forward as a message and answers.
func (s *Server) forwardTo(c *Call, target chatKey, p params, value any) Reply {
	f, plain, refused := s.dialect.readNodes(s.state, p)
	if refused != nil {
		return *refused
	}
	if f == nil {
		r := s.deliver(c, target, plain, value)
		if s.persona == LLBot && !r.failed() {
			// The message goes out; then it is not found to be a forward (dialects 1.7).
			return s.dialect.failure(failForward, "")
		}
		return r
	}
	s.state.keep(f)
	m := s.state.add(target, s.state.self, now(), []segment{{"forward", object{{"id", f.id}}}})
	s.state.sent++
	s.note(Sent{Action: c.Action, Message: raw(value), ForwardID: f.id}, m)
	return Reply{Data: s.dialect.forwardAnswer(m, f, s.cfg.packets)}
}

// getForward is get_forward_msg.
func getForward(s *Server, c *Call, _ string) Reply {
	id, refused := s.dialect.forwardKeys(c.params)
	if refused != nil {
		return *refused
	}
	f := s.state.forwards[id]
	if f == nil && s.persona == NapCat {
		if m := s.state.find(id); m != nil {
			f = s.state.forwardOf(m.segs)
		}
	}
	if f == nil {
		return s.dialect.failure(failForward, id)
	}
	return Reply{Data: s.dialect.writeForward(s.state, f, s.cfg.format)}
}

// forwardOf finds the forward that a message consists of; nil if it is none.
func (st *state) forwardOf(segs []segment) *forward {
	if len(segs) != 1 || segs[0].kind != "forward" {
		return nil
	}
	return st.forwards[segs[0].text("id")]
}

// AddForward stores a merged forward as if somebody had made it, on every persona, and returns its id for a
// "[CQ:forward,id=...]". Nodes is a JSON list of custom nodes as OneBot documents them; nodes may be nested. It returns "" if
// there is no usable node.
func (s *Server) AddForward(nodes string) string {
	v, err := decode([]byte(nodes))
	if err != nil {
		return ""
	}
	list, _ := v.([]any)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.state.plainNodes(list)
	if len(f.nodes) == 0 {
		return ""
	}
	s.state.keep(f)
	return f.id
}

// plainNodes reads custom nodes leniently.
func (st *state) plainNodes(list []any) *forward {
	f := &forward{}
	for _, e := range list {
		seg := readSegment(e)
		p := params(seg.data)
		if seg.kind != "node" || !p.has("content") {
			continue
		}
		user, _ := toInt(p.first("user_id", "uin"))
		n := node{user: user, name: toText(p.first("nickname", "name")), time: now()}
		if t := p.int("time"); t != 0 {
			n.time = t
		}
		inner, isList := p.get("content").([]any)
		if isList && holdsNode(inner) {
			n.nested = st.plainNodes(inner)
		} else {
			n.segs = readSegments(p.get("content"), false)
		}
		f.nodes = append(f.nodes, n)
	}
	return f
}

// holdsNode tells whether a content has a node in it.
func holdsNode(list []any) bool {
	for _, e := range list {
		if readSegment(e).kind == "node" {
			return true
		}
	}
	return false
}

// asNode turns a stored message into a node, as a reference node means.
func (st *state) asNode(m *message) node {
	n := node{user: m.author, name: st.person(m.chat, m.author).nickname, time: m.time}
	if f := st.forwardOf(m.segs); f != nil {
		n.nested = f
	} else {
		n.segs = m.segs
	}
	return n
}
