package secret_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot/internal/secret"
)

func TestURL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "ws://host:3001/event", "ws://host:3001/event"},
		{"token", "ws://host/?access_token=s3cret", "ws://host/?access_token=***"},
		{"several", "ws://host/?a=1&access_token=s3cret&b", "ws://host/?a=***&access_token=***&b=***"},
		{"user", "ws://me:s3cret@host/", "ws://***@host/"},
		{"forgotten scheme", "me:s3cret@host:8080", "***"},
		{"fragment", "ws://host/#s3cret", "ws://host/"},
		{"broken", "ws://host:s3cret/?access_token=s3cret", "ws://***"},
		{"broken escape", "ws://host/%zz?access_token=s3cret", "ws://***"},
		{"broken without scheme", "s3cret\x7f", "***"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, secret.URL(tc.in))
		})
	}
}

func TestInURL(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, []string{"a%2Bb", "a+b", "pw"}, secret.InURL("ws://me:pw@host/?access_token=a%2Bb"))
	assert.ElementsMatch(t, []string{"t", "t", "12345678", "12345678"}, secret.InURL("ws://host/?v=1&Access_Token=t&session=12345678"))
	assert.Equal(t, []string{"t+k"}, secret.InURL("ws://t+k@host/"), "a token that stands alone")
	assert.Equal(t, []string{"t+k"}, secret.InURL("ws://t+k:@host/"))
	assert.Empty(t, secret.InURL("ws://host/"))
	assert.Empty(t, secret.InURL("ws://host/%zz"))
}

func TestInUser(t *testing.T) {
	t.Parallel()
	assert.Empty(t, secret.InUser(nil))
	assert.Equal(t, []string{"pw", "bWU6cHc="}, secret.InUser(url.UserPassword("me", "pw")))
	assert.Equal(t, []string{"t+k", "dCtrOg=="}, secret.InUser(url.User("t+k")))
}

func TestMask_Text(t *testing.T) {
	t.Parallel()
	m := secret.NewMask("", "s3cret", "s3cret+more", "s3cret")
	assert.Equal(t, "a *** b *** c *** d", m.Text("a s3cret b s3cret+more c s3cret%2Bmore d"))
	assert.Equal(t, "s3cret", secret.Mask{}.Text("s3cret"))
}

func TestMask_Error(t *testing.T) {
	t.Parallel()
	m := secret.NewMask("s3cret")
	require.NoError(t, m.Error(nil))

	harmless := errors.New("refused")
	assert.Same(t, harmless, m.Error(harmless))

	for _, inner := range []error{context.DeadlineExceeded, os.ErrDeadlineExceeded} {
		bad := fmt.Errorf("dial: %w", &url.Error{Op: "Get", URL: "ws://h/?access_token=s3cret", Err: inner})
		got := m.Error(bad)
		assert.NotContains(t, got.Error(), "s3cret")
		require.ErrorIs(t, got, inner)
		var carrier *url.Error
		assert.NotErrorAs(t, got, &carrier, "the original must not be reachable")
		var timeout interface{ Timeout() bool }
		require.ErrorAs(t, got, &timeout)
		assert.True(t, timeout.Timeout())
	}
}

func TestMask_Error_long(t *testing.T) {
	t.Parallel()
	// The secret stands across the edge: it has to go before the text is cut.
	long := fmt.Errorf("%w: %s%s", os.ErrDeadlineExceeded, strings.Repeat("x", 1000-len("s3cretpart")), strings.Repeat("s3cretpart", 1000))
	for _, m := range []secret.Mask{{}, secret.NewMask("s3cretpart")} {
		got := m.Error(long)
		require.ErrorIs(t, got, os.ErrDeadlineExceeded)
		assert.Less(t, len(got.Error()), 1100)
	}
	assert.NotContains(t, secret.NewMask("s3cretpart").Error(long).Error(), "s3c")
}

