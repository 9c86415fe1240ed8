package onebot

// hubConfig holds what only a hub takes.
type hubConfig struct {
	accounts  int
	oneAnswer bool
	noToken   bool
	set       []string // names of the hub options given, for the error of a plain client
}

// WithAccountLimit sets how many accounts a hub knows at most, those that are away counted; default 10000, at least 1. The
// server of one more is refused with status 503. It is for NewHub only.
func WithAccountLimit(n int) Option {
	return forHub("WithAccountLimit", atLeast("WithAccountLimit", 1, n, func(c *config) { c.hub.accounts = n }))
}

// WithOneAnswer makes one account of the hub handle each group message that several of them get, instead of all of them. The first
// account that is heard in a group keeps it while it is connected; when it goes away, or leaves a message alone for 3 s because it
// did not get it, another one takes over; sooner where more than 2,048 messages or 16 MiB are left so. Messages that one account of
// the hub wrote are not handled by the others, so that they do not answer each other. A message that mentions a connected account of
// the hub goes to that one, if it gets it within 3 s; so does one whose author that account listens to by Next. What nobody else
// has got is handled by the account that has it, also when that one is away by then. Await and Events get everything, and notices and
// requests go to every account. An answer to Next is handled by two accounts where the one that waits for it goes away, comes to its
// question only after the answer, or where another one waits for the same person. It is for NewHub only.
//
// A message is known again by its real sequence number where both servers tell one, else by its author, time and content; its id
// differs from account to account.
func WithOneAnswer() Option {
	return forHub("WithOneAnswer", func(c *config) error { c.hub.oneAnswer = true; return nil })
}

// WithNoToken says that a hub without a token is meant: everyone who can reach it can be any account. Without it, NewHub fails
// where WithToken is missing or empty. It is for NewHub only.
func WithNoToken() Option {
	return forHub("WithNoToken", func(c *config) error { c.hub.noToken = true; return nil })
}

func forHub(name string, opt Option) Option {
	return func(c *config) error {
		c.hub.set = append(c.hub.set, name)
		return opt(c)
	}
}
