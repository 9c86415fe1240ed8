package onebottest

// request is a request that was pushed, named by the action that answers it and by its flag.
type request struct {
	action, subType, flag string
	decided               bool
}

// asking is a notice that wants an answer.
type asking interface{ request() request }

func (n FriendRequest) request() request {
	return request{action: "set_friend_add_request", flag: n.Flag}
}

func (n GroupRequest) request() request {
	return request{action: "set_group_add_request", subType: either(n.Invite, "add", "invite"), flag: n.Flag}
}

// asked keeps a request until it is answered.
func (st *state) asked(r request) {
	st.requests = append(st.requests, r)
	st.requests, _ = trim(st.requests)
}

// request finds the newest request that goes by a flag.
func (st *state) request(action, flag string) *request {
	for i := len(st.requests) - 1; i >= 0; i-- {
		if r := &st.requests[i]; r.action == action && r.flag == flag {
			return r
		}
	}
	return nil
}

// answerRequest is set_friend_add_request and set_group_add_request. Nobody joins and no friend is made by it.
func answerRequest(s *Server, c *Call, name string) Reply {
	r := s.state.request(name, toText(c.params.get("flag")))
	if r == nil {
		return s.dialect.failure(failNoRequest, "")
	}
	if s.persona == GoCQHTTP && r.subType != "" {
		// All that is not "add" is looked for among the invitations.
		if add := toText(c.params.first("sub_type", "type")) == "add"; add != (r.subType == "add") {
			return s.dialect.failure(failNoRequest, "")
		}
		if r.decided {
			return s.dialect.failure(failDecided, "")
		}
	}
	r.decided = true
	return Reply{bare: name == "set_friend_add_request"}
}
