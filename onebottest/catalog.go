package onebottest

import (
	_ "embed"
	"strings"
)

// catalog lists the actions that each server has; its head tells how.
//
//go:embed actions.txt
var catalog string

// The signs of the catalog.
const (
	offersNone   = '-' // the server has no such action
	offersMore   = '+' // it answers with data, or with a failure of its own
	offersNull   = '0' // it answers ok without data
	offersNoKey  = 'x' // it answers ok without a key for data
	offersObject = 'o' // it answers ok with an object that QQ filled
)

// offers tells what the persona's server makes of an action.
func (p Persona) offers(action string) byte {
	if strings.ContainsAny(action, "# \n") {
		return offersNone
	}
	_, signs, found := strings.Cut(catalog, "\n"+action+" ")
	if !found {
		return offersNone
	}
	return signs[p]
}

// plain answers an action of which nothing is kept: ok where that is all that the server says, else a failure that tells why. An action
// about a message fails for one that is not there.
func plain(s *Server, c *Call, name string) Reply {
	switch name {
	case "set_essence_msg", "delete_essence_msg", "set_msg_emoji_like", "unset_msg_emoji_like", "set_group_reaction":
		if c.params.has("message_id") && s.state.find(c.params.get("message_id")) == nil {
			return s.dialect.failure(failNoSubject, "")
		}
	}
	switch s.persona.offers(name) {
	case offersNull:
		return Reply{}
	case offersNoKey:
		return Reply{bare: true}
	case offersObject:
		return Reply{Data: object{}}
	}
	return Reply{
		Status: "failed", ours: true,
		Message: "onebottest: " + name + " of " + s.persona.String() + " is not played; answer it with Server.Handle",
	}
}
