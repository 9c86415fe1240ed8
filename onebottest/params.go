package onebottest

import "encoding/json"

// params are the parameters of a call.
type params object

func (p params) get(key string) any {
	v, _ := object(p).get(key)
	return v
}

func (p params) has(key string) bool { return object(p).has(key) }

// int reads an integer from a number or a numeric string; anything else is 0.
func (p params) int(key string) int64 {
	n, _ := toInt(p.get(key))
	return n
}

// first gives the first of the keys that is there and not null.
func (p params) first(keys ...string) any {
	for _, k := range keys {
		if v := p.get(k); v != nil {
			return v
		}
	}
	return nil
}

// rule says what a parameter must be.
type rule struct {
	key      string
	kind     byte // 'n' number, 's' string, 'i' id: number or string
	required bool
}

// rules lists the parameters that NapCat and LLBot check before they run an action (dialects 1.1).
func rules(action string) []rule {
	switch action {
	case "get_msg", "delete_msg":
		return []rule{{"message_id", 'i', true}}
	case "get_group_msg_history":
		return []rule{{"group_id", 'i', true}, {"message_seq", 'i', false}, {"count", 'n', false}}
	case "get_friend_msg_history":
		return []rule{{"user_id", 'i', true}, {"message_seq", 'i', false}, {"count", 'n', false}}
	case "get_forward_msg":
		return []rule{{"message_id", 's', false}, {"id", 's', false}}
	case "get_group_info", "get_group_member_list", "set_group_whole_ban", "set_group_name", "set_group_leave", "send_group_sign":
		return []rule{{"group_id", 'i', true}}
	case "get_group_member_info", "set_group_ban", "set_group_kick", "set_group_card", "set_group_admin", "set_group_special_title":
		return []rule{{"group_id", 'i', true}, {"user_id", 'i', true}}
	case "set_friend_add_request", "set_group_add_request":
		return []rule{{"flag", 's', true}}
	case "set_essence_msg":
		return []rule{{"message_id", 'i', true}}
	case "set_msg_emoji_like":
		return []rule{{"message_id", 'i', true}, {"emoji_id", 'i', true}}
	case "upload_group_file":
		return []rule{{"group_id", 'i', true}, {"file", 's', true}}
	case "get_group_file_url":
		return []rule{{"group_id", 'i', true}, {"file_id", 's', true}}
	case "upload_private_file":
		return []rule{{"user_id", 'i', true}, {"file", 's', true}}
	case "send_like", "get_stranger_info":
		return []rule{{"user_id", 'i', true}}
	}
	return nil
}

// isNumber tells whether v is a number, or text that converts to one.
func isNumber(v any) bool {
	switch v := v.(type) {
	case json.Number:
		return true
	case string:
		_, ok := toInt(v)
		return ok
	}
	return false
}

// isScalar tells whether v can serve as an id.
func isScalar(v any) bool {
	switch v.(type) {
	case json.Number, string:
		return true
	}
	return false
}

// raw marshals a decoded value again; it cannot fail for what decode made.
func raw(v any) json.RawMessage {
	b, err := encode(v, false)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
