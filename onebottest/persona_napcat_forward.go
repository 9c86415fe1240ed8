package onebottest

import "strings"

// napcatDepth is how deep NapCat nests forwards; what lies deeper is dropped (dialects 1.7).
const napcatDepth = 3

// readNodes takes `messages`, else `message`, in all three forms. Entries that are no nodes are an error beside nodes and an
// ordinary message alone.
func (napcat) readNodes(st *state, p params) (*forward, []segment, *Reply) {
	segs := readSegments(p.first("messages", "message"), false)
	nodes := 0
	for _, s := range segs {
		if s.kind == "node" {
			nodes++
		}
	}
	switch {
	case len(segs) == 0:
		r := st.dialect.failure(failNoNodes, "")
		return nil, nil, &r
	case nodes == 0:
		return nil, segs, nil
	case nodes < len(segs):
		return nil, nil, &Reply{kind: failParams, Message: "转发消息不能和普通消息混在一起发送,转发需要保证message只有type为node的元素"}
	}
	f, refused := napcatForward(st, segs, 1)
	if refused == nil && len(f.nodes) == 0 {
		refused = &Reply{Status: "failed", Message: "转发消息失败，生成节点为空"} // of references to unknown messages
	}
	if refused != nil {
		refused.Message = napcatStack(st, refused.Message)
	}
	return f, nil, refused
}

// napcatStack is what NapCat tells of an error that it met among the nodes: the whole stack.
func napcatStack(st *state, text string) string {
	words, kind := "发送伪造合并转发消息失败: ", "Error: "
	if !st.packets {
		words = "发送合并转发消息失败: "
	}
	if strings.HasPrefix(text, "Cannot read") {
		kind = "TypeError: "
	}
	return words + kind + text + "\n    at async SendMsgBase.base_handle (file:///app/napcat/napcat.mjs)"
}

func napcatForward(st *state, segs []segment, depth int) (*forward, *Reply) {
	f := &forward{}
	for _, s := range segs {
		p := params(s.data)
		if id := p.get("id"); id != nil && !p.has("content") {
			if m := st.find(id); m != nil {
				f.nodes = append(f.nodes, st.asNode(m))
			}
			continue
		}
		if !p.has("content") {
			return nil, &Reply{Status: "failed", Message: "Cannot read properties of undefined (reading 'type')"}
		}
		n := node{user: st.self, name: "QQ用户", time: now()}
		if v := p.first("user_id", "uin"); v != nil {
			n.user, _ = toInt(v)
		}
		if v := p.first("nickname", "name"); v != nil {
			n.name = toText(v)
		}
		if t := p.int("time"); t != 0 && st.packets { // else the messages are really sent, now
			n.time = t
		}
		if list, ok := p.get("content").([]any); ok && holdsNode(list) {
			if depth == napcatDepth {
				continue
			}
			var inner []segment
			for _, e := range list {
				// Of mixed content only the nodes are kept (dialects 2.1).
				if seg := readSegment(e); seg.kind == "node" {
					inner = append(inner, seg)
				}
			}
			nested, refused := napcatForward(st, inner, depth+1)
			if refused != nil {
				return nil, refused
			}
			n.nested = nested
		} else {
			segs, refused := st.dialect.accept(st, readSegments(p.get("content"), false))
			if refused != nil {
				return nil, refused
			}
			n.segs = segs
		}
		f.nodes = append(f.nodes, n)
	}
	return f, nil
}

func (napcat) writeForward(st *state, f *forward, _ format) any {
	return object{{"messages", napcatNodeList(st, f)}}
}

// forwardKeys: message_id or id, and a number goes through a double first (dialects T6).
func (napcat) forwardKeys(p params) (string, *Reply) {
	v := p.first("message_id", "id")
	if v == nil || toText(v) == "" {
		return "", &Reply{Status: "failed", Message: "message_id is required"}
	}
	if n, ok := double64(v).(jsonNumber); ok {
		return string(n), nil
	}
	return toText(v), nil
}

func (napcat) forwardAnswer(m *message, f *forward, packets bool) any {
	if !packets {
		return object{{"message_id", m.id}}
	}
	return object{{"message_id", m.id}, {"res_id", f.id}, {"forward_id", f.id}}
}
