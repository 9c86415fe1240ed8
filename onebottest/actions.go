package onebottest

import "time"

// action is a built-in action. It runs with the server's lock held.
type action func(s *Server, c *Call, name string) Reply

// actionByName finds a built-in action; nil if there is none.
func actionByName(name string) action {
	switch name {
	case "get_version_info":
		return func(s *Server, _ *Call, _ string) Reply { return Reply{Data: s.dialect.version(s.state)} }
	case "get_login_info":
		return loginInfo
	case "get_status":
		return func(s *Server, _ *Call, _ string) Reply { return Reply{Data: s.dialect.status(s.state)} }
	case "send_msg", "send_private_msg", "send_group_msg":
		return sendMessage
	case "delete_msg":
		return deleteMessage
	case "get_msg":
		return getMessage
	case "mark_msg_as_read":
		return markRead
	case "get_group_msg_history", "get_friend_msg_history":
		return getHistory
	case "send_forward_msg", "send_group_forward_msg", "send_private_forward_msg":
		return sendForward
	case "get_forward_msg":
		return getForward
	case "get_friend_list":
		return friendList
	case "get_stranger_info":
		return strangerInfo
	case "get_group_list":
		return groupList
	case "get_group_info":
		return groupInfo
	case "get_group_member_info":
		return memberInfo
	case "get_group_member_list":
		return memberList
	case "upload_group_file", "upload_private_file":
		return uploadFile
	case "get_group_file_url":
		return groupFileURL
	case "set_friend_add_request", "set_group_add_request":
		return answerRequest
	case "can_send_image", "can_send_record":
		return func(*Server, *Call, string) Reply { return Reply{Data: object{{"yes", true}}} }
	}
	return nil
}

func loginInfo(s *Server, _ *Call, _ string) Reply {
	user, name := field{"user_id", s.state.self}, field{"nickname", s.dialect.about().selfName}
	if s.persona == GoCQHTTP {
		return Reply{Data: object{name, user}} // Its maps come out sorted.
	}
	return Reply{Data: object{user, name}}
}

func friendList(s *Server, _ *Call, _ string) Reply {
	list := []object{}
	for _, f := range s.state.friends {
		list = append(list, s.dialect.friendInfo(f))
	}
	return Reply{Data: list}
}

// strangerInfo is get_stranger_info: it knows everybody, those it has never seen by a name made of their number.
func strangerInfo(s *Server, c *Call, _ string) Reply {
	user := c.params.int("user_id")
	if user <= 0 {
		return s.dialect.failure(failNoUser, "")
	}
	return Reply{Data: s.dialect.strangerInfo(s.state.anybody(user))}
}

func groupList(s *Server, _ *Call, _ string) Reply {
	list := []object{}
	for i := range s.state.groups {
		list = append(list, s.dialect.groupInfo(&s.state.groups[i]))
	}
	return Reply{Data: list}
}

func groupInfo(s *Server, c *Call, _ string) Reply {
	g := s.state.group(c.params.int("group_id"))
	if g == nil {
		return s.dialect.failure(failNoGroup, "")
	}
	return Reply{Data: s.dialect.groupInfo(g)}
}

func memberInfo(s *Server, c *Call, _ string) Reply {
	g := s.state.group(c.params.int("group_id"))
	if g == nil {
		return s.dialect.failure(failNoGroup, "")
	}
	m := g.member(c.params.int("user_id"))
	if m == nil {
		return s.dialect.failure(failNoUser, "")
	}
	return Reply{Data: s.dialect.memberInfo(g, *m)}
}

func memberList(s *Server, c *Call, _ string) Reply {
	g := s.state.group(c.params.int("group_id"))
	if g == nil {
		return s.dialect.failure(failNoGroup, "")
	}
	list := []object{}
	for _, m := range g.members {
		list = append(list, s.dialect.memberInfo(g, m))
	}
	return Reply{Data: list}
}

func markRead(s *Server, c *Call, _ string) Reply {
	byChat := s.persona == NapCat && (c.params.has("user_id") || c.params.has("group_id"))
	if !byChat && s.state.ids[c.params.int("message_id")] == nil {
		return s.dialect.failure(failNoMessage, "")
	}
	return Reply{}
}

// now is the time of a new message, in seconds.
func now() int64 { return time.Now().Unix() }