func TestMask_Text_forms(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"s3cret", `s3"cr\et<&>`, "s3cret+/=?é", "\xfb\xff\xfes3cret\xfb\xff"} {
		m := secret.NewMask(token)
		quoted, err := json.Marshal(token)
		require.NoError(t, err)
		for _, form := range []string{
			token, url.QueryEscape(token), url.PathEscape(token), string(quoted[1 : len(quoted)-1]), fmt.Sprintf("%q", token),
			base64.StdEncoding.EncodeToString([]byte(token)), base64.RawStdEncoding.EncodeToString([]byte(token)),
			base64.URLEncoding.EncodeToString([]byte(token)), base64.RawURLEncoding.EncodeToString([]byte(token)),
		} {
			assert.NotContains(t, m.Text("it was "+form+"."), strings.Trim(form, `"`))
		}
	}
	for _, short := range []string{"s3cr", "s3c\xff\xfe"} { // too short to be told inside of a longer base64
		plain := secret.NewMask(short)
		assert.Equal(t, "a *** b", plain.Text("a "+base64.StdEncoding.EncodeToString([]byte(short))+" b"))
		assert.Equal(t, "a *** b", plain.Text("a "+base64.RawURLEncoding.EncodeToString([]byte(short))+" b"))
	}
	m := secret.NewMask("s3cretToken")
	for _, before := range []string{"", "u", "us", "use", "user"} {
		whole := base64.StdEncoding.EncodeToString([]byte(before + "s3cretToken, and more"))
		assert.Contains(t, m.Text(whole), secret.Hidden, before)
	}
}

func TestMask_shortSecretsAreLeftAlone(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "to be or not to be", secret.NewMask("", "b", "to").Text("to be or not to be"))
	assert.Equal(t, "to be or *** to be", secret.NewMask("not").Text("to be or not to be"))
}

func TestMask_Learn(t *testing.T) {
	t.Parallel()
	m := secret.NewMask("s3cret")
	same := m
	assert.Equal(t, "*** password-1", m.Text("s3cret password-1"))
	for i := range 100 {
		m.Learn("", fmt.Sprintf("password-%02d", i))
	}
	assert.Equal(t, "*** *** password-00", same.Text("s3cret password-99 password-00"), "a copy knows the same; the oldest are forgotten")
	secret.Mask{}.Learn("s3cret")
}

func TestMask_Start(t *testing.T) {
	t.Parallel()
	m := secret.NewMask("s3cretToken")
	for in, want := range map[string]string{
		"short":                   "short",
		"a long text is cut":      "a long tex",
		"s3cretToken is gone":     "*** is gon",
		"123456 s3cretToken":      "123456 ***",
		"12345678 s3cretToken":    "12345678 *",
		"1 s3cretTok":             "1 ",
		"s3cretTokens3cretTokens": "******s", // one byte tells nothing
	} {
		assert.Equal(t, want, m.Start(in, 10), in)
	}
	assert.Equal(t, "s3cre", secret.Mask{}.Start("s3cret", 5))
}

// TestNewMask_escaped: what servers of other languages make of the same token.
func TestNewMask_escaped(t *testing.T) {
	t.Parallel()
	m := secret.NewMask("aB3+dEf/gHi=")
	for _, back := range []string{`aB3\u002BdEf/gHi=`, `aB3+dEf\/gHi=`, "aB3%2bdEf%2fgHi%3d", "aB3%2BdEf%2FgHi%3D", "YUIzK2RFZi9nSGk9"} {
		assert.Equal(t, "a *** b", m.Text("a "+back+" b"), "%s", back)
	}
}

func TestInHeader(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte("me:s3cret"))
	assert.ElementsMatch(t, []string{
		"Basic " + basic, basic, "me:s3cret", "s3cret", "k3y", "a=1; b=\"c00kie\"", "1", "1", "\"c00kie\"", "c00kie",
	}, secret.InHeader(http.Header{
		"authorization": {"Basic " + basic}, "X-Api-Key": {"k3y"}, "cookie": {"a=1; b=\"c00kie\""},
		"User-Agent": {"my bot"}, "host": {"example.com"}, "Accept-Language": {"zh"}, "X-Forwarded-Proto": {"http"},
	}))
}
