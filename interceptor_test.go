package onebot_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onebot-go/onebot"
	"github.com/onebot-go/onebot/transport"
)

// An interceptor that does not return takes its own call with it, and not those that wait for the same answer.
func TestInterceptor_doesNotReturn(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(){
		"panic":  func() { panic("boom") }, //nolint:forbidigo // what is tested
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := false
			broken := func(next onebot.Invoker) onebot.Invoker {
				return func(ctx context.Context, req transport.Request) (*transport.Response, error) {
					if !asked {
						asked = true
						leave()
					}
					return next(ctx, req)
				}
			}
			bubble(t, answers(map[string]string{"get_version_info": `{"app_name":"NapCat.Onebot"}`}), func(t *testing.T, c *onebot.Client) {
				go func() {
					defer func() { _ = recover() }()
					_, _ = c.Server(t.Context())
				}()
				synctest.Wait()
				require.True(t, asked)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				info, err := c.Server(ctx)
				require.NoError(t, err)
				assert.Equal(t, onebot.NapCat, info.Dialect)
			}, onebot.WithInterceptor(broken))
		})
	}
}
