package onebottest

import (
	"crypto/md5"
	"fmt"
)

// uploadFile is upload_group_file and upload_private_file. NapCat and LLBot answer with the id of the file; nothing is pushed.
func uploadFile(s *Server, c *Call, name string) Reply {
	if s.persona.offers(name) == offersNull {
		return plain(s, c, name)
	}
	group, user := c.params.int("group_id"), c.params.int("user_id")
	switch {
	case name == "upload_group_file" && s.state.group(group) == nil:
		return s.dialect.failure(failNoGroup, "")
	case name == "upload_private_file" && s.state.friend(user) == nil:
		return s.dialect.failure(failNoUser, "")
	}
	sum := md5.Sum(fmt.Appendf(nil, "%d %d %s", group, user, toText(c.params.get("file"))))
	return Reply{Data: object{{"file_id", fmt.Sprintf("/%x-%x", sum[:4], sum[4:])}}}
}

// groupFileURL is get_group_file_url: an invented address for whatever file is asked for.
func groupFileURL(s *Server, c *Call, _ string) Reply {
	g := s.state.group(c.params.int("group_id"))
	if g == nil {
		return s.dialect.failure(failNoGroup, "")
	}
	sum := md5.Sum(fmt.Appendf(nil, "%d %s", g.id, toText(c.params.get("file_id"))))
	return Reply{Data: object{{"url", fmt.Sprintf("https://file.example.invalid/%x", sum)}}}
}
