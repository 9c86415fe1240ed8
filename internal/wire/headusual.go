package wire

// The members that route a message stand on both sides of its content as NapCat writes it, always in the order of these two lists. What
// is known to come next is compared and not looked up, which takes a third off a scan. Nothing depends on it: the scan goes on by name
// wherever something else comes.
//
//nolint:gochecknoglobals // tables, never written
var (
	usualFront = [...]usualKey{
		{`"self_id":`, selfID},
		{`"user_id":`, userID},
		{`"time":`, other},
		{`"message_id":`, messageID},
		{`"message_seq":`, other},
		{`"real_id":`, other},
		{`"real_seq":`, other},
		{`"message_type":`, messageType},
	}
	usualBack = [...]usualKey{{`"message_format":`, other}, {`"post_type":`, postType}, {`"group_id":`, groupID}}
)

type usualKey struct {
	text string
	what uint8
}

const (
	selfID = iota
	userID
	groupID
	other
	messageID
	messageType
	postType
)

// usual reads members as far as they stand in the order of keys, each with a comma behind it, and gives
// the offset behind the last comma.
func (s *headScan) usual(i int, keys []usualKey) int {
	b, h := s.b, &s.h
	for _, key := range keys {
		start := i + len(key.text)
		if start > len(b) || string(b[i:start]) != key.text {
			return i
		}
		id, end := digits(b, start)
		if end == start {
			if end = skimValue(b, start); end > 0 && key.what <= groupID {
				id = idOf(b[start:end])
			}
		}
		if end < 0 || end >= len(b) || b[end] != ',' {
			return i
		}
		switch key.what {
		case selfID:
			h.SelfID = id
		case userID:
			h.UserID = id
		case groupID:
			h.GroupID = id
		case messageID:
			h.ID = Span{start, end}
		case messageType:
			h.Scope = scopeOf(b[start:end])
		case postType:
			s.hasPost = true
			h.Post = postOf(b[start:end])
		}
		i = end + 1
	}
	return i
}
