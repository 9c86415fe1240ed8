package header_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/onebot-go/onebot/internal/header"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, h := range []http.Header{nil, {}, {"X-A": {"a\tb ü", ""}, "x_!#$%&'*+-.^`|~9": {"1", "2"}}, {"X-None": nil}} {
		assert.Empty(t, header.Check(h), "%q", h)
	}
	for _, h := range []http.Header{{"": {"a"}}, {"X A": {"a"}}, {"X:A": {"a"}}, {"X-\x80": {"a"}}, {"a\nb": nil}} {
		assert.Equal(t, "a name that cannot be sent", header.Check(h), "%q", h)
	}
	for _, value := range []string{"a\nb", "a\r", "\x00", "\x7f"} {
		assert.Equal(t, "a value of X-Key that cannot be sent", header.Check(http.Header{"X-Key": {"fine", value}}), "%q", value)
	}
}
