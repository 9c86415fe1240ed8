package onebottest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"time"
)

// The people and groups every server starts with. The account is in both groups: an administrator of Group1, a plain member of
// Group2, where it cannot withdraw what others said.
const (
	// Account is the bot's own number unless [WithAccount] says otherwise.
	Account int64 = 10000
	// Friend1 is a friend of the bot and the owner of Group1.
	Friend1 int64 = 10001
	// Friend2 is a friend of the bot and the owner of Group2.
	Friend2 int64 = 10002
	// Stranger is a member of Group1 who is no friend of the bot.
	Stranger int64 = 10003
	// Group1 has four members: Account, Friend1, Friend2 and Stranger.
	Group1 int64 = 100001
	// Group2 has two members: Account and Friend2.
	Group2 int64 = 100002
)

// firstSeq is the real sequence before the first message of a chat.
const firstSeq = 1000

// chatKey names a chat: a group, a friend, or with both set a temporary session through a group.
type chatKey struct{ group, user int64 }

func (k chatKey) isGroup() bool { return k.group != 0 && k.user == 0 }
func (k chatKey) isTemp() bool  { return k.group != 0 && k.user != 0 }

type member struct {
	user           int64
	nickname, card string
	role           string
}

type group struct {
	id      int64
	name    string
	members []member
}

// message is one stored message.
type message struct {
	id, seq  int64
	ntID     string // NapCat's 64-bit id
	random   uint32
	chat     chatKey
	author   int64
	time     int64
	segs     []segment
	recalled bool
}

type chat struct {
	messages []*message
	seq      int64
}

// state is everything the server knows. Its owner holds the server's lock.
type state struct {
	dialect  dialect
	self     int64
	packets  bool // NapCat's packet backend is on
	friends  []member
	groups   []group
	chats    map[chatKey]*chat
	ids      map[int64]*message
	idOrder  []int64
	nt       map[string]*message
	forwards map[string]*forward
	requests []request
	rnd      *rand.Rand
	nextNT   int64
	started  time.Time
	sent     int64
	received int64
}

func newState(d dialect, self int64, packets bool) *state {
	name := d.about().selfName
	return &state{
		dialect: d,
		self:    self,
		packets: packets,
		friends: []member{{user: Friend1, nickname: "好友一"}, {user: Friend2, nickname: "Friend Two"}},
		groups: []group{
			{Group1, "测试群一", []member{
				{self, name, "", "admin"},
				{Friend1, "好友一", "群主名片", "owner"},
				{Friend2, "Friend Two", "", "member"},
				{Stranger, "群友三", "", "member"},
			}},
			{Group2, "Second Group", []member{{Friend2, "Friend Two", "", "owner"}, {self, name, "", "member"}}},
		},
		chats:    make(map[chatKey]*chat),
		ids:      make(map[int64]*message),
		nt:       make(map[string]*message),
		forwards: make(map[string]*forward),
		rnd:      rand.New(rand.NewPCG(11, uint64(self))),
		nextNT:   7495295863500001000,
		started:  time.Now(),
	}
}

func (st *state) group(id int64) *group {
	for i := range st.groups {
		if st.groups[i].id == id {
			return &st.groups[i]
		}
	}
	return nil
}

func (st *state) friend(user int64) *member {
	for i := range st.friends {
		if st.friends[i].user == user {
			return &st.friends[i]
		}
	}
	return nil
}

func (g *group) member(user int64) *member {
	for i := range g.members {
		if g.members[i].user == user {
			return &g.members[i]
		}
	}
	return nil
}

// person gives what is known of a user in a chat, never nil.
func (st *state) person(k chatKey, user int64) member {
	if g := st.group(k.group); g != nil {
		if m := g.member(user); m != nil {
			return *m
		}
	}
	if user == st.self {
		return member{user: user, nickname: st.dialect.about().selfName, role: "member"}
	}
	if f := st.friend(user); f != nil {
		return member{user: user, nickname: f.nickname, role: "member"}
	}
	return member{user: user, nickname: strconv.FormatInt(user, 10), role: "member"}
}

// anybody gives what is known of a user, in whatever chat, never nil.
func (st *state) anybody(user int64) member {
	for i := range st.groups {
		if m := st.groups[i].member(user); m != nil {
			return *m
		}
	}
	return st.person(chatKey{}, user)
}

// join makes the group and its member known: a test may speak as anybody, anywhere.
func (st *state) join(id, user int64) {
	g := st.group(id)
	if g == nil {
		st.groups = append(st.groups, group{
			id: id, name: "Group " + strconv.FormatInt(id, 10),
			members: []member{{st.self, st.dialect.about().selfName, "", "member"}},
		})
		g = &st.groups[len(st.groups)-1]
	}
	if g.member(user) == nil {
		g.members = append(g.members, member{user: user, nickname: st.person(chatKey{}, user).nickname, role: "member"})
	}
}

// add stores a new message at the end of its chat and gives it its ids.
func (st *state) add(k chatKey, author, at int64, segs []segment) *message {
	c := st.chats[k]
	if c == nil {
		c = &chat{seq: firstSeq}
		st.chats[k] = c
	}
	c.seq++
	st.nextNT += 68
	m := &message{
		seq: c.seq, ntID: strconv.FormatInt(st.nextNT, 10), random: st.rnd.Uint32(),
		chat: k, author: author, time: at, segs: segs,
	}
	m.id = st.dialect.messageID(m)
	c.messages = append(c.messages, m)
	st.register(m)
	old := c.messages
	var gone int
	c.messages, gone = trim(old)
	for _, m := range old[:gone] {
		st.unregister(m)
	}
	return m
}

// register makes the ids of a message known, and forgets the oldest where the server keeps only so many.
func (st *state) register(m *message) {
	limit := st.dialect.about().idLimit
	if limit > 0 && st.ids[m.id] != m {
		st.idOrder = append(st.idOrder, m.id)
	}
	st.ids[m.id] = m
	st.nt[m.ntID] = m
	for limit > 0 && len(st.idOrder) > limit {
		if m := st.ids[st.idOrder[0]]; m != nil {
			st.unregister(m)
		}
		st.idOrder = st.idOrder[1:]
	}
}

// unregister makes the ids of a message unknown.
func (st *state) unregister(m *message) {
	delete(st.nt, m.ntID)
	if st.ids[m.id] == m {
		delete(st.ids, m.id)
	}
}

// forget drops all ids, as a restart of NapCat does. The chats stay.
func (st *state) forget() {
	clear(st.ids)
	clear(st.nt)
	st.idOrder = nil
}

// visible lists the messages of a chat that were not withdrawn, oldest first.
func (st *state) visible(k chatKey) []*message {
	c := st.chats[k]
	if c == nil {
		return nil
	}
	list := make([]*message, 0, len(c.messages))
	for _, m := range c.messages {
		if !m.recalled {
			list = append(list, m)
		}
	}
	return list
}

// The ways of making message ids, dialects.md section 3.

// crcID is go-cqhttp's: the CRC-32 of "chat-seq", signed.
func crcID(m *message) int64 {
	return int64(int32(crc32.ChecksumIEEE(fmt.Appendf(nil, "%d-%d", max(m.chat.group, m.chat.user), m.seq))))
}

// lagrangeID is the low half of the sequence and the low half of the random value, signed.
func lagrangeID(m *message) int64 {
	return int64(int32(uint32(m.seq)<<16 | m.random&0xffff))
}

// signed reads the first four bytes of a hash as an int32.
func signed(hash [16]byte) int64 {
	return int64(int32(binary.BigEndian.Uint32(hash[:4])))
}
